"""The difference of means: by hand, by Welch's test, and on experiments whose answer is published."""

import duckdb
import numpy as np
import pytest
from scipy import stats

from jobs.effects.mean_difference import mean_difference, satterthwaite


def test_the_difference_and_its_error_by_hand():
    found = mean_difference(np.array([3.0, 5.0, 1.0, 2.0, 3.0]), np.array([True, True, False, False, False]))
    assert found.effect == 2
    assert found.error == pytest.approx(np.sqrt(2 / 2 + 1 / 3))
    assert (found.units, found.clusters) == (5, None)


def test_it_is_welchs_test():
    rng = np.random.default_rng(1)
    outcome, treated = rng.lognormal(size=90), np.arange(90) < 25
    found, welch = mean_difference(outcome, treated), stats.ttest_ind(outcome[treated], outcome[~treated],
                                                                      equal_var=False)
    assert (found.p, found.df) == (pytest.approx(welch.pvalue), pytest.approx(welch.df))
    assert (found.low, found.high) == pytest.approx(tuple(welch.confidence_interval()))


def test_outcomes_that_never_vary_have_an_interval_of_a_point():
    found = mean_difference(np.ones(6), np.arange(6) < 3)
    assert (found.low, found.high, found.p) == (0, 0, 1)
    assert satterthwaite(np.zeros(2), np.array([3, 3])) == 4


@pytest.mark.real
def test_people_who_were_offered_money_fetched_their_result(real_data):
    """Thornton (2008), "The demand for, and impact of, learning HIV status". Constants: statsmodels 0.15.0, HC2."""
    got, offered = duckdb.sql(f"""SELECT got, "any" FROM '{real_data}/effects/thornton_hiv.csv'
                                  WHERE got IS NOT NULL AND "any" IS NOT NULL""").fetchnumpy().values()
    found = mean_difference(np.asarray(got, float), np.asarray(offered) == 1)
    assert found.units == 2_834
    assert found.effect == pytest.approx(0.45055, abs=5e-6)
    assert found.error == pytest.approx(0.02087, abs=5e-6)


@pytest.mark.real
def test_people_who_were_trained_earned_more(real_data):
    """LaLonde (1986), the sample of Dehejia and Wahba. Constants: statsmodels 0.15.0, HC2 and Welch."""
    earned, trained = duckdb.sql(f"SELECT re78, treat FROM '{real_data}/effects/nsw.csv'").fetchnumpy().values()
    found = mean_difference(np.asarray(earned, float), np.asarray(trained) == 1)
    assert found.effect == pytest.approx(1794.3424, abs=1e-4)
    assert found.error == pytest.approx(670.99655, abs=1e-4)
    assert (found.p, found.df) == (pytest.approx(0.00789298, abs=1e-8), pytest.approx(307.13249, abs=1e-4))
