"""Columns described in words, for people."""

from features.language.feature import (
    LIFETIME,
    Audience,
    Definition,
    Feature,
    Neighbours,
    Peer,
    Ratio,
    RelativeToHistory,
    windows_of,
)


def describe(d: Definition, column: str) -> str:
    """Return the meaning of one of a definition's columns, with its window."""
    if not isinstance(d, Feature | Ratio):
        return _describe_without_window(d, column)
    days = windows_of(d)[d.columns.index(column)]
    window_end = f" that ended {d.delay} days before" if d.delay else ""
    return f"{d.meaning}, {_describe_days(days)}{window_end}"


def _describe_without_window(d: Definition, column: str) -> str:
    """Return the meaning of a column of a definition that does not have a column per window."""
    if isinstance(d, Neighbours):
        return f"{d.meaning}, {'two ties away' if column.endswith('_2hops') else 'mean of neighbours'}"
    if isinstance(d, Audience):
        members = {"linked": "sharing an identifier with another", "confirmed": "confirmed for a risk",
                   "young": "with an account under 30 days"}[column.split("_")[0]]
        return f"{'share of ' if column.endswith('_share') else ''}{d.meaning} {members}, last {d.window} days"
    if isinstance(d, Peer | RelativeToHistory):
        return f"{d.meaning}, {_describe_days(d.window)}"
    return d.meaning


def _describe_days(days: int) -> str:
    return {1: "last day", LIFETIME: "ever"}.get(days, f"last {days} days")
