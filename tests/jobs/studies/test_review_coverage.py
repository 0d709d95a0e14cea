"""Re-draws of random reviews: their sums, and the coverage of a method that is right and of one that is not."""

import numpy as np
import pytest

from jobs.decisions import sampling
from jobs.effects import prevalence
from jobs.studies import review_coverage
from jobs.studies.review_coverage import CHOSEN, CORRECTED, PERFECT, UNCORRECTED, Population


@pytest.fixture(scope="module")
def populations():
    rng, found = np.random.default_rng(2), []
    for _ in range(4):
        score = np.where(rng.random(3_000) < 0.05, 0.3, 0.01)
        money = rng.lognormal(8, 1, 3_000)
        found.append(Population(rng.random(3_000) < score, score, sampling.sizes(score, money)))
    return found


def test_a_re_draw_has_the_sums_of_its_rows():
    guilty, inclusion = np.array([True, False, True]), np.ones(3)
    of = review_coverage.redrawn(guilty, inclusion, 5, np.random.default_rng(1), errs=False)
    one = prevalence.sums(guilty, inclusion)
    for name in vars(one):
        assert (getattr(of, name) == getattr(one, name)).all()


def test_re_draws_have_the_expected_rows_on_average(populations):
    inclusion = sampling.inclusion_probabilities(populations[0].size, 100)
    of = review_coverage.redrawn(populations[0].guilty, inclusion, 400, np.random.default_rng(1), errs=False)
    assert of.rows.mean() == pytest.approx(100, abs=3)
    assert prevalence.horvitz_thompson(of, 3_000)[0].mean() == pytest.approx(populations[0].prevalence, rel=0.1)


def test_the_chosen_interval_covers_and_that_of_wald_does_not(populations):
    found = review_coverage.coverage(populations, 200)[PERFECT]
    assert 0.93 <= found[CHOSEN].covered <= 0.97
    assert found["Wald"].covered < 0.93


def test_errors_of_reviewers_bias_a_rare_risk_and_are_taken_out(populations):
    found = review_coverage.coverage(populations, 800)
    wrong, right = (found[who][CHOSEN] for who in (UNCORRECTED, CORRECTED))
    truth = np.mean([population.prevalence for population in populations])
    assert wrong.bias == pytest.approx((1 - 2 * truth) * 0.03, abs=0.003)
    assert wrong.covered < 0.9
    assert 0.93 <= right.covered <= 0.97
    assert abs(right.bias) < 0.003
