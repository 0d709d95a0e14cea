"""The word for each of a few values of a column."""

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F


def map_values(column: Column, mapping: Mapping[object, str]) -> Column:
    """The word of a row's value, null where it has none. There must be one word or more.

    A case each, side by side: a map would be searched row by row, which took Sail a tenth of all features of 60 days.
    """
    (first, word), *others = mapping.items()
    return reduce(lambda found, each: found.when(column == F.lit(each[0]), each[1]), others,
                  F.when(column == F.lit(first), word))
