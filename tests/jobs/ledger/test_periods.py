"""Numbered periods: weeks back from a day, and months and years of the calendar that are over."""

import datetime as dt

import numpy as np
import pytest

from jobs.ledger import periods


def days(*texts):
    return np.array(texts, "datetime64[D]")


@pytest.mark.parametrize("as_of, period, last", [
    ("2026-11-18", "week", "2026-11-18"), ("2026-11-18", "month", "2026-10-31"), ("2026-11-30", "month", "2026-11-30"),
    ("2026-11-30", "year", "2025-12-31"), ("2026-12-31", "year", "2026-12-31"), ("2026-01-15", "month", "2025-12-31")])
def test_the_last_period_is_over(as_of, period, last):
    assert periods.last_day(dt.date.fromisoformat(as_of), period) == dt.date.fromisoformat(last)


def test_weeks_are_counted_back_from_the_day_whatever_weekday_it_is():
    last = dt.date(2026, 11, 18)
    assert periods.numbered(days("2026-11-18", "2026-11-12", "2026-11-11", "2026-11-19"), last, "week").tolist() == [
        0, 0, 1, -1]
    assert periods.begins([0, 1], last, "week").astype(str).tolist() == ["2026-11-12", "2026-11-05"]


def test_months_and_years_are_those_of_the_calendar():
    last = dt.date(2026, 10, 31)
    found = periods.numbered(days("2026-10-01", "2026-09-30", "2025-10-31", "2026-11-01"), last, "month")
    assert found.tolist() == [0, 1, 12, -1]
    assert periods.begins([0, 12], last, "month").astype(str).tolist() == ["2026-10-01", "2025-10-01"]
    assert periods.numbered(days("2026-10-01", "2024-12-31"), dt.date(2026, 12, 31), "year").tolist() == [0, 2]


@pytest.mark.parametrize("period", periods.PERIODS)
def test_every_day_lies_in_the_period_that_begins_on_or_before_it(period):
    last = periods.last_day(dt.date(2026, 11, 18), period)
    each = np.arange(np.datetime64("2023-01-01"), np.datetime64(last) + 1)
    back = periods.numbered(each, last, period)
    assert (periods.begins(back, last, period) <= each).all() and (each < periods.begins(back - 1, last, period)).all()
