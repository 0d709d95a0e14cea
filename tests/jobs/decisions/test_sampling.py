"""Random reviews: the probability of each row."""

import numpy as np
import pytest

from jobs.decisions.sampling import FLOOR, inclusion_probabilities, sizes


def test_the_expected_number_of_reviews_is_the_sum_of_the_probabilities():
    size = np.random.default_rng(1).gamma(0.5, 1, 10_000)
    found = inclusion_probabilities(size, expected=37.5)
    assert found.sum() == pytest.approx(37.5) and found.max() <= 1


def test_probabilities_are_proportional_to_sizes():
    assert inclusion_probabilities(np.array([1.0, 2.0, 5.0]), 1).tolist() == pytest.approx([1 / 8, 2 / 8, 5 / 8])


def test_a_row_that_is_drawn_for_certain_leaves_the_rest_to_the_others():
    assert inclusion_probabilities(np.array([1.0, 1.0, 98.0]), 2).tolist() == pytest.approx([0.5, 0.5, 1.0])


def test_more_minutes_than_rows_draw_every_row():
    assert inclusion_probabilities(np.array([1.0, 3.0]), 9).tolist() == [1.0, 1.0]


def test_an_uncertain_row_with_money_is_larger_than_a_certain_one_without():
    uncertain, certain, poor = sizes(np.array([0.5, 0.999, 0.5]), np.array([900, 900, 10]))
    assert uncertain > certain and uncertain > poor


def test_no_row_is_out_of_reach():
    found = sizes(np.array([0.0, 0.5, 1.0]), np.array([0, 1_000, 1_000]))
    assert found.min() >= FLOOR * np.array([0, 0.5 * 1.5, 0]).mean() > 0


def test_rows_without_scores_or_money_are_drawn_alike():
    assert len(set(sizes(np.full(3, np.nan), np.full(3, np.nan)))) == 1
    assert set(sizes(np.array([0.0, 0.0]), np.array([5, 50]))) == {1.0}


def test_a_population_without_rows_has_no_probabilities():
    assert inclusion_probabilities(sizes(np.zeros(0), np.zeros(0)), 3).tolist() == []


def test_draws_estimate_the_number_of_guilty_rows_without_bias():
    rng = np.random.default_rng(2)
    probability = rng.beta(0.3, 8, 2_000)
    guilty = rng.random(2_000) < probability
    inclusion = inclusion_probabilities(sizes(probability, rng.gamma(0.5, 900, 2_000)), 200)
    estimates = [(guilty / inclusion)[rng.random(2_000) < inclusion].sum() for _ in range(2_000)]
    assert np.mean(estimates) == pytest.approx(guilty.sum(), abs=4 * np.std(estimates) / 2_000 ** 0.5)
