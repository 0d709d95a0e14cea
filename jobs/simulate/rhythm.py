"""The rhythm of sales: week, hour, slow growth, flash sales and holidays.

Days are numbered from 0 (the first simulated day); times are seconds since its midnight, UTC.
"""

import numpy as np

DAY = 86_400
GROWTH = 0.0012  # a day
WEEK = np.array([0.95, 0.93, 0.94, 0.97, 1.05, 1.12, 1.04])  # Monday first
FLASH_LIFT = 1.7
HOLIDAYS = {(10, 1): 0.8, (10, 2): 0.8, (10, 3): 0.85, (12, 25): 0.6, (1, 1): 0.6, (5, 1): 0.8}  # month, day
HOURS = np.array([2, 1, 1, 1, 1, 2, 3, 5, 6, 7, 7, 8, 9, 8, 7, 7, 8, 9, 11, 13, 14, 12, 8, 4], dtype=float)
_BY_HOUR = np.cumsum(HOURS / HOURS.sum())
ERAS = (0.4, 0.7)  # shares of the simulated days after which attackers change their habits


def dates(first_day: np.datetime64, days: int) -> np.ndarray:
    """Return the calendar days, shape (days,)."""
    return np.datetime64(first_day, "D") + np.arange(days)


def _month_and_day(first_day: np.datetime64, days: int) -> tuple[np.ndarray, np.ndarray]:
    calendar = dates(first_day, days)
    month = calendar.astype("datetime64[M]")
    return month.astype(int) % 12 + 1, (calendar - month).astype(int) + 1


def is_flash(first_day: np.datetime64, days: int) -> np.ndarray:
    """Return whether each day has a flash sale: equal numbers of day and month (9 September), and every 25th."""
    month, day = _month_and_day(first_day, days)
    return (day == month) | (day == 25)


def volume(rng: np.random.Generator, first_day: np.datetime64, days: int) -> np.ndarray:
    """Return the relative demand of each day, shape (days,), about 1."""
    weekday = (dates(first_day, days).astype(int) + 3) % 7  # 1 January 1970 was a Thursday
    lift = np.where(is_flash(first_day, days), FLASH_LIFT, 1.0)
    holiday = [HOLIDAYS.get(at, 1.0) for at in zip(*_month_and_day(first_day, days))]
    noise = rng.normal(1, 0.04, days).clip(0.85, 1.15)
    return (1 + GROWTH) ** np.arange(days) * WEEK[weekday] * lift * np.array(holiday) * noise


def moment(rng: np.random.Generator, day: int, count: int) -> np.ndarray:
    """Draw times within a day in seconds, more in the evening."""
    hour = np.searchsorted(_BY_HOUR, rng.random(count), side="right").clip(0, 23)
    return day * DAY + hour * 3_600 + rng.integers(0, 3_600, count)


def at_night(rng: np.random.Generator, day: int, count: int) -> np.ndarray:
    """Draw times between one and five in the morning."""
    return day * DAY + rng.integers(3_600, 5 * 3_600, count)


def era(day: int, days: int) -> int:
    """Return the era of a day (0, 1 or 2): the number of earlier changes of the attackers' habits."""
    return sum(day >= share * days for share in ERAS)
