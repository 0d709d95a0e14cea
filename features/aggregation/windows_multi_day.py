"""Windows as of several days: sums, extremes and distinct counts in one pass over the rows of an entity.

One worker gets all rows of an entity, and each row counts over a range of the as-of days
(`features.aggregation.intervals`). The rejected alternative is SQL that repeats a row once per as-of day that reads it:
one tile would become ninety rows of a hundred columns.
"""

import datetime as dt
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from features.aggregation import intervals
from features.frames import day_bitmap, partition_udf
from features.frames.day_bitmap import DayRange, overlaps
from features.language.feature import LOOKBACK_DAYS, Feature, of_source
from features.language.feature_set import FeatureSet

EPOCH = dt.date(1970, 1, 1)
VALUES = -1  # the kind of the values of feature id 0; further feature ids count down from here
DATES = ("first", "last")  # aggregations of days, not of numbers


@dataclass(frozen=True)
class ColumnSpec:
    """One feature over its windows, as the workers get it.

    Attributes:
        kind: of the rows that it aggregates, see `_kinds`.
        value: the column that it aggregates; empty for a distinct count.
        columns: the column of each window.
    """

    kind: int
    value: str
    aggregation: str
    columns: Mapping[int, str]


@dataclass(frozen=True)
class AsOfGrid:
    """The as-of days.

    Attributes:
        days: the as-of days in order, as days since `EPOCH`.
        masks: for each window, the bitmap mask of that window as of each day.
        lookback_days: the widest window of a tile.
    """

    days: np.ndarray
    masks: Mapping[int, Sequence[Sequence[int]]]
    lookback_days: int


def aggregate_windows(tiles: DataFrame, values: DataFrame | None, day_range: DayRange, features: FeatureSet,
                      as_ofs: Sequence[dt.date]) -> DataFrame:
    """Return every `Feature` of a set over its windows, as of each day.

    Args:
        tiles: the rows of `features.aggregation.tiles.tiles`.
        values: (entity id, feature_id, value_hash, the bitmap of its arrival days over `day_range`), each value once;
            None where no value ever arrived.

    Returns:
        (entity id, as_of, has_events = whether any row arrived in the last 90 days, the columns of every `Feature`),
        one row per entity and day with a tile in any window. Counts, sums and distinct counts are bigint, 0 over no
        rows. Minima and maxima are bigint and first and last events dates, both null over no rows.
    """
    specs = _column_specs(features)
    width = max([len(day_range.words), *(int(spec.value[1:]) + 1 for spec in specs if spec.value)])
    rows = _tile_rows(tiles, features, width)
    if values is not None:
        rows = rows.union(_value_rows(values, day_range, features, width))
    as_ofs = sorted(set(as_ofs))
    windows = {window for spec in specs if not spec.value for window in spec.columns}
    grid = AsOfGrid(np.array([(day - EPOCH).days for day in as_ofs]), {
        window: [day_range.window(day, window) for day in as_ofs] for window in windows},
        max([LOOKBACK_DAYS, *(window for spec in specs if spec.value for window in spec.columns)]))
    schema = ", ".join(f"{column} {'date' if spec.aggregation in DATES else 'bigint'}"
                       for spec in specs for column in spec.columns.values())
    work = partial(aggregate_partition, specs=specs, grid=grid)
    return rows.repartition("entity_id").mapInArrow(
        partition_udf.partition_udf(work, day_bitmap, intervals, sys.modules[__name__]),
        f"{features.id} string, as_of date, has_events boolean, {schema}")


def _kinds(features: FeatureSet) -> dict[str, int]:
    """Return the kinds of rows: from 0 up for each source's tiles, from -1 down for the values of each feature id."""
    return {**{f"tiles of {source.name}": index for index, source in enumerate(features.sources)},
            **{f"values of {name}": VALUES - index for name, index in features.distinct_feature_ids.items()}}


def _column_specs(features: FeatureSet) -> list[ColumnSpec]:
    kinds, specs = _kinds(features), []
    for source in features.sources:
        for position, f in enumerate(of_source(source, features.tile_features)):
            specs.append(ColumnSpec(kinds[f"tiles of {source.name}"], f"v{position}", f.aggregation, _columns(f)))
    return specs + [ColumnSpec(kinds[f"values of {f.name}"], "", f.aggregation, _columns(f))
                    for f in features.distinct_features]


def _columns(feature: Feature) -> dict[int, str]:
    return dict(zip(feature.windows, feature.columns))


def _tile_rows(tiles: DataFrame, features: FeatureSet, width: int) -> DataFrame:
    """Return tiles as (entity_id, ds, kind, v0, v1, ...).

    The columns of other sources, which are null in a tile, are left out.
    """
    kinds = _kinds(features)
    kind = F.coalesce(*[F.when(F.col("source") == source.name, kinds[f"tiles of {source.name}"])
                        for source in features.sources])
    values: list[list[Column]] = [[] for _ in range(width)]
    for source in features.sources:
        for position, f in enumerate(of_source(source, features.tile_features)):
            values[position].append(F.datediff(f.name, F.lit(EPOCH)).cast("bigint") if f.aggregation in DATES
                                    else F.col(f.name))
    return tiles.select(F.col(features.id).alias("entity_id"), "ds", kind.cast("int").alias("kind"), *[
        F.coalesce(*parts, F.lit(None).cast("bigint")).alias(f"v{position}") for position, parts in enumerate(values)])


def _value_rows(values: DataFrame, day_range: DayRange, features: FeatureSet, width: int) -> DataFrame:
    """Return values with the columns of `_tile_rows`: the bitmap of the arrival days is in v0, v1, ..."""
    null = F.lit(None).cast("bigint")
    kind = (F.lit(VALUES) - F.col("feature_id")).cast("int")
    return values.select(
        F.col(features.id).alias("entity_id"), F.lit(None).cast("date").alias("ds"), kind.alias("kind"),
        *[F.col(word).alias(f"v{position}") for position, word in enumerate(day_range.words)],
        *[null.alias(f"v{position}") for position in range(len(day_range.words), width)])


class GridPositions:
    """Entities and as-of days. A position is an index in the order of entities, then days."""

    def __init__(self, names: pa.Array, grid: AsOfGrid):
        self.names, self.grid = names, grid

    def __len__(self) -> int:
        return len(self.names) * len(self.grid.days)

    def ranges(self, key: np.ndarray, arrived: np.ndarray, window: int) -> intervals.PositionRanges:
        """Return the positions at which a row counts, given its entity and arrival day."""
        entity_start = key * len(self.grid.days)
        return intervals.PositionRanges(entity_start + np.searchsorted(self.grid.days, arrived),
                                        entity_start + np.searchsorted(self.grid.days, arrived + window))

    def counted(self, key: np.ndarray, words: Sequence[np.ndarray], window: int) -> np.ndarray:
        """Return how many values of each entity have a day in the window, as of each day."""
        counts = np.empty((len(self.names), len(self.grid.days)), np.int64)
        for n, mask in enumerate(self.grid.masks[window]):
            counts[:, n] = np.bincount(key[overlaps(words, mask)], minlength=len(self.names))
        return counts.ravel()


@dataclass(frozen=True, eq=False)
class SourceRows:
    """The rows of one kind.

    Attributes:
        key: the entity of each row, as an index.
        rows: the other columns.
        positions: the entities and as-of days.
    """

    key: np.ndarray
    rows: pa.Table
    positions: GridPositions

    def number(self, name: str) -> np.ndarray:
        """Return a column of whole numbers, 0 for null."""
        return self.rows[name].fill_null(0).to_numpy()

    def ranges(self, window: int) -> intervals.PositionRanges:
        """Return the positions at which each row counts."""
        return self.positions.ranges(self.key, self.number("ds"), window)

    def visible(self, window: int) -> np.ndarray:
        """Return whether any row counts at each position."""
        return intervals.sum_over(self.ranges(window), np.ones(len(self.key), np.int64), len(self.positions)) > 0

    def columns(self, specs: Sequence[ColumnSpec]) -> Iterator[tuple[str, np.ma.MaskedArray]]:
        """Yield the columns of `specs`, which are of this kind, by position. A position without a value is masked."""
        ranges = {window: self.ranges(window) for window in {w for spec in specs if spec.value for w in spec.columns}}
        for spec in specs:
            for window, column in spec.columns.items():
                yield column, self._aggregate(spec, ranges[window]) if spec.value else self._distinct(window)

    def _aggregate(self, spec: ColumnSpec, ranges: intervals.PositionRanges) -> np.ma.MaskedArray:
        number, count = self.number(spec.value), len(self.positions)
        if spec.aggregation in ("count", "sum"):
            return np.ma.masked_array(intervals.sum_over(ranges, number, count))
        is_valid = self.rows[spec.value].is_valid().to_numpy()
        sign = -1 if spec.aggregation in ("min", "first") else 1
        extreme = intervals.max_over(ranges.where(is_valid), sign * number[is_valid], count)
        return np.ma.masked_array(sign * extreme, extreme == intervals.NO_VALUE)

    def _distinct(self, window: int) -> np.ma.MaskedArray:
        words = [self.number(f"v{n}") for n in range(len(self.positions.grid.masks[window][0]))]
        return np.ma.masked_array(self.positions.counted(self.key, words, window))


def aggregate_partition(rows: pa.Table, specs: Sequence[ColumnSpec], grid: AsOfGrid) -> pa.Table:
    """Return the columns of `specs` as of every day, with the rows of `aggregate_windows`.

    Args:
        rows: all rows of their entities.
    """
    code = rows["entity_id"].cast(pa.string()).combine_chunks().dictionary_encode()
    positions = GridPositions(code.dictionary, grid)
    parts = _rows_by_kind(rows, code.indices.to_numpy().astype(np.int64), positions, {spec.kind for spec in specs})
    visible, recent = (reduce(or_, [part.visible(window) for kind, part in parts.items() if kind >= 0])
                       for window in (grid.lookback_days, LOOKBACK_DAYS))
    at = np.flatnonzero(visible)
    entity, day = np.divmod(at, len(grid.days))
    columns = {column: pa.array(values.data[at], mask=None if values.mask is np.ma.nomask else values.mask[at])
               for kind, part in parts.items()
               for column, values in part.columns([spec for spec in specs if spec.kind == kind])}
    return pa.table({"entity_id": positions.names.take(pa.array(entity)), "as_of": _dates(pa.array(grid.days[day])),
                     "has_events": recent[at],
                     **{column: _dates(columns[column]) if spec.aggregation in DATES else columns[column]
                        for spec in specs for column in spec.columns.values()}})


def _rows_by_kind(rows: pa.Table, key: np.ndarray, positions: GridPositions,
                  required: Collection[int]) -> dict[int, SourceRows]:
    """Return the rows by kind, with an empty entry for each required kind without rows.

    The rows are sorted by kind, so that each entry is a slice.
    """
    kinds = rows["kind"].to_numpy()
    order = np.argsort(kinds, kind="stable")
    names = [name for name in rows.column_names if name not in ("entity_id", "kind")]
    days = rows.set_column(rows.column_names.index("ds"), "ds", rows["ds"].cast(pa.int32()).cast(pa.int64()))
    ordered, key = days.select(names).take(pa.array(order)), key[order]
    rows_by_kind = {}
    for kind in sorted({*required, *np.unique(kinds).tolist()}):
        first, last = np.searchsorted(kinds[order], [kind, kind + 1])
        rows_by_kind[kind] = SourceRows(key[first:last], ordered.slice(first, last - first), positions)
    return rows_by_kind


def _dates(days: pa.Array) -> pa.Array:
    return days.cast(pa.int32()).cast(pa.date32())
