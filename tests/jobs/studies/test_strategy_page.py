"""The section of docs/strategy-study.md, and the interval of a mean over marketplaces."""

import numpy as np
import pytest

from jobs.studies import strategy_page
from jobs.studies.review_coverage import Population
from jobs.studies.strategy import WorldResult
from jobs.studies.strategy_trial import Caught, Realised


def result(seed, truth=50_000):
    worth = Realised(loss_prevented=100_000 + seed, trade_lost=10_000, commission_lost=800, returned_loss=0,
                     attackers_trade=5_000, value_in_horizon=50_000, actions=4, minutes=60)
    less = Realised(40_000, 20_000, 1_600, 0, 0, 18_400, 3, 60)
    score = np.full(100, 0.1)
    return WorldResult(seed, Caught(truth, 30_000, 90_000, 10_000, 120_000, 4), worth, worth, less,
                       {("seller", "brushing"): Population(np.arange(100) < 10, score, score)})


def test_the_interval_of_a_mean_is_that_of_student():
    mean, low, high = strategy_page.t_interval([1.0, 2.0, 3.0])
    assert (mean, low, high) == (2.0, pytest.approx(2 - 4.3027 / np.sqrt(3), abs=1e-3),
                                 pytest.approx(2 + 4.3027 / np.sqrt(3), abs=1e-3))
    assert np.isnan(strategy_page.t_interval([1.0])[1])


def test_samples_are_at_most_half_of_a_population():
    assert strategy_page.sizes_of([Population(np.zeros(210, bool), np.zeros(210), np.ones(210))]) == [25, 50, 100]


def test_the_section_has_all_three_comparisons():
    text = strategy_page.section([result(101), result(102, truth=130_000)])
    assert text.startswith("**Simulated data**: 2 small marketplaces, seeds 101 to 102.")
    assert "in 1 of 2 marketplaces" in text
    assert "| 102 | 4 | 1,300 | 300 | 900 | 100 to 1,200 | **no** |" in text
    assert "| live less highest scores, all days | 709 |" in text
    assert "| seller/brushing | 10.00 % | 50 |" in text


def test_a_marketplace_without_a_guilty_row_says_nothing_of_coverage():
    of = strategy_page.by_risk([result(101)])
    assert [len(populations) for populations in of.values()] == [1]
    none = result(102)
    none.populations["seller", "brushing"].guilty[:] = False
    assert strategy_page.by_risk([none]) == {}
