"""When a marketplace sells: the week, the hour, slow growth and the days of flash sales.

Days are numbered from 0 (the first simulated day); times are seconds since its midnight, UTC.
"""

import numpy as np

DAY = 86_400
GROWTH = 0.0012  # a day
WEEK = np.array([0.95, 0.93, 0.94, 0.97, 1.05, 1.12, 1.04])  # Monday first
FLASH_LIFT = 1.7
HOURS = np.array([2, 1, 1, 1, 1, 2, 3, 5, 6, 7, 7, 8, 9, 8, 7, 7, 8, 9, 11, 13, 14, 12, 8, 4], dtype=float)


def dates(first_day: np.datetime64, days: int) -> np.ndarray:
    """The calendar days, shape (days,)."""
    return np.datetime64(first_day, "D") + np.arange(days)


def is_flash(first_day: np.datetime64, days: int) -> np.ndarray:
    """Sales are held when day and month are the same number (9 September) and on every 25th."""
    calendar = dates(first_day, days)
    month = calendar.astype("datetime64[M]")
    day_of_month = (calendar - month).astype(int) + 1
    return (day_of_month == month.astype(int) % 12 + 1) | (day_of_month == 25)


def volume(rng: np.random.Generator, first_day: np.datetime64, days: int, per_day: int) -> np.ndarray:
    """Orders expected on each day, shape (days,)."""
    weekday = (dates(first_day, days).astype(int) + 3) % 7  # 1 January 1970 was a Thursday
    growth = (1 + GROWTH) ** np.arange(days)
    lift = np.where(is_flash(first_day, days), FLASH_LIFT, 1.0)
    return per_day * growth * WEEK[weekday] * lift * rng.normal(1, 0.04, days).clip(0.85, 1.15)


def moment(rng: np.random.Generator, day: np.ndarray) -> np.ndarray:
    """A time within each of the given days, busier in the evening; seconds."""
    hour = np.searchsorted(np.cumsum(HOURS / HOURS.sum()), rng.random(len(day)), side="right")
    return day * DAY + hour.clip(0, 23) * 3_600 + rng.integers(0, 3_600, len(day))
