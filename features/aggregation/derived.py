"""Columns that divide one feature by another: ratios, changes and comparisons with the entity's history."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from features.language.feature import Ratio, RelativeToHistory, adds_up, column_of
from features.language.feature_set import FeatureSet


def derived_columns(features: FeatureSet, kind: type) -> list[Column]:
    """Return the columns of every definition of one kind: `Ratio`, `RelativeToHistory` or `Change`."""
    columns = []
    for d in features.of_type(kind):
        if isinstance(d, Ratio):
            columns += [_ratio(d, window).alias(column) for window, column in zip(d.windows, d.columns)]
        elif isinstance(d, RelativeToHistory):
            columns.append(safe_quotient(F.col(d.of), F.col(column_of(d.to, d.window))).alias(d.columns[0]))
        else:
            short, long = (F.col(column_of(d.of, window)).cast("double") for window in (d.short, d.long))
            if adds_up(features.named(d.of)):  # sums of windows of different lengths are compared per day
                short, long = short * d.long, long * d.short
            columns.append(safe_quotient(short, long).alias(d.columns[0]))
    return columns


def safe_quotient(numerator: Column, denominator: Column) -> Column:
    """Return the quotient as a double; null where a part is null or the denominator is zero."""
    dividend, divisor = numerator.cast("double"), denominator.cast("double")
    return F.when(divisor != 0, dividend / divisor)


def _ratio(d: Ratio, window: int) -> Column:
    numerator, denominator = (F.col(column_of(part, window, d.delay)) for part in (d.of, d.to))
    quotient = safe_quotient(numerator, denominator)
    if d.if_denominator_zero is None:
        return quotient
    return F.when(denominator == 0, F.lit(d.if_denominator_zero)).otherwise(quotient)
