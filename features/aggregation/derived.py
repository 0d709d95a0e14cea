"""Columns that divide one feature by another: ratios, changes and comparisons with the past."""


from pyspark.sql import Column
from pyspark.sql import functions as F

from features.language.feature import (
    Ratio,
    RelativeToHistory,
    adds_up,
    column_of,
)
from features.language.feature_set import FeatureSet


def derived_columns(features: FeatureSet, kind: type) -> list[Column]:
    """The columns of every definition of a kind that divides: `Ratio`, `Change` or `Against`."""
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
    over, under = (column_of(part, window, d.delay) for part in (d.of, d.to))
    found = _safe_quotient(over, under)
    return found if d.if_denominator_zero is None else F.when(F.col(under) == 0,
                                                              F.lit(d.if_denominator_zero)).otherwise(found)


def _safe_quotient(over: str, under: str, times: int = 1, by: int = 1) -> Column:
    dividend, divisor = F.col(over).cast("double") * times, F.col(under).cast("double") * by
    return F.when(divisor != 0, dividend / divisor)
