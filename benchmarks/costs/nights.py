"""A night's features over a lake that is ready for it, as often as somebody wants to time them."""

import datetime as dt
import itertools
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import benchmark_lake
from features.aggregation import value_days
from features.entities import AS_OF_DAY
from features.inputs.tables import CREATORS, SELLERS, TABLES, USERS
from jobs.feature_store import entity_features, order_features, tile_store
from jobs.runtime import console, day_ranges
from jobs.settings import Settings
from jobs.storage import catalog
from jobs.storage.data_files import DataFile
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ACCOUNTS = (USERS.name, SELLERS.name, CREATORS.name)
AT_A_TIME = 30  # days
UNCOMMITTED = "night"

_runs = itertools.count()


def ready(spark: "SparkSession", places: Settings, first: dt.date, last: dt.date) -> None:
    """Make and commit the tiles that earlier nights have left: of the days that features as of `first` look at, up to
    `last`, some at a time, then what comes of whole months of them, of all and of those that the last night looked at.
    """
    days = day_ranges.days_between(value_days.first_tile([first]), last)
    night = day_ranges.days_between(value_days.first_tile([last]), last)
    for some in [*(days[n:n + AT_A_TIME] for n in range(0, len(days), AT_A_TIME)), days, night]:
        lake = Lake(places.lake, f"tiles-{some[0]}-{some[-1]}-{os.getpid()}")
        with console.timed(f"tiles of {len(some)} days to {some[-1]}"):
            for features in AS_OF_DAY.values():
                tile_store.load_or_build_tiles(spark, lake, features, some)
                for kind in tile_store.KINDS:
                    if (written := lake.staged(catalog.TILE_TABLES[kind](features.entity).name)) is not None:
                        lake.commit(written)


def entities(spark: "SparkSession", places: Settings, days: Sequence[dt.date]) -> Lake:
    """Write the features of every entity as of some days; nothing is committed, so that the next time is the same."""
    lake = Lake(places.lake, name())
    entity_features.build(spark, lake, days)
    return lake


def orders(spark: "SparkSession", places: Settings, days: Sequence[dt.date]) -> Lake:
    """The same for the orders that arrived on some days."""
    lake = Lake(places.lake, name())
    order_features.build(spark, lake, days)
    return lake


def name() -> str:
    """A run of its own, whose writes nobody commits."""
    return f"{UNCOMMITTED}-{os.getpid()}-{next(_runs)}"


def tidy(*homes: Settings) -> None:
    """Remove what nights have written. `Lake.vacuum` knows only tables that were committed once."""
    for places in homes:
        for left in Path(places.lake).glob(f"*/{UNCOMMITTED}-*"):  # written files, and the note of the run
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def shortened(places: Settings, days: int, last: dt.date) -> Settings:
    """The settings of a home beside another one, whose lake has the last days of its events alone, and all accounts.

    The files are the same ones, by hard links; tiles are not taken over.
    """
    home = places.home.with_name(f"{places.home.name}-last-{days}")
    shorter = benchmark_lake.settings_of(home, places.landing)
    if not (home / "made").exists():
        whole, lake = Lake(places.lake), Lake(shorter.lake)
        for table in (table for table in TABLES if whole.has(table)):
            kept = whole.files(table, None if table in ACCOUNTS else
                               day_ranges.days_between(last - dt.timedelta(days=days - 1), last))
            benchmark_lake.commit(lake, TABLES[table], [_linked(whole, lake, table, day, path)
                                                        for day, paths in kept.items() for path in paths])
        (home / "made").touch()
    return shorter


def _linked(whole: Lake, lake: Lake, table: str, day: dt.date, path: str) -> DataFile:
    old, new = (Path(each.root) / table / path for each in (whole, lake))
    new.parent.mkdir(parents=True, exist_ok=True)
    if not new.exists():
        os.link(old, new)
    rows = sum(footer.num_rows for footer in whole.footers(table, [day]))
    return DataFile(path, str(day), new.stat().st_size, rows)
