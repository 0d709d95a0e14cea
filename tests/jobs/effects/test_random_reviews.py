"""Random reviews of a lake: what was drawn, from how many rows, with which probability, and what the line had."""

import datetime as dt

import numpy as np
import pytest

from jobs.decisions.policy_files import read_policies
from jobs.effects import random_reviews
from jobs.storage.lake import Lake
from tests.support.answered_reviews import SAMPLED, decisions, review
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, ago, at
from tests.support.decided_lake import DAYS, decided_home


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A lake of 40 sellers and 8 days on which random reviews draw half of the rows. Nobody answers."""
    home = tmp_path_factory.mktemp("home")
    decided_home(home, {"queues.toml": SAMPLED})
    return home


def drawn(home, ds=TODAY) -> list[dict]:
    return random_reviews.drawn_rows(Lake(str(home / "lake")), ds)[0].to_pylist()


def test_every_drawn_row_of_the_weeks_is_there_with_its_probability(home):
    expected = sorted(row["sampled_with"] for row in decisions(home) if row["sampled_with"])
    assert sorted(row["sampled_with"] for row in drawn(home)) == expected and len(expected) > 150
    by_week = {back: sum(row["back"] == back for row in drawn(home)) for back in (0, 1)}
    assert by_week[1] == sum(row["ds"] == DAYS[0] for row in decisions(home) if row["sampled_with"])
    assert sum(by_week.values()) == len(expected)


def test_the_population_is_every_scored_row_that_is_not_confirmed(home):
    found = random_reviews.drawn_rows(Lake(str(home / "lake")), TODAY)[1].to_pylist()
    # 40 sellers on 7 days and on one of the week before; 8 of them stand confirmed of brushing on the last day.
    assert [(row["back"], row["risk"], row["population"]) for row in found
            if row["risk"] in ("brushing", "click_farm")] == [
        (0, "brushing", 272), (0, "click_farm", 280), (1, "brushing", 40), (1, "click_farm", 40)]


def test_nothing_from_after_the_day_is_read(home):
    rows = drawn(home, ago(3))
    assert len(rows) == sum(row["ds"] <= ago(3) for row in decisions(home) if row["sampled_with"])
    assert {row["back"] for row in rows} == {0}


def test_a_design_has_the_probabilities_with_which_rows_were_drawn(home):
    policies = read_policies(home / "policies")
    for day in (TODAY, ago(4)):
        found = random_reviews.designs(Lake(str(home / "lake")), day, policies, {("seller", "brushing")})
        assert {key: len(part.inclusion) for key, part in found.items()} == {
            ("seller", "brushing"): 32 if day == TODAY else 40, ("seller", "click_farm"): 40}
        for (_, risk), part in found.items():
            names = np.array(part.entity_id.to_pylist())[part.position]
            designed = dict(zip(names, part.inclusion))
            mine = [row for row in decisions(home, ds=day, risk=risk) if row["sampled_with"]]
            assert mine and all(designed[row["entity_id"]] == row["sampled_with"] for row in mine)
        assert sum(part.inclusion.sum() for part in found.values()) == pytest.approx(480 * 0.5 / 6)


def test_a_risk_whose_queue_draws_nothing_has_no_design(home):
    assert random_reviews.designs(Lake(str(home / "lake")), TODAY, read_policies(home / "policies"),
                                  {("user", "refund_abuse")}) == {}


def test_the_latest_state_of_a_review_counts_from_its_arrival(tmp_path):
    decided_home(tmp_path, {"queues.toml": SAMPLED}, DAYS[:3], sellers=10)
    first, second, third = [row for row in decisions(tmp_path) if row["sampled_with"]][:3]
    land(tmp_path / "lake", "review_samples", [
        review(first, None, 5, arrived=5), review(first, True, 5, (4, 9), 4), review(first, False, 5, (3, 9), 3),
        review(second, None, 5, arrived=5), review(third, True, 5, (4, 12), 2)])

    def verdicts(ds: dt.date) -> list:
        known = random_reviews.drawn_rows(Lake(str(tmp_path / "lake")), ds)[0].to_pylist()
        return sorted(row["verdict"] for row in known if row["verdict"] is not None)
    assert [verdicts(ago(day)) for day in (5, 4, 3, 2)] == [[], [True], [False], [False, True]]


@pytest.mark.parametrize("days, changes, caught", [
    ((3,), {"score": 0.05}, False),
    ((3,), {"score": 0.1}, True),
    ((4, 3), {"score": 0.05}, True),  # on an earlier day of the week
    ((3, 2), {"score": 0.05}, False),  # on a later day
    ((8, 3), {"score": 0.05}, False),  # in the week before
])
def test_the_line_had_a_row_by_its_score_up_to_its_day_in_the_week(tmp_path, days, changes, caught):
    """The row of day 3 was drawn, and has the changed score; the others are above low."""
    rows = [decision(day, f"d{day}") | (changes | {"sampled_with": 0.5, "suppressed_by": None} if day == 3 else {})
            for day in days]
    land(tmp_path / "lake", "decision_daily", rows)
    assert [row["caught"] for row in drawn(tmp_path)] == [caught]


@pytest.mark.parametrize("changes, caught", [
    ({"stops": 0.8, "suppressed_by": None}, True), ({"stops": 0.8}, False), ({"suppressed_by": None}, False)])
def test_an_action_on_a_row_below_medium_counts_if_it_is_not_suppressed(tmp_path, changes, caught):
    land(tmp_path / "lake", "decision_daily", [decision(2, "d1") | {"score": 0.01, "sampled_with": 0.5} | changes])
    assert [row["caught"] for row in drawn(tmp_path)] == [caught]


@pytest.mark.parametrize("day, risk, executed, caught", [
    (3, "brushing", True, True), (3, None, True, True), (3, "click_farm", True, False), (3, "brushing", False, False),
    (2, "brushing", True, False)])
def test_an_action_that_an_operator_took_counts_up_to_the_day_of_the_row(tmp_path, day, risk, executed, caught):
    land(tmp_path / "lake", "decision_daily", [decision(3, "d1") | {"score": 0.01, "sampled_with": 0.5}])
    land(tmp_path / "lake", "actions_taken", [
        {"action_id": "a1", "taken_at": at(ago(day)), "entity": "seller", "entity_id": "s1", "risk": risk,
         "action": "stop", "executed": executed, "ds": ago(day)}])
    assert [row["caught"] for row in drawn(tmp_path)] == [caught]


def decision(day, key) -> dict:
    return {"ds": ago(day), "decision_id": key, "mode": "live", "entity": "seller", "entity_id": "s1",
            "risk": "brushing", "score": 0.4, "stops": 0.0, "suppressed_by": "capacity"}
