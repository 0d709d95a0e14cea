"""The next batch: p-values equal exact ones, and a batch breaks its target no more often than they say."""

import numpy as np
import pytest
from scipy import stats

from jobs.after_sales.next_batch import broken_p

TARGET = 0.05


def exact(wrong, decided, later):
    """Thatcher's hypergeometric p-value, averaged over the Poisson size of the batch."""
    found, size = 0.0, np.arange(0, int(later * decided * 3) + 40)
    weight = stats.poisson.pmf(size, later * decided)
    for number, part in zip(size, weight):
        one_too_many = wrong + int(np.floor(TARGET * number + 1e-9)) + 1
        if number and one_too_many <= decided + number:
            found += part * stats.hypergeom.cdf(wrong, decided + number, one_too_many, decided)
    return found


@pytest.mark.parametrize("later", [0.2, 0.5, 1.0, 4.0])
@pytest.mark.parametrize(("wrong", "decided"), [(0, 60), (0, 120), (3, 200), (12, 400), (40, 900)])
def test_p_values_are_those_of_the_hypergeometric_distribution(wrong, decided, later):
    assert broken_p([wrong], [decided], TARGET, later)[0] == pytest.approx(exact(wrong, decided, later), rel=0.06)


@pytest.mark.parametrize(("wrong", "decided", "later"), [
    (15, 1_793, 0.058), (2, 459, 0.4), (9, 600, 2.0), (60, 60, 0.0002), (1, 300, 0.3)])
def test_small_p_values_are_exact_too(wrong, decided, later):
    """Tests of many cells and high levels ask for them. A batch that is mostly empty breaks by its few cases."""
    found = exact(wrong, decided, later)
    assert found < 0.013 and broken_p([wrong], [decided], TARGET, later)[0] == pytest.approx(found, rel=0.06)


def test_a_very_large_batch_and_no_batch_at_all_ask_for_the_rate():
    wrong, decided = np.array([0, 2, 14]), np.array([59, 140, 400])
    rate = stats.binom.cdf(wrong, decided, TARGET)
    assert broken_p(wrong, decided, TARGET) == pytest.approx(rate)
    for later in (1e3, 1e5, 1e9, 1e30):
        assert broken_p(wrong, decided, TARGET, later) == pytest.approx(rate, rel=0.02)


def test_more_errors_less_evidence_and_fractions_lie_between():
    p = broken_p(np.array([3, 3.5, 4, 4]), np.array([300, 300, 300, 200]), TARGET, 0.5)
    assert (np.diff(p) > 0).all()


@pytest.mark.parametrize(("wrong", "decided", "later", "p"), [
    (5, 5, 0.5, None), (1, 1, 0.001, 1 - np.exp(-0.001)), (60, 60, np.inf, 1.0), (60, 60, 1.0, 1.0)])
def test_the_ends_are_numbers(wrong, decided, later, p):
    """All wrong, and batches in which nothing is decided: an empty batch breaks nothing."""
    found = broken_p([wrong], [decided], TARGET, later)[0]
    assert 0 <= found <= 1 and (p is None or found == pytest.approx(p))


@pytest.mark.parametrize("rate", [0.02, 0.035, 0.05, 0.08])
def test_a_batch_is_called_safe_and_broken_in_at_most_5_percent(rate):
    rng, decided, later = np.random.default_rng(1), 400, 0.4
    passes = broken_p(np.arange(60), np.full(60, decided), TARGET, later) <= 0.05
    wrong = np.minimum(rng.binomial(decided, rate, 20_000), 59)
    size = rng.poisson(later * decided, 20_000)
    assert (passes[wrong] & (rng.binomial(size, rate) > TARGET * size)).mean() <= 0.05


def test_a_share_that_equals_the_target_breaks_nothing():
    """0.29 times 100 is a little below 29 in floating point."""
    assert broken_p([20], [100], 0.29, 1.0) == pytest.approx(broken_p([20], [100], 0.29 + 1e-7, 1.0), rel=1e-6)
