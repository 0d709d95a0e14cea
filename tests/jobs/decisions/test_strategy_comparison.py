"""Two sets of decisions side by side, with figures that are known by hand."""

import numpy as np
import pyarrow as pa
import pytest

from jobs.decisions.backtest import no_decisions
from jobs.decisions.outcomes import KEY
from jobs.decisions.strategy_comparison import acting, figures, measured, segment_names, sides, with_facts
from jobs.storage.query import connect
from tests.support.acting_rows import ACT, FACTS, SCHEMA, TYPES, known
from tests.support.builders import TODAY, YESTERDAY


def figure(*changes: dict) -> dict:
    return figures(known(*changes), "test")


def bounds_of(*changes: dict) -> tuple:
    found = figure(*changes)
    return found["caught_lower_cents"], found["caught_upper_cents"]


@pytest.mark.parametrize(("change", "lower", "upper"), [
    ({}, 0, 500), ({"share": 0.5}, 0, 250), ({"status": "innocent"}, 0, 0), ({"status": "unsettled"}, 0, 0),
    ({"status": "guilty", "loss_cents": 300.0}, 150, 150),
    ({"status": "guilty", "loss_cents": 300.0, "censored": True}, 150, 500),  # an action may have ended the loss
    ({"status": "guilty", "loss_cents": 3_000.0, "censored": True}, 1_500, 1_500),
    ({"status": "innocent", "censored": True}, 0, 0)])
def test_a_row_adds_to_both_bounds_what_may_be_known_of_it(change, lower, upper):
    assert bounds_of(change) == (lower, upper)


def test_sums_over_rows_are_kept_apart_by_party():
    found = figure({}, {}, {"entity_id": "s0", "ds": YESTERDAY, "status": "guilty", "score": None})
    assert (found["rows"], found["entities"], found["minutes"]) == (3, 2, 9)
    assert [found[f"{status}_rows"] for status in ("guilty", "innocent", "unknown", "unsettled")] == [1, 0, 2, 0]
    assert [found[f"friction_{party}_cents"] for party in ("seller", "user", "creator", "platform")] == [3, 6, 12, 24]
    assert found["caught_expected_cents"] == 2 * 0.25 * 1_000 * 0.5
    assert found["honest_expected"] == 2 * 0.75 + 1  # nothing is known of a row without a score


def test_random_reviews_weigh_by_their_probability_and_find_the_guilty():
    drawn = [{"sampled_with": 0.5, "sample_verdict": number % 4 == 0} for number in range(200)]
    found = figure(*drawn, *[{}] * 100)
    assert found["caught_sampled_cents"] == pytest.approx(50 * 500 / 0.5)
    assert found["effective_samples"] == pytest.approx(200)
    assert found["caught_sampled_lo_cents"] < found["caught_sampled_cents"] < found["caught_sampled_hi_cents"]


def test_an_answer_counts_before_a_row_is_settled():
    drawn = [{"sampled_with": 0.5, "sample_verdict": True, "status": "unsettled"}] * 100
    assert figure(*drawn)["caught_sampled_cents"] == pytest.approx(100 * 500 / 0.5)


def test_too_few_random_reviews_give_no_estimate():
    found = figure(*[{"sampled_with": 0.5, "sample_verdict": True}] * 99)
    assert np.isnan(found["caught_sampled_cents"]) and found["effective_samples"] == pytest.approx(99)


def test_only_rows_that_get_an_action_that_stops_something_act():
    rows = [{**ACT, "entity_id": "s1"}, {**ACT, "entity_id": "s2", "stops": 0.0},
            {**ACT, "entity_id": "s3", "suppressed_by": "cooldown"}]
    assert acting(pa.Table.from_pylist(rows, no_decisions().schema))["entity_id"].to_pylist() == ["s1"]


def test_newly_acted_and_released_are_the_rows_of_one_side_alone():
    policy, against = known({}, {}, {}), known({}, {"ds": YESTERDAY}, {"risk": "click_farm"}, {})
    with connect() as db:
        found = sides(db, policy, against)
    assert {side: rows["entity_id"].to_pylist() for side, rows in found.items()} == {
        "policy": ["s0", "s1", "s2"], "against": ["s0", "s1", "s2", "s3"], "newly acted": ["s1", "s2"],
        "released": ["s1", "s2", "s3"]}


def test_a_row_has_its_own_outcome_review_and_segments():
    acts = pa.Table.from_pylist([{**ACT, "entity_id": name} for name in ("s1", "s2")], no_decisions().schema)
    keys = acts.select(list(KEY)).to_pylist()
    outcome = pa.Table.from_pylist([{**key, **FACTS, "status": status} for key, status in zip(
        keys, ("guilty", "innocent"))], pa.schema([*((name, SCHEMA.field(name).type) for name in (*KEY, *TYPES))]))
    drawn = pa.Table.from_pylist([{**keys[1], "sampled_with": 0.2, "sample_verdict": True}], pa.schema(
        [(name, SCHEMA.field(name).type) for name in (*KEY, "sampled_with", "sample_verdict")]))
    segments = pa.table({"ds": [TODAY, YESTERDAY], "entity_id": ["s1", "s2"], "entity": ["seller"] * 2,
                         "region": ["north", "south"]})
    with connect() as db:
        rows = with_facts(db, acts, outcome.drop_columns(["sampled_with", "sample_verdict"]), drawn, segments)
    assert [(row["status"], row["sampled_with"], row["sample_verdict"], row["region"]) for row in rows.to_pylist()] == [
        ("guilty", None, None, "north"), ("innocent", 0.2, True, None)]  # s2 has no features today


def test_segments_split_all_rows_and_null_is_the_segment_none():
    rows = known({}, {"region": None}, {"risk": "click_farm", "level": None})
    found = measured({"policy": rows}, ("risk", "level", "region"))
    assert {(row["segment_by"], row["segment"]): row["rows"] for row in found} == {
        ("all", "all"): 3, ("risk", "brushing"): 2, ("risk", "click_farm"): 1, ("level", "high"): 2,
        ("level", "none"): 1, ("region", "north"): 2, ("region", "none"): 1}


def test_the_columns_of_segments_are_risk_level_and_the_slices():
    assert segment_names(pa.table({"ds": [], "entity_id": [], "entity": [], "region": []})) == (
        "risk", "level", "region")


def test_a_side_without_rows_has_figures_of_zero():
    found = figure()
    assert found["rows"] == found["caught_upper_cents"] == found["minutes"] == 0
