"""The context of a benchmark: a simulated marketplace, a Spark session, and numbers of repetitions."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import benchmark_lake
from benchmarks.result import CostRatio, time_interleaved
from jobs.engines.spark import engine_of, session
from jobs.settings import Settings
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True)
class BenchmarkContext:
    """A marketplace of some size and days below a folder. It is made on first use, and so is the Spark session.

    Attributes:
        rows: number of rows for benchmarks without a marketplace.
        started: a Spark session that exists already.
    """

    folder: Path
    size: str
    days: int
    _: KW_ONLY
    rounds: int = 3
    warm: int = 1
    rows: int = 1_000_000
    started: "SparkSession | None" = None

    @cached_property
    def world(self) -> Settings:
        return benchmark_lake.made(self.folder, self.size, self.days)

    @cached_property
    def spark(self) -> "SparkSession":
        """Return the Spark session. The settings of its Java depend on the marketplace's size, if it exists."""
        home = benchmark_lake.home_of(self.folder, self.size, self.days)
        return self.started or session(benchmark_lake.settings_of(home))

    @property
    def engine(self) -> str:
        """Return the engine's name for people: Spark or Sail."""
        return engine_of(self.spark).value.capitalize()

    def time_interleaved(self, name: str, sides: Mapping[str, Callable[[], object]],
                         aim: float | None = None) -> CostRatio:
        """Time two sides alternately, with the context's numbers of runs (`result.time_interleaved`)."""
        return time_interleaved(name, sides, aim, self.rounds, self.warm)

    @property
    def eve(self) -> dt.date:
        """Return the day before the measured night."""
        return benchmark_lake.LAST - dt.timedelta(days=1)

    def conditions(self, **more: object) -> Mapping[str, object]:
        """Return the conditions of a result: facts about the marketplace and the engine, and `more`."""
        counts = Lake(self.world.lake).counts("orders")
        return {"world": f"simulated, {self.size}, {self.days} days to {benchmark_lake.LAST}, written straight as "
                         "clean tables",
                "orders": sum(counts.values()), "orders_of_the_day": counts[benchmark_lake.LAST],
                "engine": f"{engine_of(self.spark)}{', Connect' if self.world.spark_remote else ''}", **more}
