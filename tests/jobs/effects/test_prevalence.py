"""Prevalence from random reviews: estimators against sums by hand, and intervals over many re-draws."""

import numpy as np
import pytest

from jobs.effects import prevalence
from jobs.effects.prevalence import Sums
from jobs.statistics import shares
from jobs.statistics.shares import Interval

VERDICT = np.array([True, False, False, True])
INCLUSION = np.array([0.5, 0.5, 0.25, 1.0])


def test_horvitz_thompson_weighs_guilty_rows_by_their_inclusion():
    share, error = prevalence.horvitz_thompson(prevalence.sums(VERDICT, INCLUSION), 10)
    assert share == (2 + 1) / 10
    assert error == pytest.approx(np.sqrt(0.5 * 2**2) / 10)  # the certain row has no variance


def test_hajek_divides_by_the_weights_of_all_drawn_rows():
    share, error = prevalence.hajek(prevalence.sums(VERDICT, INCLUSION))
    assert share == pytest.approx(3 / 9)
    residuals = np.where(VERDICT, 1 - share, -share) / INCLUSION
    assert error == pytest.approx(np.sqrt(((1 - INCLUSION) * residuals**2).sum()) / 9)


def test_the_difference_estimator_of_perfect_scores_has_no_error():
    value, error = prevalence.difference(VERDICT, INCLUSION, VERDICT.astype(float), np.array([1.0, 0, 0, 0]))
    assert (value, error) == (0.25, 0.0)


def test_the_difference_estimator_corrects_scores_by_the_drawn_rows():
    value, error = prevalence.difference(np.array([True]), np.array([0.5]), np.array([0.2]), np.full(4, 0.2))
    assert value == pytest.approx(0.2 + 0.8 / 0.5 / 4)
    assert error == pytest.approx(np.sqrt(0.5) * 0.8 / 0.5 / 4)


def test_effective_rows_are_fewer_where_weights_differ():
    assert prevalence.sums(VERDICT, np.full(4, 0.5)).effective == 4
    assert prevalence.sums(VERDICT, INCLUSION).effective == pytest.approx(9**2 / (4 + 4 + 16 + 1))


def test_a_sample_without_a_row_says_nothing():
    of = prevalence.sums(np.zeros(0, bool), np.zeros(0), largest=20.0)
    planned = prevalence.plan(np.full(100, 0.05), np.full(100, 0.02))
    assert np.isnan(prevalence.hajek(of)[0])
    for interval in (shares.wilson(*prevalence.hajek(of)[:1], of.effective),
                     shares.clopper_pearson(prevalence.hajek(of)[0], of.effective)):
        assert (interval.low, interval.high) == (0, 1)
    assert prevalence.score(of, 100, planned).low == 0 < prevalence.score(of, 100, planned).high


def test_intervals_of_equal_weights_are_the_textbook_ones():
    wilson = shares.wilson(np.array(0.1), np.array(50.0))
    assert (wilson.low, wilson.high) == (pytest.approx(0.0435, abs=1e-4), pytest.approx(0.2136, abs=1e-4))
    exact = shares.clopper_pearson(np.array(0.1), np.array(50.0))
    assert (exact.low, exact.high) == (pytest.approx(0.0333, abs=1e-4), pytest.approx(0.2181, abs=1e-4))
    # Of weights of one, Fay and Feuer's interval is Garwood's of a Poisson count: 5 has 1.6235 to 11.6683.
    five = Sums(*(np.array(x, float) for x in (100, 5, 100, 5, 100, 5, 100, 5, 1)))
    gamma = prevalence.gamma(five, 100)
    assert (gamma.low, gamma.high) == (pytest.approx(0.016235, abs=1e-5), pytest.approx(0.116683, abs=1e-5))


def test_log_odds_of_nothing_found_is_everything():
    interval = prevalence.log_odds(np.array([0.0, 0.2]), np.array([0.0, 0.05]))
    assert (interval.low[0], interval.high[0]) == (0, 1)
    assert 0.1 < interval.low[1] < 0.2 < interval.high[1] < 0.35


def test_the_score_interval_covers_a_rare_risk_where_that_of_wald_does_not():
    rng = np.random.default_rng(4)
    likely = np.where(rng.random(4_000) < 0.03, 0.2, 0.005)
    guilty = rng.random(4_000) < likely
    inclusion = np.clip(200 * np.sqrt(likely) * (money := rng.lognormal(sigma=0.5, size=4_000)) / (
        np.sqrt(likely) * money).sum(), 0, 1)
    planned, covered = prevalence.plan(inclusion, likely), {"score": 0, "wald": 0}
    for _ in range(1_000):
        drawn = rng.random(4_000) < inclusion
        of = prevalence.sums(guilty[drawn], inclusion[drawn])
        for name, found in (("score", prevalence.score(of, 4_000, planned)),
                            ("wald", prevalence.wald(*prevalence.horvitz_thompson(of, 4_000)))):
            covered[name] += found.low <= guilty.mean() <= found.high
    assert 0.93 <= covered["score"] / 1_000 <= 0.97
    assert covered["wald"] / 1_000 < 0.93


def test_known_errors_of_reviewers_are_taken_out():
    found = Interval(0.01 * 0.97 + 0.99 * 0.03, 0.0, 0.05)  # 1 % guilty, and reviewers who err in 3 % of rows
    corrected = prevalence.rogan_gladen(found, 0.97, 0.97)
    assert corrected.value == pytest.approx(0.01)
    assert (corrected.low, corrected.high) == (0, pytest.approx(0.02 / 0.94))
    assert prevalence.rogan_gladen(found, 1.0, 1.0).value == pytest.approx(found.value)


def test_reviewers_who_are_no_better_than_chance_are_refused():
    with pytest.raises(ValueError, match="expected a sum above 1"):
        prevalence.rogan_gladen(Interval(0.1, 0.0, 0.2), 0.5, 0.5)


def test_errors_of_reviewers_are_a_variance_of_their_own():
    inclusion, likely = np.ones(10), np.full(10, 0.03)
    assert prevalence.plan(inclusion, likely).spread == 0  # every row is drawn
    assert prevalence.plan(inclusion, likely, errs=True).spread == pytest.approx(0.97)
