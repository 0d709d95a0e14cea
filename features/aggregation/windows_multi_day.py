"""What windows hold as of days: totals, extremes and distinct counts, in one pass however many days are asked for.

The rows of an entity come together in one worker, where each counts over a range of the days (`features.aggregation.intervals`).
Laid out as SQL has to, once per day that sees it, a tile would be ninety rows of a hundred columns.
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
VALUES = -1  # the kind of the values of the first place; those of others are below it
DATES = ("first", "last")  # measures that are days, not numbers


@dataclass(frozen=True)
class ColumnSpec:
    """One feature over some windows, as the workers are told of it: from rows of a kind, in one of their values."""

    kind: int
    value: str
    aggregation: str
    columns: Mapping[int, str]  # by window


@dataclass(frozen=True)
class AsOfGrid:
    """The days that are asked for, in order, and for each window what a value's bits must meet as of each of them."""

    days: np.ndarray
    masks: Mapping[int, Sequence[Sequence[int]]]
    lookback_days: int  # the widest window of a tile


def aggregate_windows(tiles: DataFrame, values: DataFrame | None, span: DayRange, features: FeatureSet,
                      as_ofs: Sequence[dt.date]) -> DataFrame:
    """Every `Feature` of a set over its windows.

    Args:
        tiles: as `features.aggregation.tiles` makes them.
        values: (entity id, feature_id, value_hash, the days on which it arrived as bits of `span`), each value once; None
            where no value ever arrived.

    Returns:
        (entity id, as_of, has_events = whether anything arrived in the longest window but a lifetime, the columns
        of every Feature), one row per entity and day with a tile in any window. Counts, sums and distinct counts are
        bigint, 0 of nothing; least and largest values are bigint, first and last events dates, null of nothing.
    """
    asked = _column_specs(features)
    width = max([len(span.words), *(int(each.value[1:]) + 1 for each in asked if each.value)])
    rows = _tile_rows(tiles, features, width)
    if values is not None:
        rows = rows.union(_value_rows(values, span, features, width))
    as_ofs = sorted(set(as_ofs))
    windows = {window for each in asked if not each.value for window in each.columns}
    looks = AsOfGrid(np.array([(day - EPOCH).days for day in as_ofs]), {
        window: [span.window(day, window) for day in as_ofs] for window in windows},
        max([LOOKBACK_DAYS, *(window for each in asked if each.value for window in each.columns)]))
    shape = ", ".join(f"{column} {'date' if each.aggregation in DATES else 'bigint'}"
                      for each in asked for column in each.columns.values())
    work = partial(aggregate_partition, asked=asked, looks=looks)
    return rows.repartition("entity_id").mapInArrow(
        partition_udf.partition_udf(work, day_bitmap, intervals, sys.modules[__name__]),
        f"{features.id} string, as_of date, has_events boolean, {shape}")


def _kinds(features: FeatureSet) -> dict[str, int]:
    """A number for the tiles of each source, from 0 up, and for the values of each distinct count, from -1 down."""
    return {**{f"tiles of {source.name}": number for number, source in enumerate(features.sources)},
            **{f"values of {name}": VALUES - number for name, number in features.distinct_feature_ids.items()}}


def _column_specs(features: FeatureSet) -> list[ColumnSpec]:
    kinds, asked = _kinds(features), []
    for source in features.sources:
        for place, f in enumerate(of_source(source, features.tile_features)):
            asked.append(ColumnSpec(kinds[f"tiles of {source.name}"], f"v{place}", f.aggregation, _columns(f)))
    return asked + [ColumnSpec(kinds[f"values of {f.name}"], "", f.aggregation, _columns(f))
                    for f in features.distinct_features]


def _columns(feature: Feature) -> dict[int, str]:
    return dict(zip(feature.windows, feature.columns))


def _tile_rows(tiles: DataFrame, features: FeatureSet, width: int) -> DataFrame:
    """Tiles as (entity_id, ds, kind, v0, v1, ...): a tile's columns of other sources are null, and left out."""
    kinds = _kinds(features)
    kind = F.coalesce(*[F.when(F.col("source") == source.name, kinds[f"tiles of {source.name}"])
                        for source in features.sources])
    values: list[list[Column]] = [[] for _ in range(width)]
    for source in features.sources:
        for place, f in enumerate(of_source(source, features.tile_features)):
            values[place].append(F.datediff(f.name, F.lit(EPOCH)).cast("bigint") if f.aggregation in DATES
                                 else F.col(f.name))
    return tiles.select(F.col(features.id).alias("entity_id"), "ds", kind.cast("int").alias("kind"), *[
        F.coalesce(*own, F.lit(None).cast("bigint")).alias(f"v{place}") for place, own in enumerate(values)])


def _value_rows(values: DataFrame, span: DayRange, features: FeatureSet, width: int) -> DataFrame:
    """Values in the shape of `_packed`, their days' bits in the place of numbers."""
    nothing = F.lit(None).cast("bigint")
    kind = (F.lit(VALUES) - F.col("feature_id")).cast("int")
    return values.select(
        F.col(features.id).alias("entity_id"), F.lit(None).cast("date").alias("ds"), kind.alias("kind"),
        *[F.col(word).alias(f"v{place}") for place, word in enumerate(span.words)],
        *[nothing.alias(f"v{place}") for place in range(len(span.words), width)])


class GridPositions:
    """Entities and the days asked for. Positions are places in the order of both, those of an entity together."""

    def __init__(self, names: pa.Array, looks: AsOfGrid):
        self.names, self.grid = names, looks

    def __len__(self) -> int:
        return len(self.names) * len(self.grid.days)

    def ranges(self, key: np.ndarray, arrived: np.ndarray, window: int) -> intervals.PositionRanges:
        """From which of its entity's positions a row of a day is seen."""
        of_entity = key * len(self.grid.days)
        return intervals.PositionRanges(of_entity + np.searchsorted(self.grid.days, arrived),
                                        of_entity + np.searchsorted(self.grid.days, arrived + window))

    def counted(self, key: np.ndarray, words: Sequence[np.ndarray], window: int) -> np.ndarray:
        """How many values of each entity have a day in the window up to each day."""
        counts = np.empty((len(self.names), len(self.grid.days)), np.int64)
        for n, mask in enumerate(self.grid.masks[window]):
            counts[:, n] = np.bincount(key[overlaps(words, mask)], minlength=len(self.names))
        return counts.ravel()


@dataclass(frozen=True, eq=False)
class SourceRows:
    """The rows of one kind: the entity of each, and columns of them."""

    key: np.ndarray
    rows: pa.Table
    positions: GridPositions

    def number(self, name: str) -> np.ndarray:
        """A column of whole numbers, 0 for null."""
        return self.rows[name].fill_null(0).to_numpy()

    def ranges(self, window: int) -> intervals.PositionRanges:
        """From which positions each row is seen."""
        return self.positions.ranges(self.key, self.number("ds"), window)

    def visible(self, window: int) -> np.ndarray:
        """Whether any row is seen at each position."""
        return intervals.sum_over(self.ranges(window), np.ones(len(self.key), np.int64), len(self.positions)) > 0

    def columns(self, asked: Sequence[ColumnSpec]) -> Iterator[tuple[str, np.ma.MaskedArray]]:
        """The columns asked for of this kind, by position; masked where there is nothing."""
        ranges = {window: self.ranges(window) for window in {w for each in asked if each.value for w in each.columns}}
        for each in asked:
            for window, column in each.columns.items():
                yield column, self._aggregate(each, ranges[window]) if each.value else self._distinct(window)

    def _aggregate(self, each: ColumnSpec, ranges: intervals.PositionRanges) -> np.ma.MaskedArray:
        number, count = self.number(each.value), len(self.positions)
        if each.aggregation in ("count", "sum"):
            return np.ma.masked_array(intervals.sum_over(ranges, number, count))
        known = self.rows[each.value].is_valid().to_numpy()
        sign = -1 if each.aggregation in ("min", "first") else 1
        found = intervals.max_over(ranges.where(known), sign * number[known], count)
        return np.ma.masked_array(sign * found, found == intervals.NO_VALUE)

    def _distinct(self, window: int) -> np.ma.MaskedArray:
        words = [self.number(f"v{n}") for n in range(len(self.positions.grid.masks[window][0]))]
        return np.ma.masked_array(self.positions.counted(self.key, words, window))


def aggregate_partition(rows: pa.Table, asked: Sequence[ColumnSpec], looks: AsOfGrid) -> pa.Table:
    """The columns asked for as of every day, all rows of the entities being given: as `over_windows` returns them."""
    code = rows["entity_id"].cast(pa.string()).combine_chunks().dictionary_encode()
    places = GridPositions(code.dictionary, looks)
    parts = _rows_by_kind(rows, code.indices.to_numpy().astype(np.int64), places, {each.kind for each in asked})
    visible, recent = (reduce(or_, [part.visible(window) for kind, part in parts.items() if kind >= 0])
                       for window in (looks.lookback_days, LOOKBACK_DAYS))
    chosen = np.flatnonzero(visible)
    entity, day = np.divmod(chosen, len(looks.days))
    told = {column: pa.array(found.data[chosen], mask=None if found.mask is np.ma.nomask else found.mask[chosen])
            for kind, part in parts.items()
            for column, found in part.columns([each for each in asked if each.kind == kind])}
    return pa.table({"entity_id": places.names.take(pa.array(entity)), "as_of": _dates(pa.array(looks.days[day])),
                     "has_events": recent[chosen],
                     **{column: _dates(told[column]) if each.aggregation in DATES else told[column]
                        for each in asked for column in each.columns.values()}})


def _rows_by_kind(rows: pa.Table, key: np.ndarray, places: GridPositions, asked: Collection[int]) -> dict[int,
                                                                                                          SourceRows]:
    """The rows by kind, those kinds among them of which there are none. In one order of kinds, each is a slice."""
    kinds = rows["kind"].to_numpy()
    order = np.argsort(kinds, kind="stable")
    names = [name for name in rows.column_names if name not in ("entity_id", "kind")]
    days = rows.set_column(rows.column_names.index("ds"), "ds", rows["ds"].cast(pa.int32()).cast(pa.int64()))
    ordered, key = days.select(names).take(pa.array(order)), key[order]
    found = {}
    for kind in sorted({*asked, *np.unique(kinds).tolist()}):
        first, last = np.searchsorted(kinds[order], [kind, kind + 1])
        found[kind] = SourceRows(key[first:last], ordered.slice(first, last - first), places)
    return found


def _dates(days: pa.Array) -> pa.Array:
    return days.cast(pa.int32()).cast(pa.date32())
