"""A column in words that a person reads."""

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
    """What a definition means by one of its columns, and over which window."""
    if not isinstance(d, Feature | Ratio):
        return _describe_without_window(d, column)
    days = windows_of(d)[d.columns.index(column)]
    ended = f" that ended {d.delay} days before" if d.delay else ""
    return f"{d.meaning}, {_describe_days(days)}{ended}"


def _describe_without_window(d: Definition, column: str) -> str:
    """A column of a definition that has no windows to tell apart."""
    if isinstance(d, Neighbours):
        return f"{d.meaning}, {'two ties away' if column.endswith('_2hops') else 'mean of neighbours'}"
    if isinstance(d, Audience):
        kind = {"linked": "sharing an identifier with another", "confirmed": "confirmed for a risk",
                "young": "with an account under 30 days"}[column.split("_")[0]]
        return f"{'share of ' if column.endswith('_share') else ''}{d.meaning} {kind}, last {d.window} days"
    if isinstance(d, Peer | RelativeToHistory):
        return f"{d.meaning}, {_describe_days(d.window)}"
    return d.meaning


def _describe_days(days: int) -> str:
    return {1: "last day", LIFETIME: "ever"}.get(days, f"last {days} days")
