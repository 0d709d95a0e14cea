"""The audit: rates, gaps and q-values; planted gaps are found at the nominal rate, and without a gap few are called."""

from dataclasses import replace

import numpy as np
import pytest

from jobs.after_sales.audit import audit, equalised_odds
from jobs.after_sales.decisions import FNR, FPR, PPV, Decisions
from jobs.statistics.false_discoveries import benjamini_hochberg
from jobs.studies.audit_intervals import GAP, World, any_called, drawn

DRAWS = 300


def named(rates) -> dict:
    return {(rate.group, rate.metric): rate for rate in rates}


@pytest.fixture(scope="module")
def small():
    return drawn(World(200, 0.05), np.random.default_rng(1), GAP)


def test_rates_are_counts_divided(small):
    rate = named(audit(small))["islands", FPR]
    mine = (small.group == "islands") & ~small.label
    assert (rate.rows, rate.value) == (mine.sum(), small.decision[mine].mean())
    rest = (small.group != "islands") & ~small.label
    assert rate.gap == pytest.approx(rate.value - small.decision[rest].mean())
    assert rate.gap_low < rate.gap < rate.gap_high and rate.low < rate.value < rate.high
    assert rate.clusters == len(set(small.cluster[mine]))


def test_q_values_are_of_all_gaps_together(small):
    rates = audit(small)
    assert len(rates) == 3 * 4
    assert [rate.q for rate in rates] == pytest.approx(benjamini_hochberg([rate.p for rate in rates]))


def test_abstentions_add_a_rate(small):
    abstained = np.arange(len(small.label)) % 4 == 0
    rates = named(audit(replace(small, abstained=abstained)))
    mine = small.group == "inland"
    assert rates["inland", "abstention rate"].value == pytest.approx(abstained[mine].mean())
    assert rates["inland", FNR].rows == (mine & small.label & ~abstained).sum()


def test_a_reference_has_no_gap_of_its_own(small):
    rates = named(audit(small, "coast"))
    assert np.isnan([rates["coast", PPV].gap, rates["coast", PPV].gap_low, rates["coast", PPV].q]).all()
    assert rates["inland", PPV].gap == pytest.approx(rates["inland", PPV].value - rates["coast", PPV].value)


def test_the_order_of_rows_and_the_names_of_clusters_do_not_matter(small):
    order = np.random.default_rng(2).permutation(len(small.label))
    moved = Decisions(small.label[order], small.decision[order], small.group[order],
                      cluster=np.array([f"s{(7 * code) % 1000}" for code in small.cluster[order]], object))
    for one, two in zip(audit(small), audit(moved)):
        assert vars(one) == pytest.approx(vars(two), nan_ok=True)


def test_a_group_without_positives_is_left_out_of_the_tests(small):
    label = small.label & (small.group != "islands")
    rates = named(audit(replace(small, label=label)))
    assert np.isnan([rates["islands", FNR].value, rates["islands", FNR].gap, rates["islands", FNR].q]).all()
    assert rates["islands", FNR].rows == 0 and not np.isnan(rates["islands", FPR].q)


def test_one_group_and_an_unknown_reference_are_refused(small):
    with pytest.raises(ValueError, match="expected two or more"):
        audit(replace(small, group=np.array(["a"] * len(small.label), object)))
    with pytest.raises(ValueError, match="and hills among them"):
        audit(small, "hills")


def test_equalised_odds_is_about_fpr_and_fnr_alone(small):
    rates = audit(small)
    found = equalised_odds(rates)
    errors = [rate for rate in rates if rate.metric in (FPR, FNR)]
    assert found.p == benjamini_hochberg([rate.p for rate in errors]).min()
    assert (found.largest.metric, found.largest.group) == (FPR, "islands") and found.p < 0.05
    assert np.isnan(equalised_odds([]).p)


# More than 95 % are held, because the correlation of few clusters is never taken to be below that of all groups.
@pytest.mark.parametrize(("world", "least", "most"), [
    (World(150, 0.1), 0.93, 1.0), (World(400, 0.0), 0.93, 0.985), (World(150, 0.1, within=True), 0.93, 0.995)])
def test_a_planted_gap_lies_in_its_interval_at_the_nominal_rate(world, least, most):
    rng = np.random.default_rng(4)
    held = [rate.gap_low <= GAP <= rate.gap_high for rate in
            (named(audit(drawn(world, rng, GAP)))["islands", FPR] for _ in range(DRAWS))]
    assert least <= np.mean(held) <= most


def test_the_interval_of_a_rate_holds_it_at_the_nominal_rate():
    rng = np.random.default_rng(5)
    held = [rate.low <= 0.15 <= rate.high for rate in
            (named(audit(drawn(World(150, 0.1), rng)))["islands", FNR] for _ in range(DRAWS))]
    assert 0.93 <= np.mean(held) <= 0.995


@pytest.mark.parametrize("world", [World(60, 0.15), World(400, 0.0), World(150, 0.1, false_positive=0.02)])
def test_without_a_gap_at_most_5_of_100_audits_call_one(world):
    rng = np.random.default_rng(6)
    # 5 % and two standard errors of the count.
    assert np.mean([any_called(audit(drawn(world, rng))) for _ in range(DRAWS)]) <= 0.05 + 0.025


def test_where_clusters_share_outcomes_intervals_by_row_fail():
    rng = np.random.default_rng(7)
    worlds = [drawn(World(150, 0.1), rng) for _ in range(100)]
    by_row = np.mean([any_called(audit(replace(world, cluster=None))) for world in worlds])
    assert by_row > 0.15 > 0.08 > np.mean([any_called(audit(world)) for world in worlds])


def test_a_planted_gap_is_called_and_named():
    rng = np.random.default_rng(8)
    found = [rate.q <= 0.05 for rate in (named(audit(drawn(World(400, 0.1), rng, GAP)))["islands", FPR]
                                         for _ in range(60))]
    assert np.mean(found) > 0.8
