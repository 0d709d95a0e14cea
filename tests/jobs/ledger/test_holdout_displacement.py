"""Displacement against a holdout: sums by hand, planted shares in their intervals, and worlds without an effect."""

import numpy as np
import pytest

from jobs.ledger.displacement import come_back
from jobs.ledger.holdout_displacement import LEAST, against_holdout, come_back_against_holdout

STRATA = {0: (240, 160), 1: (190, 50)}  # treated and held-out units: the surer the score, the fewer are held out


def equal(units, own, new):
    """Units that all lose the same."""
    return np.repeat([[float(own), float(new)]], units, axis=0)


def world(rng, prevented=0.6, moved=0.0, strata=STRATA):
    """Losses of a world in which a part of the prevented losses goes on under new accounts.

    Losses have a heavy tail and are larger in the higher stratum, and some honest units have new accounts too.
    """
    arms = []
    for place in range(2):
        arm = {}
        for stratum, sizes in strata.items():
            own = np.where(rng.random(sizes[place]) < 0.6, rng.lognormal(4 + stratum, 0.8, sizes[place]), 0.0)
            new = np.where(rng.random(sizes[place]) < 0.05, rng.lognormal(3, 0.5, sizes[place]), 0.0)
            gone = prevented * own if place == 0 else np.zeros(sizes[place])
            arm[stratum] = np.column_stack([own - gone, new + moved * gone])
        arms.append(arm)
    return arms


def mean_prevented(prevented, strata=STRATA):
    """What is prevented in expectation: the mean of a lognormal times the share of units that lose something."""
    return prevented * sum(sizes[0] * 0.6 * np.exp(4 + stratum + 0.32) for stratum, sizes in strata.items())


def test_the_quotient_is_the_share_of_the_prevented_losses_that_came_back():
    # 100 treated units lose 4 instead of 10, and their new accounts 3 instead of 1.
    found = against_holdout({0: equal(100, 4, 3)}, {0: equal(30, 10, 1)})
    assert found.success.value == pytest.approx(-600) and found.net_effect.value == pytest.approx(600 - 200)
    assert found.quotient.value == pytest.approx(-1 / 3) == found.quotient.low == found.quotient.high
    assert found.undefined == ""


def test_each_stratum_is_compared_with_its_own_holdout():
    # Units of the higher stratum lose ten times as much, and few of them are held out: nothing was prevented.
    treated = {0: equal(50, 1, 0), 1: equal(90, 10, 0)}
    found = against_holdout(treated, {0: equal(50, 1, 0), 1: equal(10, 10, 0)})
    assert found.success.value == pytest.approx(0, abs=1e-9) and found.quotient is None
    halved = against_holdout(treated, {0: equal(50, 2, 0), 1: equal(10, 20, 0)})
    assert halved.success.value == pytest.approx(-50 - 900)


@pytest.mark.parametrize("moved", [0.0, 0.3, 0.7])
def test_the_planted_share_lies_in_the_interval(moved):
    hit, net_hit = [], []
    for seed in range(100):
        found = against_holdout(*world(np.random.default_rng([seed, 1]), moved=moved), draws=400, seed=seed)
        hit.append(found.quotient is not None and found.quotient.low <= -moved <= found.quotient.high)
        net_hit.append(found.net_effect.low <= (1 - moved) * mean_prevented(0.6) <= found.net_effect.high)
    assert np.mean(hit) >= 0.9
    assert np.mean(net_hit) >= 0.88


def test_in_a_world_without_any_effect_the_quotient_is_undefined_or_holds_0():
    undefined, holds = [], []
    for seed in range(100):
        found = against_holdout(*world(np.random.default_rng([seed, 2]), prevented=0), draws=400, seed=seed)
        undefined.append(found.quotient is None and "holds 0" in found.undefined)
        holds.append(found.net_effect.low <= 0 <= found.net_effect.high)
    assert np.mean(undefined) >= 0.88 and np.mean(holds) >= 0.88


def test_fewer_units_than_the_least_say_nothing():
    few, enough = {0: equal(LEAST - 1, 4, 0)}, {0: equal(LEAST, 10, 0)}
    for treated, holdout, said in ((enough, few, "20 treated and 19"), (few, enough, "19 treated and 20"),
                                   ({}, {}, "0 treated and 0")):
        found = against_holdout(treated, holdout)
        assert (found.success, found.quotient, found.net_effect) == (None, None, None)
        assert found.undefined.startswith(said)


def test_one_stratum_has_newcombe_s_interval():
    assert come_back_against_holdout([(70, 56, 80, 48)]) == come_back(70, 56, 80, 48)


def test_strata_count_by_their_treated_units_and_those_without_a_holdout_are_left_out():
    found = come_back_against_holdout([(30, 15, 40, 4), (10, 1, 20, 2), (99, 99, 0, 0)])
    assert found.difference.value == pytest.approx(0.75 * 0.4 + 0.25 * 0)
    assert found.stopped.value == pytest.approx(0.75 * 0.5 + 0.25 * 0.1)


@pytest.mark.parametrize("strata, word", [([], "nobody was stopped"), ([(5, 1, 0, 0)], "holdout")])
def test_without_both_cohorts_there_is_no_difference(strata, word):
    found = come_back_against_holdout(strata)
    assert found.difference is None and word in found.undefined


def test_the_planted_difference_of_come_backs_over_strata_lies_in_the_interval():
    rng, hit = np.random.default_rng(6), []
    for _ in range(1_000):
        strata = [(treated, int(rng.binomial(treated, base + 0.2)), held, int(rng.binomial(held, base)))
                  for (treated, held), base in zip(STRATA.values(), (0.02, 0.15))]
        found = come_back_against_holdout(strata).difference
        hit.append(found.low <= 0.2 <= found.high)
    assert 0.93 <= np.mean(hit) <= 0.985
