"""A CASE expression that maps the values of a column to strings."""

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F


def map_values(column: Column, mapping: Mapping[object, str]) -> Column:
    """Return the string that `mapping` gives for the value of a row, null for a value that is not in it.

    The expression is one CASE with a WHEN per value. A map literal is the rejected alternative: Sail searches it row by
    row.

    Args:
        mapping: at least one value, with its string.
    """
    (first, text), *others = mapping.items()
    return reduce(lambda case, pair: case.when(column == F.lit(pair[0]), pair[1]), others,
                  F.when(column == F.lit(first), text))
