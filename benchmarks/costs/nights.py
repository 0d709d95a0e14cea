"""A night's features over a prepared lake, for repeated timing."""

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


def ready(spark: "SparkSession", config: Settings, first: dt.date, last: dt.date) -> None:
    """Build and commit the tiles of earlier nights.

    First the day tiles from the lookback of `first` to `last` are built, `AT_A_TIME` days at a time. Then the month and
    lifetime tiles of all these days, and of the last night's days, are built.
    """
    days = day_ranges.days_between(value_days.first_tile([first]), last)
    night = day_ranges.days_between(value_days.first_tile([last]), last)
    for batch in [*(days[n:n + AT_A_TIME] for n in range(0, len(days), AT_A_TIME)), days, night]:
        lake = Lake(config.lake, f"tiles-{batch[0]}-{batch[-1]}-{os.getpid()}")
        with console.timed(f"tiles of {len(batch)} days to {batch[-1]}"):
            for features in AS_OF_DAY.values():
                tile_store.load_or_build_tiles(spark, lake, features, batch)
                for kind in tile_store.KINDS:
                    if (written := lake.staged(catalog.TILE_TABLES[kind](features.entity).name)) is not None:
                        lake.commit(written)


def entities(spark: "SparkSession", config: Settings, days: Sequence[dt.date]) -> Lake:
    """Write the features of every entity as of some days, without a commit, so that a repeated call does the same."""
    lake = Lake(config.lake, name())
    entity_features.build(spark, lake, days)
    return lake


def orders(spark: "SparkSession", config: Settings, days: Sequence[dt.date]) -> Lake:
    """Write the features of the orders that arrived on some days, without a commit."""
    lake = Lake(config.lake, name())
    order_features.build(spark, lake, days)
    return lake


def name() -> str:
    """Return the name of a new run without commits."""
    return f"{UNCOMMITTED}-{os.getpid()}-{next(_runs)}"


def tidy(*homes: Settings) -> None:
    """Remove the files of timed nights. `Lake.vacuum` cleans only tables with a commit."""
    for config in homes:
        for left in Path(config.lake).glob(f"*/{UNCOMMITTED}-*"):  # staged files, and the run's manifest
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def shortened(config: Settings, days: int, last: dt.date) -> Settings:
    """Create a home with only the last days of another home's events and with all accounts; return its settings.

    Files are hard links. Tiles are not copied.
    """
    home = config.home.with_name(f"{config.home.name}-last-{days}")
    shorter = benchmark_lake.settings_of(home, config.landing)
    if not (home / "made").exists():
        full, lake = Lake(config.lake), Lake(shorter.lake)
        for table in (table for table in TABLES if full.has(table)):
            files = full.files(table, None if table in ACCOUNTS else
                               day_ranges.days_between(last - dt.timedelta(days=days - 1), last))
            benchmark_lake.commit(lake, TABLES[table], [_linked(full, lake, table, day, path)
                                                        for day, paths in files.items() for path in paths])
        (home / "made").touch()
    return shorter


def _linked(full: Lake, lake: Lake, table: str, day: dt.date, path: str) -> DataFile:
    old, new = (Path(source.root) / table / path for source in (full, lake))
    new.parent.mkdir(parents=True, exist_ok=True)
    if not new.exists():
        os.link(old, new)
    rows = sum(footer.num_rows for footer in full.footers(table, [day]))
    return DataFile(path, str(day), new.stat().st_size, rows)
