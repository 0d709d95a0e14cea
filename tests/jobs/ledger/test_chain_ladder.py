"""The chain ladder: published figures of the RAA triangle, and triangles that break the textbook."""

import numpy as np
import pytest

from jobs.ledger import chain_ladder, triangles
from tests.support import public_triangles
from tests.support.public_triangles import ragged


def test_the_raa_triangle_has_its_published_unreported_losses_and_errors():
    mack = chain_ladder.mack(public_triangles.raa())
    assert mack.total() == pytest.approx(public_triangles.RAA_TOTAL, abs=0.005)
    np.testing.assert_allclose(mack.unreported, public_triangles.RAA_UNREPORTED, atol=0.06)
    np.testing.assert_allclose(mack.error, public_triangles.RAA_ERRORS, atol=0.06)
    np.testing.assert_allclose(chain_ladder.factors(public_triangles.raa()).factor, public_triangles.RAA_FACTORS,
                               atol=5e-4)


def test_the_error_of_one_period_as_a_total_is_its_own():
    mack = chain_ladder.mack(public_triangles.raa())
    assert mack.total(np.arange(10) == 8)[1] == pytest.approx(mack.error[8])
    # Periods share the factors, so that their errors add up to more than independent ones.
    assert mack.total()[1] > np.sqrt((mack.error ** 2).sum())


def test_the_interval_has_macks_mean_and_error_and_never_ends_below_what_is_reported():
    low, high = chain_ladder.lognormal(52_135.2, 26_909.0, 0.8)
    spread = np.log1p((26_909 / 52_135.2) ** 2)
    assert np.log(low) + np.log(high) == pytest.approx(2 * np.log(52_135.2) - spread)
    assert 0 < low < 52_135.2 < high
    assert chain_ladder.lognormal(10.0, 1_000.0, 0.99)[0] > 0
    assert chain_ladder.lognormal(0.0, 0.0, 0.8) == (0.0, 0.0)


def test_more_reversals_than_verdicts_to_come_give_a_normal_interval():
    mack = chain_ladder.mack(ragged([[100, 90, 90], [100, 90], [200]]))
    value, error = mack.total()
    assert value == pytest.approx(-20)
    low, high = chain_ladder.lognormal(value, 5.0, 0.8)
    assert low == pytest.approx(-20 - 1.2816 * 5, abs=1e-3) and high < 0


def test_a_tail_factor_multiplies_every_period_and_its_absence_ends_with_the_oldest():
    without, tail = chain_ladder.mack(public_triangles.raa()), chain_ladder.mack(public_triangles.raa(), tail=1.05)
    np.testing.assert_allclose(tail.developed, without.developed * 1.05)
    assert without.unreported[0] == 0


def test_a_period_without_a_report_takes_the_average_of_the_others():
    mack = chain_ladder.mack(ragged([[50, 100, 100], [50, 100], [0]]))
    assert mack.by_average.tolist() == [False, False, True]
    # 200 reported of two whole periods and half of one: 80 a period, of which half is to come.
    assert mack.developed.tolist() == [100, 100, pytest.approx(40)]
    assert mack.error[2] > 0


def test_a_first_column_of_zeros_has_no_factor_and_periods_of_that_age_take_the_average():
    mack = chain_ladder.mack(ragged([[0, 60, 100], [0, 60], [0]]))
    assert np.isnan(chain_ladder.factors(ragged([[0, 60, 100], [0, 60], [0]])).factor[0])
    assert mack.developed == pytest.approx([100, 100, 100]) and mack.by_average[2]


def test_a_triangle_of_zeros_develops_to_zero_without_an_error():
    mack = chain_ladder.mack(triangles.cumulative(np.where(triangles.known_cells(4), 0.0, np.nan)))
    assert mack.total() == (0.0, 0.0)


def test_one_period_alone_is_taken_as_developed():
    mack = chain_ladder.mack(np.array([[7.0]]))
    assert mack.developed.tolist() == [7] and mack.total() == (0.0, 0.0)


def test_missing_cells_are_left_out_of_the_factors():
    full = ragged([[10, 20, 30, 36], [10, 20, 30], [10, 20], [10]])
    missing = full.copy()
    missing[1, 1] = np.nan
    np.testing.assert_allclose(chain_ladder.mack(missing).developed, chain_ladder.mack(full).developed)


def test_a_period_with_nothing_at_an_age_is_no_ratio_and_breaks_nothing():
    mack = chain_ladder.mack(ragged([[0, 20, 30, 36], [10, 20, 30], [10, 20], [10]]))
    assert np.isfinite(mack.covariance).all() and np.isfinite(mack.developed).all()
    assert chain_ladder.factors(ragged([[0, 20, 30, 36], [10, 20, 30], [10, 20], [10]])).factor[0] == 3


def test_factors_of_other_losses_are_used_with_their_errors():
    learned = chain_ladder.factors(public_triangles.raa())
    few = chain_ladder.mack(ragged([[1000, 2000], [1500]]), learned)
    assert few.developed[1] == pytest.approx(1500 * np.prod(learned.factor))
    assert few.developed[0] == pytest.approx(2000 * np.prod(learned.factor[1:]))
    assert (few.error > 0).all()


def test_macks_interval_covers_where_amounts_are_many_and_light():
    rng, hit = np.random.default_rng(3), []
    for _ in range(200):
        counts = rng.multinomial(400, [0.4, 0.3, 0.2, 0.1], 8).astype(float) * 100
        known = np.add.outer(np.arange(8), np.arange(4)) < 8
        mack = chain_ladder.mack(np.where(known, np.cumsum(counts, axis=1), np.nan))
        low, high = chain_ladder.lognormal(*mack.total(), 0.8)
        hit.append(low <= counts[~known].sum() <= high)
    assert 0.72 <= np.mean(hit) <= 0.9
