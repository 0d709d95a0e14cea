"""Plans over several days: the best sequence of actions that cooldowns leave open."""

import itertools

import numpy as np
import pytest

from jobs.decisions.action_plans import best_plan, steps
from jobs.decisions.queues import NONE

HOLD, REVIEW = range(2)


def plan(value, day=None, rank=None, live=None, key=None, cooldown=7):
    value = np.array(value, float)
    count = len(value)
    column = [np.zeros(count, int) if given is None else np.array(given) for given in (key, rank)]
    acted = np.full(count, NONE) if live is None else np.array(live)
    days = np.arange(count) if day is None else np.array(day)
    found = steps(column[0], days, column[1], acted, np.full(count, cooldown), value.shape[1])
    return best_plan(found, value).tolist()


def test_a_row_that_acted_is_closed_and_so_it_acts_where_that_is_worth_most():
    assert plan([[10], [90], [20]]) == [NONE, HOLD, NONE]


def test_a_row_is_open_again_once_the_cooldown_is_over():
    assert plan([[10], [10]], day=[0, 7]) == [HOLD, NONE]
    assert plan([[10], [10]], day=[0, 8]) == [HOLD, HOLD]


def test_a_higher_level_opens_a_row_and_a_lower_or_the_same_one_does_not():
    assert plan([[10], [11], [12], [10]], rank=[1, 2, 2, 1]) == [HOLD, NONE, HOLD, NONE]


def test_a_row_that_acted_is_closed_to_every_action():
    assert plan([[1, 10], [9, 1]]) == [REVIEW, NONE]


def test_a_step_that_the_live_policy_took_is_open():
    assert plan([[1, 10], [9, 1], [9, 1]], live=[REVIEW, HOLD, NONE]) == [REVIEW, HOLD, NONE]
    assert plan([[1, 10], [9, 1], [9, 1]], live=[REVIEW, NONE, HOLD]) == [REVIEW, NONE, HOLD]
    assert plan([[12, 1], [9, 1]], live=[REVIEW, HOLD]) == [HOLD, NONE]  # a hold today is followed by nothing


def test_without_a_cooldown_every_day_is_open():
    assert plan([[1], [-1], [1]], cooldown=0) == [HOLD, NONE, HOLD]


def test_closed_actions_and_negative_values_are_not_taken():
    assert plan([[-np.inf, 1], [-1, -2]], day=[0, 30]) == [REVIEW, NONE]


def test_keys_do_not_close_each_other_and_rows_come_in_any_order():
    assert plan([[5], [7], [6], [8]], key=[0, 1, 0, 1], day=[1, 0, 0, 1]) == [NONE, NONE, HOLD, HOLD]


def test_no_rows_have_no_plan():
    assert plan(np.zeros((0, 2))) == []


def test_of_equal_plans_the_earlier_one_counts():
    assert plan([[5], [5]]) == [HOLD, NONE] and plan([[5, 5]]) == [HOLD]


@pytest.mark.parametrize("seed", range(40))
def test_no_sequence_is_worth_more(seed):
    rng = np.random.default_rng(seed)
    days = np.sort(rng.choice(12, 5, replace=False))
    value, rank, live = rng.integers(-3, 12, (5, 2)).astype(float), rng.integers(0, 3, 5), rng.integers(-1, 2, 5)
    value[rng.random((5, 2)) < 0.2] = -np.inf
    cooldown = int(rng.integers(0, 6))
    chosen = plan(value, days, rank, live, cooldown=cooldown)

    def worth(sequence):
        return sum(value[step, action] for step, action in enumerate(sequence) if action != NONE)

    def is_open(sequence):
        last = None
        for step, action in enumerate(sequence):
            if action == NONE:
                continue
            if last is not None:
                before, got = last
                over = days[step] - days[before] > cooldown or rank[step] > rank[before]
                as_live = live[before] == got and live[step] == action and (live[before + 1:step] == NONE).all()
                if not over and not as_live:
                    return False
            last = step, action
        return True

    best = max(worth(one) for one in itertools.product((NONE, HOLD, REVIEW), repeat=5) if is_open(one))
    assert is_open(chosen) and worth(chosen) == best
