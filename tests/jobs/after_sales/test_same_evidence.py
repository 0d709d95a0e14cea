"""The same evidence, the same decision: strata by hand, published variance, planted gaps, and confounding taken out."""

import numpy as np
import pytest

from jobs.after_sales.decisions import Decisions
from jobs.after_sales.same_evidence import mantel_haenszel, same_evidence, strata_of


def rows(*cells: tuple[str, str, int, int]) -> tuple[Decisions, np.ndarray]:
    """Return decisions from (group, evidence, rows, of them positive)."""
    group = np.concatenate([[name] * count for name, _, count, _ in cells]).astype(object)
    evidence = np.concatenate([[kind] * count for _, kind, count, _ in cells]).astype(object)
    decision = np.concatenate([np.arange(count) < positive for _, _, count, positive in cells])
    return Decisions(np.zeros(len(group), bool), decision, group), evidence


def world(rng, sellers=150, spread=0.1, gap=0.0, kinds=8, cases=10):
    """Decisions by evidence: each group has other evidence, and sellers differ by a standard deviation of `spread`."""
    seller = np.repeat(np.arange(sellers), np.maximum(1, rng.lognormal(np.log(cases), 0.6, sellers)).astype(int))
    islands = (rng.random(sellers) < 0.25)[seller]
    weights = np.arange(1, kinds + 1) / np.arange(1, kinds + 1).sum()
    evidence = np.where(islands, rng.choice(kinds, len(seller), p=weights), rng.choice(kinds, len(seller),
                                                                                         p=weights[::-1]))
    share = np.linspace(0.2, 0.6, kinds)[evidence] + spread * rng.normal(size=sellers)[seller] + gap * islands
    decision = rng.random(len(seller)) < np.clip(share, 0, 1)
    return Decisions(np.zeros(len(seller), bool), decision, np.where(islands, "islands", "rest").astype(object),
                     cluster=seller), evidence


def test_the_gap_is_the_mean_over_strata_weighted_by_their_rows():
    of, evidence = rows(("a", "scan", 10, 5), ("b", "scan", 30, 6), ("a", "none", 20, 8), ("b", "none", 20, 4))
    gap = same_evidence(of, evidence)[0]
    weights = np.array([10 * 30 / 40, 20 * 20 / 40])
    assert gap.value == pytest.approx(weights @ [0.5 - 0.2, 0.4 - 0.2] / weights.sum())
    assert (gap.group, gap.strata, gap.own_rows, gap.all_rows) == ("a", 2, 30, 30)
    assert same_evidence(of, evidence)[1].value == pytest.approx(-gap.value)


def test_of_one_stratum_the_variance_is_that_of_two_shares():
    outcome, treated = np.repeat([1, 0, 1, 0], [30, 70, 40, 160]), np.repeat([1, 1, 0, 0], [30, 70, 40, 160])
    value, variance, df = mantel_haenszel(outcome, treated, np.zeros(300, int))
    assert value == pytest.approx(0.1) and np.isinf(df)
    # Sato's variance of one table: p1 (1 - p1) / n1 + p0 (1 - p0) / n0.
    assert variance == pytest.approx(0.3 * 0.7 / 100 + 0.2 * 0.8 / 200, rel=0.02)


def test_other_evidence_is_no_gap_and_a_plain_difference_would_be_one():
    of, evidence = rows(("a", "scan", 40, 8), ("b", "scan", 10, 2), ("a", "none", 10, 6), ("b", "none", 40, 24))
    gap = same_evidence(of, evidence)[0]
    assert gap.value == pytest.approx(0) and gap.p == pytest.approx(1)
    assert of.decision[of.group == "a"].mean() - of.decision[of.group == "b"].mean() < -0.2


def test_evidence_that_one_group_alone_has_says_nothing():
    of, evidence = rows(("a", "scan", 10, 5), ("b", "scan", 30, 6), ("a", "photo", 50, 50))
    gap = same_evidence(of, evidence)[0]
    assert gap.value == pytest.approx(0.3) and (gap.strata, gap.own_rows, gap.all_rows) == (1, 10, 60)
    of, evidence = rows(("a", "scan", 10, 5), ("b", "photo", 30, 6))
    assert np.isnan([same_evidence(of, evidence)[0].value, same_evidence(of, evidence)[0].q]).all()


def test_two_pairs_are_no_proof():
    of, evidence = rows(("a", "x", 1, 1), ("b", "x", 1, 0), ("a", "y", 1, 1), ("b", "y", 1, 0))
    gap = same_evidence(of, evidence)[0]
    assert gap.value == 1 and gap.p > 0.1 and gap.low < 0


def test_an_abstention_is_no_decision():
    of, evidence = rows(("a", "scan", 10, 5), ("b", "scan", 30, 6), ("a", "scan", 7, 7))
    abstained = np.arange(47) >= 40
    gap = same_evidence(Decisions(of.label, of.decision, of.group, abstained), evidence)[0]
    assert gap.value == pytest.approx(0.3) and gap.all_rows == 10


def test_a_reference_is_compared_with_and_has_no_gap():
    of, evidence = rows(("a", "x", 10, 5), ("b", "x", 10, 4), ("c", "x", 10, 1))
    gaps = {gap.group: gap.value for gap in same_evidence(of, evidence, "c")}
    assert gaps == {"a": pytest.approx(0.4), "b": pytest.approx(0.3)}


def test_one_cluster_of_a_group_gives_no_limit():
    of, evidence = rows(("a", "x", 10, 9), ("b", "x", 10, 1))
    gap = same_evidence(Decisions(of.label, of.decision, of.group, cluster=np.repeat([0, 1, 2], [10, 5, 5])),
                        evidence)[0]
    assert (gap.low, gap.high, gap.p) == (-1, 1, 1)


@pytest.mark.parametrize(("spread", "kinds"), [(0.1, 8), (0.1, 100), (0.0, 8)])
def test_a_planted_gap_lies_in_its_interval_at_the_nominal_rate_and_none_is_called_without(spread, kinds):
    rng, held, called = np.random.default_rng(3), [], []
    for _ in range(300):
        gap = same_evidence(*world(rng, spread=spread, gap=0.1, kinds=kinds))[0]
        held.append(gap.low <= 0.1 <= gap.high)
        called.append(same_evidence(*world(rng, spread=spread, kinds=kinds))[0].q <= 0.05)
    assert 0.92 <= np.mean(held) <= 0.985
    assert np.mean(called) <= 0.05 + 0.025


def test_where_sellers_differ_intervals_by_row_fail():
    rng, called = np.random.default_rng(4), []
    for _ in range(150):
        of, evidence = world(rng, spread=0.2)
        called.append(same_evidence(Decisions(of.label, of.decision, of.group), evidence)[0].q <= 0.05)
    assert np.mean(called) > 0.13


def test_strata_are_combinations_of_values():
    codes = strata_of([np.array(["a", "a", "b", "a"]), np.array([1, 2, 1, 1])])
    assert codes[0] == codes[3] and len(set(codes)) == 3
    with pytest.raises(ValueError, match="no column"):
        strata_of([])
