"""A column in words that a person reads."""

from features.language.feature import (
    LIFETIME,
    Against,
    Circle,
    Definition,
    Feature,
    Neighbours,
    Peer,
    Ratio,
    windows_of,
)


def in_words(d: Definition, column: str) -> str:
    """What a definition means by one of its columns, and over which window."""
    if not isinstance(d, Feature | Ratio):
        return _of_no_window(d, column)
    days = windows_of(d)[d.columns.index(column)]
    ended = f" that ended {d.delay} days before" if d.delay else ""
    return f"{d.meaning}, {_span_in_words(days)}{ended}"


def _of_no_window(d: Definition, column: str) -> str:
    """A column of a definition that has no windows to tell apart."""
    if isinstance(d, Neighbours):
        return f"{d.meaning}, {'two ties away' if column.endswith('_2hops') else 'mean of neighbours'}"
    if isinstance(d, Circle):
        kind = {"linked": "sharing an identifier with another", "confirmed": "confirmed for a risk",
                "young": "with an account under 30 days"}[column.split("_")[0]]
        return f"{'share of ' if column.endswith('_share') else ''}{d.meaning} {kind}, last {d.window} days"
    if isinstance(d, Peer | Against):
        return f"{d.meaning}, {_span_in_words(d.window)}"
    return d.meaning


def _span_in_words(days: int) -> str:
    return {1: "last day", LIFETIME: "ever"}.get(days, f"last {days} days")
