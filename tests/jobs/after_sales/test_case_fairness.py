"""The audit of cases finds a planted bias, flags nothing without one, and no group's column is read by a model."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.case.definitions import CASE_FEATURES, NAMES
from jobs.after_sales.audited_cases import audited_cases
from jobs.after_sales.case_fairness import fairness_rows, model_rows
from jobs.after_sales.case_groups import ATTRIBUTES, case_groups
from jobs.after_sales.case_matrix import WORDS, columns_of
from jobs.after_sales.case_rows import FACTS
from jobs.after_sales.judged_cases import judged_cases
from jobs.storage.catalog.after_sales_tables import CASE_FAIRNESS_WEEKLY
from tests.support.audited_desks import AS_OF, audited_desk, simulated_world
from tests.support.judged_case_tables import event_views

DAY = AS_OF.astype(dt.date)
KEY = CASE_FAIRNESS_WEEKLY.key
WORLDS = 10
WEEK_OF = {1: DAY - dt.timedelta(7 - 1), 13: DAY - dt.timedelta(7 * 13 - 1)}


@pytest.fixture(scope="module")
def world():
    return simulated_world()


def row_of(rows, **names):
    found, = (row for row in rows if all(row[name] == value for name, value in names.items()))
    return found


def flagged(rows):
    return [row for row in rows if row["q"] is not None and row["q"] <= 0.05]


def made_rows(count):
    """Return rows of cases, and their groups, with a number that names the region."""
    rng = np.random.default_rng(2)
    region = rng.choice(["coast", "islands"], count)
    case_ids = [f"c{number}" for number in range(count)]
    texts = {name: pa.array(["refund"] * count) for name in (*FACTS, *WORDS)} | {"case_id": pa.array(case_ids)}
    rows = pa.table(texts | {name: rng.random(count) for name in NAMES} | {"seller_orders": (region == "coast") * 1.0})
    groups = {name: pa.array(region if "region" in name else ["one"] * count) for name in ATTRIBUTES}
    return rows, pa.table({"case_id": case_ids, "cluster": case_ids} | groups)


def test_the_planted_bias_is_found_within_its_interval_and_called(world):
    rows = fairness_rows(audited_desk(world, 5, 0.3, count=12_000, reviews=0.8), DAY, "r")
    small = {"attribute": "seller region and size", "group": "islands, small", "decider": "desk", "weeks": 13}
    for metric, test in (("false_blame_seller", "gap"), ("blame_seller", "same evidence")):
        row = row_of(rows, **small, metric=metric, test=test)
        assert row["gap_lo"] <= 0.3 <= row["gap_hi"] and row["gap_lo"] > 0 and row["q"] <= 0.05
    odds = row_of(rows, attribute="seller region and size", decider="desk", metric="blame_seller", weeks=13,
                  test="equalised odds")
    assert odds["group"] == "islands, small" and odds["q"] <= 0.05
    # Blame that moves to the seller is taken from the others; no other group is called.
    assert {row["group"] for row in flagged(rows) if row["attribute"] == small["attribute"]} == {"islands, small"}
    assert not [row for row in flagged(rows) if row["decider"] == "model"]


@pytest.mark.slow
def test_without_a_bias_nothing_is_called_in_nearly_all_worlds(world):
    called = [bool(flagged(fairness_rows(audited_desk(world, seed, 0.0, count=3_000), DAY, "r")))
              for seed in range(100, 100 + WORLDS)]
    assert sum(called) <= 2


def test_a_row_has_the_columns_and_the_key_of_the_table(world):
    cases = audited_desk(world, 1, 0.1, count=2_000)
    rows = fairness_rows(cases, DAY, "r")
    assert {frozenset(row) for row in rows} == {frozenset(CASE_FAIRNESS_WEEKLY.names)}
    assert len({tuple(row[name] for name in KEY) for row in rows}) == len(rows)
    assert {row["test"] for row in rows} == {"gap", "equalised odds", "same evidence"}
    assert {row["weeks"]: row["week"] for row in rows} == WEEK_OF
    assert {"undetermined", "reversal", "hours", "paid_share", "abstention"} < {row["metric"] for row in rows}


def test_no_case_gives_no_row():
    db = event_views()
    judged = judged_cases(db, DAY)
    cases = audited_cases(judged, case_groups(db, judged.select(["case_id"])))
    assert fairness_rows(cases, DAY, "r") == []
    rows, groups = made_rows(4)
    assert model_rows(rows[:0], groups, lambda table: [None] * len(table), DAY, "r") == []


def test_one_group_has_values_and_no_gap(world):
    cases = audited_desk(world, 1, 0.1, count=2_000)
    alone = replace(cases, groups={name: np.full(2_000, "one", object) for name in ATTRIBUTES})
    rows = fairness_rows(alone, DAY, "r")
    assert {row["group"] for row in rows} == {"one"} and {row["test"] for row in rows} == {"gap"}
    assert all(row["gap"] is row["gap_lo"] is row["gap_hi"] is row["q"] is None for row in rows)
    assert row_of(rows, attribute="seller size", metric="undetermined", weeks=13)["value"] > 0


def test_without_attributions_equal_evidence_is_not_known_and_has_no_row(world):
    cases = audited_desk(world, 1, 0.1, count=2_000)
    rows = fairness_rows(replace(cases, has_evidence=np.zeros(2_000, bool)), DAY, "r")
    assert {row["test"] for row in rows} == {"gap", "equalised odds"}


def test_no_group_is_a_feature():
    columns = {*ATTRIBUTES, *(name.replace(" ", "_") for name in ATTRIBUTES)}
    assert not columns & set(NAMES)
    for feature in CASE_FEATURES:
        for word in ("region", "registered_at", "category", "language", "tenure"):
            assert word not in feature.sql and word not in feature.name, feature.name


def test_the_matrix_of_a_model_does_not_change_with_a_group():
    rows, groups = made_rows(40)
    columns = columns_of(rows, ("buyer", "seller"))
    joined = rows
    for name in ATTRIBUTES:
        joined = joined.append_column(name, groups[name])
    assert not set(ATTRIBUTES) & set(columns.names)

    def decide(table):
        return columns.matrix(table, np.zeros((len(table), 2))).sum(axis=1)

    found = [row for row in model_rows(rows, groups, decide, DAY, "r") if row["test"] == "counterfactual swap"]
    assert {row["attribute"] for row in found} == set(ATTRIBUTES) and {row["value"] for row in found} == {0.0}


def test_a_model_that_reads_a_group_is_found_and_a_proxy_is_named():
    rows, groups = made_rows(2_000)
    found = model_rows(rows, groups, lambda table: table["seller region"], DAY, "r")
    swap = row_of(found, attribute="seller region", group="islands", test="counterfactual swap")
    assert swap["value"] == 1.0 and swap["q"] is None
    assert row_of(found, attribute="seller size", test="counterfactual swap")["value"] == 0.0
    strongest = next(row for row in found if row["attribute"] == "seller region" and row["test"] == "proxies")
    assert strongest["metric"] == "seller_orders" and strongest["value"] > 0.95 and strongest["q"] <= 0.05
    assert strongest["n"] == 2_000 and (strongest["group"], strongest["decider"]) == ("all", "features")
