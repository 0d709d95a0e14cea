"""Tests of unequal treatment as findings."""

import numpy as np
import pyarrow as pa

from jobs.after_sales.fairness_findings import Finding
from jobs.after_sales.fairness_tests import equalised_odds_of, proxy_findings, same_evidence_gaps, swap_findings
from jobs.after_sales.group_measures import GroupMeasure

NAN = float("nan")


def gap(metric, p, size, decider="desk", group="islands"):
    return Finding("seller region", "gap", decider, metric, GroupMeasure(group, 9, 0.5, 0.4, 0.6, size, -1, 1, p))


def test_equalised_odds_joins_the_error_rates_of_a_party_by_simes():
    found, = equalised_odds_of([gap("false_blame_seller", 0.03, 0.1), gap("missed_blame_seller", 0.01, -0.2, group="x"),
                                gap("missed_blame_seller", NAN, NAN), gap("undetermined", 0.0001, 0.9)])
    assert (found.test, found.decider, found.metric) == ("equalised odds", "desk", "blame_seller")
    assert found.measure.p == min(0.01 * 2, 0.03) and (found.measure.group, found.measure.gap) == ("x", -0.2)


def test_deciders_and_parties_are_tested_apart_and_no_gap_gives_no_test():
    found = equalised_odds_of([gap("false_blame_seller", 0.03, 0.1), gap("false_blame_seller", 0.5, 0.1, "model"),
                               gap("false_blame_buyer", 0.2, 0.1)])
    assert [(each.decider, each.metric, each.measure.p) for each in found] == [
        ("desk", "blame_buyer", 0.2), ("desk", "blame_seller", 0.03), ("model", "blame_seller", 0.5)]
    assert list(equalised_odds_of([])) == [] and list(equalised_odds_of([gap("false_blame_seller", NAN, NAN)])) == []


def test_equal_evidence_explains_a_gap_and_unequal_treatment_is_left():
    evidence = np.repeat(["scan", "none"], 200)
    group = np.where(np.arange(400) % 200 < np.where(evidence == "scan", 150, 50), "a", "b").astype(object)
    cluster, blamed = np.arange(400), (np.arange(400) % 2 == 0) & (evidence == "scan")
    equal = next(same_evidence_gaps("x", "desk", "seller", blamed, group, cluster, evidence))
    assert (equal.measure.group, equal.measure.rows, equal.metric) == ("a", 200, "blame_seller")
    assert equal.measure.gap == 0 and blamed[group == "a"].mean() > blamed[group == "b"].mean()
    harsher = next(same_evidence_gaps("x", "desk", "seller", blamed | (group == "a"), group, cluster, evidence))
    assert harsher.measure.gap_low > 0.4 and harsher.measure.p < 0.001
    assert list(same_evidence_gaps("x", "desk", "seller", blamed, np.full(400, "a", object), cluster, evidence)) == []


def test_the_swap_is_reported_by_the_group_that_changes():
    rows = pa.table({"claim": [10, 60, 60, 90], "region": ["coast", "coast", "islands", "islands"]})

    def decide(table):
        return [claim > (50 if region == "islands" else 80) for claim, region in
                zip(table["claim"].to_pylist(), table["region"].to_pylist())]

    found = {each.measure.group: each.measure for each in swap_findings(decide, rows, "region")}
    assert (found["coast"].value, found["coast"].rows, found["islands"].value) == (1 / 2, 2, 1 / 2)
    assert all(each.measure.value == 0 for each in swap_findings(lambda table: table["claim"], rows, "region"))


def test_the_strongest_proxy_comes_first_and_one_group_has_none():
    rng = np.random.default_rng(4)
    group = rng.choice(["a", "b"], 400).astype(object)
    features = {"noise": rng.random(400), "language": np.where(group == "a", 1.0, 0.0)}
    found = list(proxy_findings(features, group, np.arange(400), "region"))
    assert found[0].metric == "language" and found[0].measure.value > 0.95 and found[0].measure.p < 0.01
    assert found[1].measure.value < 0.05 and (found[0].measure.group, found[0].measure.rows) == ("all", 400)
    assert list(proxy_findings(features, np.full(400, "a", object), np.arange(400), "region")) == []


def test_a_proxy_is_named_although_a_few_sellers_change_their_group():
    seller = np.repeat(np.arange(100), 10)
    group = np.where(seller < 50, "small", "large").astype(object)
    group[::100] = "large"  # ten sellers had a row as the other group
    found, = proxy_findings({"orders": (seller < 50) * 1.0}, group, seller, "seller size")
    assert found.measure.value > 0.8 and found.measure.p < 0.01
