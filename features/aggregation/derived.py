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
            columns += [_ratio(d, w).alias(c) for w, c in zip(d.windows, d.columns)]
        elif isinstance(d, RelativeToHistory):
            columns.append(_safe_quotient(d.of, column_of(d.to, d.window)).alias(d.columns[0]))
        else:
            scale = (d.long, d.short) if adds_up(features.named(d.of)) else (1, 1)
            columns.append(_safe_quotient(column_of(d.of, d.short), column_of(d.of, d.long),
                                          *scale).alias(d.columns[0]))
    return columns


def _ratio(d: Ratio, window: int) -> Column:
    numerator, denominator = (column_of(part, window, d.delay) for part in (d.of, d.to))
    quotient = _safe_quotient(numerator, denominator)
    return quotient if d.if_denominator_zero is None else F.when(F.col(denominator) == 0,
                                                                 F.lit(d.if_denominator_zero)).otherwise(quotient)


def _safe_quotient(numerator: str, denominator: str, times: int = 1, by: int = 1) -> Column:
    dividend, divisor = F.col(numerator).cast("double") * times, F.col(denominator).cast("double") * by
    return F.when(divisor != 0, dividend / divisor)
