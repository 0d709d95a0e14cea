"""Days as numbered periods that end on a day: weeks back from it, or months and years of the calendar.

The last period ends on the day as of which a table is known, so that no period is half over. Weeks are the 7 days to
that day, and the 7 before, whatever weekday it is.
"""

import datetime as dt

import numpy as np

PERIODS = ("week", "month", "year")
WEEK = 7


def last_day(as_of: dt.date, period: str) -> dt.date:
    """Return the end of the last period that is over as of a day."""
    if period == "week":
        return as_of
    after = as_of + dt.timedelta(days=1)
    begin = after.replace(day=1) if period == "month" else after.replace(month=1, day=1)
    return begin - dt.timedelta(days=1)


def numbered(days: np.ndarray, last: dt.date, period: str) -> np.ndarray:
    """Return for each day (datetime64[D]) how many periods before the last one it lies; negative after `last`."""
    if period == "week":
        return (np.datetime64(last, "D") - days).astype(int) // WEEK
    unit = {"month": "M", "year": "Y"}[period]
    return (np.datetime64(last, unit) - days.astype(f"datetime64[{unit}]")).astype(int)


def begins(back: np.ndarray, last: dt.date, period: str) -> np.ndarray:
    """Return the first day (datetime64[D]) of the periods that lie so many periods before the last one."""
    back = np.asarray(back, int)
    if period == "week":
        return np.datetime64(last, "D") - (back + 1) * WEEK + 1
    unit = {"month": "M", "year": "Y"}[period]
    return (np.datetime64(last, unit) - back).astype("datetime64[D]")
