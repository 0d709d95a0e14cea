"""Ranges of days."""

import datetime as dt


def days_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return every day from `first` to `last`, both included; empty when `first` is after `last`."""
    return [first + dt.timedelta(days=i) for i in range((last - first).days + 1)]
