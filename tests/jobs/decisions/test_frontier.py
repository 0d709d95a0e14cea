"""Points of the frontier: what rows choose at a price, with figures and intervals."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from jobs.decisions import frontier
from jobs.decisions.choices import Choices, PolicyRows
from jobs.decisions.frontier import DayChoices, Resampling, Taken
from jobs.decisions.policy_documents import LIVE, PARTIES
from jobs.decisions.policy_files import Action, Policy
from jobs.decisions.queues import NONE
from jobs.decisions.valuation import valuate
from tests.support.builders import TODAY, YESTERDAY

HOLD, REVIEW = range(2)
FREE = (0.0,) * len(PARTIES)


def action(name: str, minutes: float, stops: float, cost: float) -> Action:
    costs = {party: cost * (party == "user") for party in PARTIES}
    return Action(name, "true", "payout", minutes, stops, costs, 0, "")


LADDER = (action("hold", 1, 0.8, 0.5), action("review", 10, 0.4, 0.0))
POLICY = Policy("seller", Path("seller.toml"), "seller", ("brushing",), LIVE, dt.date(2026, 1, 1), "sellers", 7, 0.0,
                {"brushing": 1}, LADDER)


def day(ds: dt.date, loss: list[float], level: str = "high", option: list[int] | None = None, cooling=None,
        worth: float = 0.0, ladder=LADDER, **changes) -> DayChoices:
    """Rows s0, s1, ... of a day with a score of 0.5 and no suppression."""
    count = len(loss)
    keys = pa.table({"entity": ["seller"] * count, "entity_id": [f"s{number}" for number in range(count)],
                     "risk": ["brushing"] * count, "score": [0.5] * count, "level": [level] * count,
                     "open_cents": [0] * count})
    worths = np.zeros((count, len(PARTIES)))
    worths[:, PARTIES.index("user")] = worth
    nobody = np.full(count, None)
    losses = np.array(loss, float)
    rows = PolicyRows(
        replace(POLICY, ladder=ladder), keys, losses, np.zeros(count),
        valuate(np.full(count, 0.5), losses, worths, ladder, 0), np.full((count, len(ladder)), True),
        np.full((count, len(ladder)), False), np.full(count, False), *[nobody] * 6, np.full(count, np.nan),
        np.full(count, False), np.full(count, np.nan), nobody)
    rows = replace(rows, **{name: np.array(values) for name, values in changes.items()})
    return DayChoices(ds, Choices(rows, np.array(option or [NONE] * count), nobody),
                      np.full((count, len(ladder)), False) if cooling is None else np.array(cooling))


def taken(*days: DayChoices, price: float = 0.0, weights=FREE) -> Taken:
    return frontier.at_price(frontier.open_rows(days), price, weights)


def test_rows_choose_the_action_that_is_worth_most_at_the_price_and_the_weights():
    one = day(TODAY, [1_000], worth=1_000)
    assert taken(one).prevented.tolist() == [400]
    assert taken(one, weights=(0, 1, 0, 0)).prevented.tolist() == [200]  # the hold costs 250, and the review nothing
    assert taken(one, price=100, weights=(0, 1, 0, 0)).minutes.tolist() == [1]  # 200 - 1,000 against 400 - 250 - 100
    assert taken(one, price=1_000).prevented.tolist() == []
    assert taken(one).friction.sum(axis=0).tolist() == [0, 250, 0, 0]


def test_a_row_acts_once_within_the_cooldown():
    assert taken(day(YESTERDAY, [100, 10]), day(TODAY, [50, 20])).prevented.tolist() == [40, 8]
    assert taken(day(YESTERDAY, [100], "medium"), day(TODAY, [50], "high")).prevented.tolist() == [40, 20]


def test_actions_before_the_range_close_rows():
    assert taken(day(TODAY, [100], cooling=[[False, True]])).prevented.tolist() == []
    live = day(TODAY, [100], cooling=[[False, True]], option=[HOLD])  # it got a review, and wants a hold now
    assert taken(live).prevented.tolist() == [40]


@pytest.mark.parametrize("closed", [{"confirmed": [True]}, {"effect": ["exempt"]}, {"held_out": [True]}])
def test_rows_that_the_night_leaves_alone_stay_out(closed):
    assert taken(day(TODAY, [100], **closed)).prevented.tolist() == []


def test_a_forced_action_is_taken_at_any_price():
    forced = day(TODAY, [100], option=[REVIEW], effect=["force"], forced_action=["review"])
    assert taken(forced, price=1e6).prevented.tolist() == [20]


def test_a_condition_that_does_not_hold_closes_its_action():
    assert taken(day(TODAY, [100], allowed=[[False, True]])).prevented.tolist() == [20]


def test_ladders_of_several_lengths_stand_side_by_side():
    long = day(TODAY, [100], ladder=(*LADDER, action("stop", 0, 1.0, 0)))
    assert sorted(taken(long, day(YESTERDAY, [10])).prevented.tolist()) == [50]  # one key: the stop is worth more


def test_the_choices_of_a_night_have_their_expected_results():
    choices = day(TODAY, [100, 100, 100], option=[HOLD, REVIEW, HOLD]).choices
    choices.suppressed_by[2] = "capacity"
    found = frontier.of_choices(choices)
    assert (found.prevented.tolist(), found.minutes.tolist()) == ([40, 20], [1, 10])


def test_a_point_has_sums_a_day_and_an_interval_of_entities():
    found = taken(*[day(TODAY, [100] * 400)])
    of = frontier.point(found, 2, Resampling(found.entity))
    assert (of["rows"], of["minutes_a_day"], of["prevented_cents"]) == (400, 200, 16_000)
    # 400 entities of 40 each, drawn Poisson(1) times: a standard error of 800.
    assert of["prevented_lo_cents"] == pytest.approx(16_000 - 1.96 * 800, rel=0.02)
    assert of["prevented_hi_cents"] == pytest.approx(16_000 + 1.96 * 800, rel=0.02)


def test_the_rows_of_an_entity_are_drawn_together():
    clustered = Taken(np.array(["a"] * 400, object), np.full(400, 40.0), np.zeros((400, 4)), np.ones(400))
    assert frontier.point(clustered, 1, Resampling(["a"]))["prevented_lo_cents"] == 0  # drawn not at all in 37 of 100


def test_nothing_taken_is_a_point_of_zeros():
    of = frontier.point(taken(day(TODAY, [0])), 1, Resampling(["s0"]))
    assert of.pop("rows") == 0 and set(of.values()) == {0.0}


def test_each_price_and_weight_has_one_point():
    rows = frontier.open_rows([day(TODAY, [100])])
    points = list(frontier.grid(rows, 1, Resampling(["s0"])))
    names = ("price_cents_a_minute", *frontier.weight_columns(FREE))
    assert len({tuple(point[name] for name in names) for point in points}) == len(points) == 9 * (6 + 4 * 5)
