"""Says in plain words why a row is risky."""

from features.feature import FeatureSet


def reason(features: FeatureSet, column: str, value: float | None) -> str:
    """A feature's meaning and value as a person reads them, such as `disputes opened, last 7 days: 12`."""
    return f"{plain(features.describe(column))}: {number(features.describe(column), value)}"


def plain(meaning: str) -> str:
    """The meaning without its unit, which goes to the value."""
    return meaning.replace(", minor units", "").replace(" (1) or not (0)", "")


def number(meaning: str, value: float | None) -> str:
    """A value with the precision a person can use."""
    if value is None or value != value:
        return "nothing to go by"
    if "(1) or not (0)" in meaning:
        return "yes" if value else "no"
    if "minor units" in meaning:
        return f"{value / 100:,.2f}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
