"""The choice of actions in a queue, and the words of suppressed rows."""

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa

from jobs.decisions.choices import Choices, PolicyRows, choose
from jobs.decisions.policy_documents import LIVE, PARTIES
from jobs.decisions.policy_files import Action, Policy, Queue
from jobs.decisions.valuation import valuate

HOLD, REVIEW, WATCH = range(3)


def action(name: str, minutes: float, stops: float, cost: float) -> Action:
    return Action(name, "true", "payout", minutes, stops, {party: cost * (party == "seller") for party in PARTIES}, 0,
                  "")


LADDER = (action("hold", 2, 0.9, 0.4), action("review", 10, 0.8, 0.0), action("watch", 0, 0, 0))
ROW = {"score": 0.5, "level": "high", "loss": 1_000.0, "worth": 0.0, "allowed": (False, True, True),
       "cooling": (False, False, False), "confirmed": False, "override_id": None, "effect": None,
       "forced_action": None, "sampled_with": np.nan}


def rows(*changes: dict, risk: str = "brushing", name: str = "seller") -> PolicyRows:
    """Rows s0, s1, ... of a policy, each as ROW with changes: a review of 10 minutes is worth 400."""
    table = [{**ROW, **change} for change in changes]
    column = {key: [row[key] for row in table] for key in ROW}
    policy = Policy(name, Path("seller.toml"), "seller", (risk,), LIVE, dt.date(2026, 1, 1), "sellers", 7, 0.0,
                    {risk: 1}, LADDER)
    keys = pa.table({"entity": ["seller"] * len(table), "entity_id": [f"s{number}" for number in range(len(table))],
                     "risk": [risk] * len(table), "score": column["score"], "level": column["level"],
                     "open_cents": [0] * len(table)})
    worth = np.zeros((len(table), len(PARTIES)))
    worth[:, PARTIES.index("seller")] = column["worth"]
    loss = np.array(column["loss"])
    return PolicyRows(
        policy, keys, loss, np.zeros(len(loss)), valuate(np.array(column["score"]), loss, worth, LADDER, 0),
        np.array(column["allowed"]),
        np.array(column["cooling"]), np.array(column["confirmed"]),
        *[np.array(column[name], object) for name in ("override_id", "effect", "forced_action")],
        *[np.full(len(table), None)] * 3, np.full(len(table), np.nan), np.zeros(len(table), bool),
        np.array(column["sampled_with"]), np.full(len(table), None))


def queue(minutes: float) -> Queue:
    return Queue("sellers", minutes, ("seller/brushing", "seller/click_farm"), 0.0, 0.0, 10.0)


def chosen(*changes: dict, minutes: float = 1_000, sample_minutes: float = 0.0) -> list[tuple]:
    (found,), _ = choose([rows(*changes)], queue(minutes), sample_minutes)
    return said(found)


def said(choices: Choices) -> list[tuple]:
    return list(zip(choices.actions, choices.suppressed_by))


def test_a_row_gets_its_most_valuable_action():
    assert chosen({}, {"allowed": (True, True, True)}) == [("review", None), ("hold", None)]


def test_an_action_that_costs_more_than_it_stops_is_not_taken():
    assert chosen({"allowed": (True, False, False), "worth": 10_000.0}) == [("none", None)]


def test_a_row_without_a_worthwhile_action_is_watched_where_the_ladder_says_so():
    assert chosen({"loss": 0.0}, {"loss": 0.0, "allowed": (False, True, False)}) == [("watch", None), ("none", None)]


def test_minutes_go_to_the_rows_worth_most_and_the_others_have_the_word_capacity():
    found = chosen({"loss": 100.0}, {"loss": 900.0}, {"loss": 500.0}, minutes=20)
    assert found == [("review", "capacity"), ("review", None), ("review", None)]


def test_two_policies_of_a_queue_compete_at_one_price():
    brushing, clicks = rows({"loss": 300.0}, {"loss": 500.0}), rows({"loss": 400.0}, risk="click_farm", name="clicks")
    (first, second), price = choose([brushing, clicks], queue(20), 0.0)
    assert said(first) == [("review", "capacity"), ("review", None)] and said(second) == [("review", None)]
    assert 0.5 * 300 * 0.8 / 10 <= price <= 0.5 * 400 * 0.8 / 10


def test_suppression_is_asked_in_its_order():
    everything = {"confirmed": True, "override_id": "x", "effect": "exempt", "cooling": (True, True, True)}
    words = []
    for name, innocent in (("confirmed", False), ("effect", None), ("cooling", (False,) * 3)):
        words.append(chosen(everything, minutes=0)[0][1])
        everything |= {name: innocent}
    assert [*words, chosen(everything, minutes=0)[0][1]] == ["confirmed", "override", "cooldown", "capacity"]


def test_a_suppressed_row_takes_no_minutes_from_others():
    found = chosen({"loss": 900.0, "effect": "exempt"}, {"loss": 800.0, "confirmed": True}, {}, minutes=10)
    assert found == [("review", "override"), ("review", "confirmed"), ("review", None)]


def test_only_the_action_that_cools_down_is_suppressed():
    hold_cools = {"allowed": (True, True, True), "cooling": (True, False, False)}
    review_cools = {"allowed": (True, True, True), "cooling": (False, True, False)}
    assert chosen(hold_cools, review_cools) == [("hold", "cooldown"), ("hold", None)]


def test_a_forced_action_needs_no_value_and_takes_its_minutes_first():
    found = chosen({"loss": 0.0, "effect": "force", "override_id": "x", "forced_action": "review"}, {}, minutes=10)
    assert found == [("review", None), ("review", "capacity")]


def test_a_forced_action_that_no_ladder_has_keeps_its_name():
    assert chosen({"effect": "force", "forced_action": "call the police"}) == [("call the police", None)]


def test_a_confirmed_row_is_not_forced():
    assert chosen({"confirmed": True, "effect": "force", "forced_action": "hold"}) == [("review", "confirmed")]


def test_random_reviews_take_their_minutes_first():
    assert chosen({}, minutes=15, sample_minutes=10) == [("review", "capacity")]


def test_minutes_count_only_where_the_row_acts():
    (found,), _ = choose([rows({}, {"confirmed": True}, {"loss": 0.0})], queue(100), 0.0)
    assert found.minutes.tolist() == [10.0, 0.0, 0.0] and found.acts.tolist() == [True, False, True]
    assert found.does_something.tolist() == [True, False, False]  # the last one is only watched
