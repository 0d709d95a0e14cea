"""What is known of the past of one kind of entity."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame


@dataclass(frozen=True)
class History:
    """What is known of one entity's past.

    `tiles` and `values` are as `features.aggregation.tiles` makes them; tiles of days before `first_tile` may come
    rolled up, and values that are not among `values` by whole months. `accounts` is the registration table
    (None where it never arrived), `first_days` the first arrival day of each source: before that day its
    features are null, because a table that is not there is not a table of zeros.
    """

    tiles: DataFrame
    values: DataFrame | None
    registrations: DataFrame | None
    first_days: Mapping[str, dt.date]
    month_values: DataFrame | None = None
