"""Ranges of days."""

import datetime as dt


def days_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every day from `first` to `last`, both included; empty when they are the wrong way round."""
    return [first + dt.timedelta(days=i) for i in range((last - first).days + 1)]
