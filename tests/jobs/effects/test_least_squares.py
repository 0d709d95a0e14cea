"""Least squares and its variances against matrices by hand."""

import numpy as np
import pytest

from jobs.effects import least_squares

RNG = np.random.default_rng(3)
DESIGN = np.column_stack([np.ones(30), RNG.random(30) < 0.4, RNG.normal(size=(30, 2))]).astype(float)
OUTCOME = RNG.lognormal(size=30)
CLUSTERS = np.arange(30) // 4
FIT = least_squares.fit(DESIGN, OUTCOME)
BREAD = np.linalg.inv(DESIGN.T @ DESIGN)


def sandwich(meat: np.ndarray) -> float:
    return (BREAD @ meat @ BREAD)[1, 1]


def test_coefficients_solve_the_normal_equations():
    assert DESIGN.T @ FIT.residuals == pytest.approx(np.zeros(4), abs=1e-9)
    assert FIT.effect == pytest.approx((BREAD @ DESIGN.T @ OUTCOME)[1])


def test_hc2_divides_squares_by_one_less_leverage():
    leverage = np.diag(DESIGN @ BREAD @ DESIGN.T)
    meat = DESIGN.T @ np.diag(FIT.residuals**2 / (1 - leverage)) @ DESIGN
    assert least_squares.hc2(FIT) == pytest.approx(sandwich(meat))


def test_cr1_sums_scores_within_clusters():
    scores = [DESIGN[g == CLUSTERS].T @ FIT.residuals[g == CLUSTERS] for g in range(8)]
    meat = sum(np.outer(score, score) for score in scores)
    assert least_squares.cr1(FIT, CLUSTERS) == pytest.approx(8 / 7 * 29 / 26 * sandwich(meat))


def test_influence_sums_to_nothing():
    assert FIT.influence.sum() == pytest.approx(0, abs=1e-12)
