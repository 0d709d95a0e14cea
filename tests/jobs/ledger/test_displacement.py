"""Displacement: the formulas by hand, planted shares in their intervals, and quotients that do not exist."""

import numpy as np
import pytest

from jobs.ledger import displacement
from jobs.ledger.displacement import come_back


def one_unit(before, during):
    return np.array([[before, during]])


def world(rng, prevented=0.5, moved=0.0, units=200, course=0.8):
    """Return the counts of a world in which a share of the prevented attacks moves into the buffer.

    Units differ, and the control's course holds everywhere.
    """
    means = [rng.gamma(2, 5, units) for _ in range(3)]
    gone = prevented * course * means[0].sum()
    grown = 1 + moved * gone / (course * means[1].sum())
    during = [means[0] * course * (1 - prevented), means[1] * course * grown, means[2] * course]
    return [np.stack([rng.poisson(before), rng.poisson(after)], axis=1) for before, after in zip(means, during)]


def test_the_measures_are_those_of_bowers_and_johnson():
    success, moved, net = displacement._measures(np.array([[[100, 40], [50, 60], [200, 160.0]]]))
    assert success[0] == pytest.approx(40 / 160 - 100 / 200)
    assert moved[0] == pytest.approx(60 / 160 - 50 / 200)
    assert net[0] == pytest.approx((100 * 160 / 200 - 40) + (50 * 160 / 200 - 60))


def test_the_quotient_is_the_share_of_the_prevented_attacks_that_moved():
    # The control stays, the target loses 60, and the buffer gains 24 of them.
    areas = [np.repeat([[before, during]], 100, axis=0) for before, during in ((10, 4), (10, 12.4), (10, 10))]
    found = displacement.displacement(*areas)
    assert found.quotient.value == pytest.approx(-0.4) and found.net_effect.value == pytest.approx(100 * (6 - 2.4))
    assert found.quotient.low == pytest.approx(-0.4) == found.quotient.high  # equal units leave nothing to chance


@pytest.mark.parametrize("moved", [0.0, 0.3, 0.7, -0.2])
def test_the_planted_share_lies_in_the_interval(moved):
    hit, net_hit = [], []
    for seed in range(100):
        rng = np.random.default_rng([seed, 1])
        found = displacement.displacement(*world(rng, moved=moved), draws=300, seed=seed)
        hit.append(found.quotient.low <= -moved <= found.quotient.high)
        # Means of the units are 10, so that half of 200 * 10 * 0.8 is prevented.
        net_hit.append(found.net_effect.low <= 800 * (1 - moved) <= found.net_effect.high)
    assert np.mean(hit) >= 0.88
    assert np.mean(net_hit) >= 0.85


def test_in_a_world_without_any_effect_the_quotient_is_undefined_and_the_net_effect_holds_0():
    undefined, holds = [], []
    for seed in range(100):
        found = displacement.displacement(*world(np.random.default_rng([seed, 2]), prevented=0), draws=300, seed=seed)
        undefined.append(found.quotient is None and "holds 0" in found.undefined)
        holds.append(found.net_effect.low <= 0 <= found.net_effect.high)
    assert np.mean(undefined) >= 0.88 and np.mean(holds) >= 0.88


def test_more_units_make_the_interval_narrower():
    few, many = (displacement.displacement(*world(np.random.default_rng(3), moved=0.3, units=units)).quotient
                 for units in (50, 800))
    assert many.high - many.low < 0.5 * (few.high - few.low)


@pytest.mark.parametrize("before, during", [(0, 5), (5, 0), (0, 0)])
def test_a_control_without_counts_leaves_everything_undefined(before, during):
    found = displacement.displacement(one_unit(9, 3), one_unit(9, 9), one_unit(before, during))
    assert (found.success, found.quotient, found.net_effect) == (None, None, None)
    assert f"{before} before and {during} during" in found.undefined


def test_an_empty_buffer_has_a_quotient_of_0():
    target, _, control = world(np.random.default_rng(4))
    found = displacement.displacement(target, np.zeros((0, 2)), control)
    assert (found.quotient.value, found.quotient.low, found.quotient.high) == (0, 0, 0)


def test_many_units_are_re_sampled_in_parts_that_give_the_same_totals(monkeypatch):
    areas = world(np.random.default_rng(5), moved=0.3)
    whole = displacement.displacement(*areas)
    monkeypatch.setattr(displacement, "AT_ONCE", 10_000)
    assert displacement.displacement(*areas) == whole


def test_newcombe_s_interval_has_its_published_figures():
    # Newcombe (1998), Statistics in Medicine 17, table II, method 10: 56/70 less 48/80, 9/10 less 3/10, 0/10 less 0/20.
    for counts, low, high in (((70, 56, 80, 48), 0.0524, 0.3339), ((10, 9, 10, 3), 0.1705, 0.8090),
                              ((10, 0, 20, 0), -0.1611, 0.2775), ((10, 10, 20, 0), 0.6791, 1.0)):
        found = come_back(*counts)
        assert (found.difference.low, found.difference.high) == (pytest.approx(low, abs=6e-5),
                                                                 pytest.approx(high, abs=6e-5))


def test_the_planted_difference_of_come_backs_lies_in_the_interval():
    rng, hit = np.random.default_rng(6), []
    for _ in range(1_000):
        found = come_back(300, int(rng.binomial(300, 0.25)), 60, int(rng.binomial(60, 0.02))).difference
        hit.append(found.low <= 0.23 <= found.high)
    assert 0.92 <= np.mean(hit) <= 0.985


@pytest.mark.parametrize("counts, word", [((0, 0, 5, 1), "nobody was stopped"), ((5, 1, 0, 0), "holdout")])
def test_a_difference_needs_both_cohorts(counts, word):
    found = come_back(*counts)
    assert found.difference is None and word in found.undefined


def test_more_come_backs_than_accounts_are_an_error():
    with pytest.raises(ValueError, match="6 came back of 5"):
        come_back(5, 6, 5, 1)
