"""The inputs of an entity's features as of a day."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame


@dataclass(frozen=True)
class History:
    """The arrived rows of one kind of entity.

    A source that never arrived has null features, not zeros: a missing table is no table of zeros.

    Attributes:
        tiles: the tiles of `features.aggregation.tiles.tiles`. Tiles of days before
            `features.aggregation.value_days.first_tile` may be lifetime tiles.
        values: the rows of `features.aggregation.tiles.values`; None without any value.
        registrations: rows of the registration table, with `ds`; None where it never arrived.
        first_days: the first arrival day of each source. Its features are null before that day.
        month_values: the rows of `features.aggregation.tiles.month_values` for complete months that `values` leaves
            out.
    """

    tiles: DataFrame
    values: DataFrame | None
    registrations: DataFrame | None
    first_days: Mapping[str, dt.date]
    month_values: DataFrame | None = None
