"""Estimated effects against planted ones: eight small marketplaces, and rings that are split over arms."""

import numpy as np
import pytest

from jobs.effects.experiment_effects import ADJUSTED, MEANS
from jobs.studies import effects
from jobs.studies.displaced_rings import drawn
from jobs.studies.effect_worlds import METRICS, compared, entered

pytestmark = pytest.mark.slow
WORLDS = 8


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    return [compared(tmp_path_factory.mktemp("world"), seed) for seed in range(401, 401 + WORLDS)]


def test_intervals_hold_the_effect_of_stopping(worlds):
    for place, metric in enumerate(METRICS):
        for name in (MEANS, ADJUSTED):
            of_metric = [one.compared[place] for one in worlds]
            held = [one.estimates[name].low <= one.truth <= one.estimates[name].high for one in of_metric]
            assert sum(held) >= WORLDS - 1, (metric, name, held)
        assert all(one.truth < 0 for one in of_metric), metric


def test_effects_are_seen_and_not_only_held(worlds):
    orders = METRICS.index("orders")
    assert sum(one.compared[orders].estimates[ADJUSTED].high < 0 for one in worlds) >= WORLDS - 1


def test_what_the_ledger_says_holds_the_cents_that_landed(worlds):
    for place, account in enumerate(("prevented", "false_positive_friction")):
        claims = [one.claims[place] for one in worlds]
        assert {one.account for one in claims} == {account}
        assert sum(one.holds(0.95) for one in claims) >= WORLDS - 2, account
        assert sum(one.holds(0.8) for one in claims) >= WORLDS // 2, account
        assert all(one.landed > 0 and one.planted > 0 for one in claims), account


def test_friction_is_that_of_honest_units(worlds):
    claims = [one.claims[1] for one in worlds]
    assert sum(one.holds(0.95, one.planted) for one in claims) >= WORLDS - 2
    assert 0.5 < np.mean([one.landed for one in claims]) / np.mean([one.planted for one in claims]) < 1.5


def test_the_section_counts_the_marketplaces(worlds):
    text = effects.section(worlds, 401)
    assert "8 small marketplaces, seeds 401 to 408" in text and "of 8 |" in text


def test_units_are_attackers_and_honest_users_in_both_arms():
    units = entered(401)
    arms = units["arm"].to_pylist()
    assert 250 < len(units) < 450 and 0.35 < arms.count("holdout") / len(arms) < 0.6
    assert len(set(units["unit"].to_pylist())) == len(units)


def test_rings_split_over_arms_bias_the_effect_and_whole_groups_do_not():
    found = [drawn(seed, 0.5) for seed in range(60)]
    group, account = (np.array([[getattr(one, name).low, one.truth, getattr(one, name).high] for one in found])
                      for name in ("by_group", "by_account"))
    assert ((group[:, 0] <= group[:, 1]) & (group[:, 1] <= group[:, 2])).sum() >= 53
    assert (account[:, 2] < account[:, 1]).all()  # every interval lies below: the effect looks too large


def test_without_displacement_both_are_right():
    found = [drawn(seed, 0.0) for seed in range(60)]
    for name in ("by_group", "by_account"):
        assert sum(getattr(one, name).low <= one.truth <= getattr(one, name).high for one in found) >= 53
