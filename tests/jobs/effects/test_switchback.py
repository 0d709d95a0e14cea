"""Effects of a switchback: planted ones, none, and an arm that still acts on the block after it."""

import numpy as np
import pytest

from jobs.effects.switchback import (
    BY_BLOCK,
    BY_BLOCK_AND_DAY,
    CARRY_OVER,
    assignments,
    blocks,
    carry_over,
    estimates,
    too_short,
)

DAYS = 7


def world(seed: int, regions: int = 4, pairs: int = 8, effect: float = 0.0, carry: tuple = (), drawn_alone=False,
          wander: float = 0.3):
    """Return outcome, arm, region, day and block of regions of unlike size, whose days resemble each other.

    Args:
        carry: share of the effect of the block before on the first, second, ... day after a change.
        drawn_alone: half of the blocks of a region are treated, in any order.
    """
    rng = np.random.default_rng(seed)
    pair = [rng.permutation([True, False]) for _ in range(regions * pairs)]
    treated = np.concatenate(pair).reshape(regions, 2 * pairs)
    if drawn_alone:
        treated = np.stack([rng.permutation(np.arange(2 * pairs) % 2 == 0) for _ in range(regions)])
    day = np.arange(2 * pairs * DAYS)
    block = day // DAYS
    arm = treated[:, block]
    acting = arm.astype(float)
    for number in range(1, 2 * pairs):
        for place, share in enumerate(carry):
            at = number * DAYS + place
            acting[:, at] += share * (arm[:, number * DAYS - 1].astype(float) - arm[:, at])
    market = np.cumsum(rng.normal(0, wander, len(day))) + 2 * np.sin(2 * np.pi * day / DAYS)
    noise = rng.standard_t(3, arm.shape) * 2 + rng.normal(0, 1, treated.shape)[:, block]
    outcome = rng.uniform(5, 20, regions)[:, None] + market + noise + effect * acting
    return (outcome.ravel(), arm.ravel(), np.repeat([f"r{number}" for number in range(regions)], len(day)),
            np.tile(day, regions), np.tile(block, regions))


def found(seed: int, burn_in: int = 0, draws: int = 399, **planted) -> dict:
    return dict(estimates(blocks(*world(seed, **planted), burn_in=burn_in), draws))


def test_the_effect_by_block_is_the_mean_difference_within_pairs():
    of = blocks(*world(1, effect=-3), burn_in=2)
    assert of.is_paired and len(of) == 64
    by_pair = [of.mean[(of.set == pair) & of.treated][0] - of.mean[(of.set == pair) & ~of.treated][0]
               for pair in np.unique(of.set)]
    effect = dict(estimates(of, 399))[BY_BLOCK]
    assert effect.effect == pytest.approx(np.mean(by_pair))
    assert effect.error == pytest.approx(np.std(by_pair, ddof=1) / np.sqrt(32))
    assert (effect.units, effect.clusters, effect.df) == (64, 32, 31)


def test_days_of_the_burn_in_are_left_out():
    outcome, arm, region, day, block = world(1)
    changed = np.where(day % DAYS < 2, 1e6, outcome)
    one, other = (blocks(values, arm, region, day, block, 2).mean for values in (outcome, changed))
    assert np.array_equal(one, other)
    assert not np.array_equal(one, blocks(changed, arm, region, day, block, 1).mean)


@pytest.mark.slow
def test_without_an_effect_one_in_twenty_is_rejected():
    rejected = {name: np.mean([found(seed, 1)[name].p < 0.05 for seed in range(400)])
                for name in (BY_BLOCK, BY_BLOCK_AND_DAY, CARRY_OVER)}
    assert all(0.02 <= share <= 0.085 for share in rejected.values()), rejected


@pytest.mark.slow
@pytest.mark.parametrize("drawn_alone", [False, True])
def test_intervals_hold_a_planted_effect(drawn_alone):
    each = [found(seed, 1, effect=-3, drawn_alone=drawn_alone) for seed in range(1_000, 1_200)]
    for name in (BY_BLOCK, BY_BLOCK_AND_DAY):
        held = np.mean([of[name].low <= -3 <= of[name].high for of in each])
        assert 0.91 <= held <= 0.99, (name, held)
        assert np.mean([of[name].p < 0.05 for of in each]) > 0.95
        assert np.mean([of[name].effect for of in each]) == pytest.approx(-3, abs=0.1)


@pytest.mark.slow
def test_pairs_halve_the_variance_where_the_level_of_a_region_wanders():
    def spread(drawn_alone):
        return np.var([found(seed, draws=9, regions=1, wander=1, drawn_alone=drawn_alone)[BY_BLOCK].effect
                       for seed in range(300)])

    assert spread(False) < 0.5 * spread(True)


@pytest.mark.slow
def test_an_arm_that_still_acts_is_seen_and_a_longer_burn_in_mends_the_effect():
    carry = {"effect": -3.0, "carry": (0.9, 0.7, 0.5)}
    short, long = ([found(seed, burn_in, **carry) for seed in range(100)] for burn_in in (0, 3))
    assert np.mean([of[BY_BLOCK].effect for of in short]) > -2
    assert np.mean([too_short(list(of.items())) for of in short]) > 0.9
    assert np.mean([of[BY_BLOCK].effect for of in long]) == pytest.approx(-3, abs=0.15)
    assert np.mean([too_short(list(of.items())) for of in long]) < 0.12


def test_all_assignments_of_few_pairs_are_listed_once_and_the_real_one_is_the_first():
    of = blocks(*world(1, regions=2, pairs=3))
    every = assignments(of)
    assert every.shape == (64, 12) and len(np.unique(every, axis=0)) == 64
    assert np.array_equal(every[0], of.treated)
    assert {tuple(np.bincount(of.set, row)) for row in every} == {(1,) * 6}


def test_drawn_assignments_keep_the_arms_of_each_set():
    of = blocks(*world(1, drawn_alone=True, pairs=10))
    every = assignments(of, 50)
    assert not of.is_paired and np.array_equal(every[0], of.treated)
    assert {tuple(np.bincount(of.set, row)) for row in every} == {(10,) * 4} and len(np.unique(every, axis=0)) > 40


def test_two_pairs_set_no_limit():
    effect = found(1, regions=1, pairs=2, effect=-50)[BY_BLOCK]
    assert (effect.low, effect.high) == (-np.inf, np.inf) and effect.p == 0.5
    assert np.isfinite(found(1, regions=1, pairs=6, effect=-50)[BY_BLOCK].high)


def test_one_region_has_no_effect_of_days_and_one_day_no_carry_over():
    assert found(1, regions=1).keys() == {BY_BLOCK, CARRY_OVER}
    assert found(1, burn_in=6).keys() == {BY_BLOCK, BY_BLOCK_AND_DAY}


def test_rows_in_another_order_are_the_same():
    columns = world(3, effect=1)
    order = np.random.default_rng(1).permutation(len(columns[0]))
    one, other = (estimates(blocks(*of, burn_in=1), 99) for of in (columns, [column[order] for column in columns]))
    assert [(name, of.p) for name, of in one] == [(name, of.p) for name, of in other]
    assert [of.effect for _, of in one] == pytest.approx([of.effect for _, of in other])


@pytest.mark.parametrize("change, sentence", [
    (lambda of: of | {"arm": of["day"] % 2 == 0}, "64 blocks have days of both arms; expected one arm"),
    (lambda of: of | {"burn_in": 7}, "a burn-in of 7 days leaves no day of 64 blocks"),
    (lambda of: of | {"arm": of["day"] >= 0}, "every block has the same arm; expected blocks of both"),
])
def test_rows_that_are_no_switchback_are_refused(change, sentence):
    of = change(dict(zip(("outcome", "arm", "region", "day", "block"), world(1))) | {"burn_in": 0})
    with pytest.raises(ValueError, match=sentence):
        blocks(*of.values())


def test_the_carry_over_compares_changes_of_the_arm_with_those_of_the_same_draws():
    outcome, _, region, day, block = world(2, regions=1)
    of = blocks(outcome, block % 3 == 0, region, day, block, 1)
    drawn = assignments(of, 199)
    contrast = (of.early - of.late)[1:]
    change = drawn[:, :-1] - drawn[:, 1:]
    change -= change.mean(axis=1, keepdims=True)
    statistic = change @ contrast / np.sqrt((change ** 2).sum(axis=1))
    further = min((statistic >= statistic[0] - 1e-9).mean(), (statistic <= statistic[0] + 1e-9).mean())
    found = carry_over(of, drawn)
    assert found.p == pytest.approx(min(1, 2 * further))
    assert found.effect == pytest.approx(change[0] @ contrast / (change[0] @ change[0]))
