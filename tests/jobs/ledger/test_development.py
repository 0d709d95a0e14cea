"""Developed losses: means against sums by hand, what the draws hold fixed, and cases with little to learn from."""

import numpy as np
import pytest

from jobs.ledger import development
from jobs.ledger.verdict_pattern import VerdictPattern

# Half of the verdicts come in the period itself, the others in the next; known from very many.
HALF = VerdictPattern(np.array([1e6, 1e6] + [0.0] * 28), np.array([1e6] + [2e6] * 29))
ONES = np.ones(50)


def developed(counts, reported, age, pattern, amounts, exposure=None):
    return development.develop(counts, reported, age, pattern, amounts, np.zeros(len(amounts)), exposure)


def rows(*counts):
    """Return counts of periods and their ages; the last period has age 0."""
    return np.array(counts, float), np.arange(len(counts))[::-1]


def test_verdicts_to_come_are_between_what_the_period_and_what_the_others_say():
    counts, age = rows(*[100] * 20, 20)
    come = developed(counts, counts, age, HALF, ONES).to_come()
    # The period's own chain ladder says 20 more, the others say 50.
    assert 20 < come.value < 50
    assert come.low < come.value < come.high


def test_equal_periods_have_the_chain_ladders_number_to_come():
    counts, age = rows(*[100] * 20, 50)
    come = developed(counts, counts, age, HALF, ONES).to_come()
    assert come.value == pytest.approx(50, abs=2)


def test_a_period_without_a_verdict_leans_on_the_others():
    counts, age = rows(*[30] * 20, 0)
    come = developed(counts, counts, age, HALF, ONES).to_come()
    assert 0 < come.value < 15


def test_a_growing_risk_is_expected_to_grow():
    counts, age = rows(*np.round(40 * 1.05 ** np.arange(25)), 0)
    all_next = VerdictPattern(np.array([0.0, 2e6] + [0.0] * 28), np.array([0.0] + [2e6] * 29))
    come = developed(counts, counts, age, all_next, ONES).to_come()
    assert come.value == pytest.approx(40 * 1.05 ** 25, rel=0.1)


def test_complete_periods_have_nothing_to_come():
    counts = np.array([10.0, 20, 30])
    estimate = developed(counts, counts * 5, np.array([3, 2, 1]), HALF, ONES)
    assert estimate.to_come() == development.Interval(0.0, 0.0, 0.0)
    assert estimate.developed() == development.Interval(300.0, 300.0, 300.0)


def test_the_developed_loss_of_some_rows_adds_what_is_reported_of_them():
    counts, age = rows(*[100] * 10, 50)
    estimate = developed(counts, counts * 3, age, HALF, 3 * ONES)
    last = np.arange(11) == 10
    come, whole = estimate.to_come(last), estimate.developed(last)
    assert (whole.value, whole.low, whole.high) == (150 + come.value, 150 + come.low, 150 + come.high)
    assert estimate.developed().value == pytest.approx(3_000 + whole.value)


def test_losses_that_cannot_be_reversed_never_fall_below_what_is_reported():
    counts, age = rows(*[2] * 10, 1)
    assert developed(counts, counts, age, HALF, ONES).unreported.min() == 0


def test_reversed_verdicts_lower_what_is_to_come():
    counts, age = rows(*[100] * 20, 50)
    amounts = np.array([10.0] * 80 + [-10.0] * 20)
    come = developed(counts, counts * 6, age, HALF, amounts).to_come()
    assert come.value == pytest.approx(50 * 6, rel=0.1)


def test_a_part_of_a_period_has_its_part_of_the_rate():
    counts, _ = rows(*[70] * 20, 10, 25)
    age = np.array([*range(20, 0, -1), 0, 0])
    exposure = np.array([*[1] * 20, 2 / 7, 5 / 7])
    unreported = developed(counts, counts, age, HALF, ONES, exposure).unreported.mean(axis=0)
    assert unreported[-2:] == pytest.approx([10, 25], rel=0.15)


def test_a_higher_level_is_wider_and_a_repetition_is_equal():
    counts, age = rows(*[100] * 20, 50)
    one, two = (developed(counts, counts, age, HALF, ONES) for _ in range(2))
    np.testing.assert_array_equal(one.unreported, two.unreported)
    assert one.to_come(level=0.95).high > one.to_come(level=0.5).high


def test_batches_widen_the_interval_and_keep_the_mean():
    counts, age = rows(*[100] * 20, 50)
    one = developed(counts, counts, age, HALF, ONES).to_come()
    many = VerdictPattern(HALF.came, HALF.by_age, dispersion=6.0)
    batches = developed(counts, counts, age, many, ONES).to_come()
    assert batches.value == pytest.approx(one.value, rel=0.05)
    assert batches.high - batches.low > 1.3 * (one.high - one.low)


def test_a_few_large_amounts_widen_the_interval():
    counts, age = rows(*[100] * 20, 50)
    heavy = np.array([0.2] * 45 + [8.2] * 5)
    light, wide = (developed(counts, counts, age, HALF, amounts).to_come() for amounts in (ONES, heavy))
    assert wide.high - wide.low > 2 * (light.high - light.low)


def test_few_amounts_leave_their_mean_uncertain():
    counts, age = rows(*[1_000] * 20, 500)
    few, many = (developed(counts, counts, age, HALF, np.array([0.0, 2.0] * pairs)).to_come() for pairs in (5, 500))
    assert few.high - few.low > 2 * (many.high - many.low)


def test_amounts_that_come_late_are_those_that_are_to_come():
    counts, age = rows(*[100] * 20, 50)
    delay = np.repeat([0, 1], 500)
    late = development.develop(counts, counts, age, HALF, np.where(delay == 1, 3.0, 1.0), delay).to_come()
    early = development.develop(counts, counts, age, HALF, np.where(delay == 1, 1.0, 3.0), delay).to_come()
    assert late.value == pytest.approx(150, rel=0.1) and early.value == pytest.approx(50, rel=0.1)


def test_a_row_draws_from_no_fewer_than_the_latest_amounts():
    counts, age = rows(*[100] * 20, 50)
    delay = np.repeat([0, 1, 2], [1_000, development.LATE - 1, 1])
    come = development.develop(counts, counts, age, HALF, np.where(delay == 2, 61.0, delay), delay).to_come()
    assert come.value == pytest.approx(50 * 2, rel=0.2)


def test_verdicts_to_come_without_an_amount_to_draw_from_are_an_error():
    counts, age = rows(*[100] * 5, 50)
    with pytest.raises(ValueError, match="no amount"):
        developed(counts, counts, age, HALF, np.zeros(0))


def test_nothing_reported_in_any_reached_age_has_nothing_to_come():
    never = VerdictPattern(np.zeros(3), np.zeros(3))
    assert not developed(np.zeros(3), np.zeros(3), np.array([2, 1, 0]), never, np.zeros(0)).unreported.any()
