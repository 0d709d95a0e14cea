"""What every figure is measured in: a world, a Spark, and how often things are repeated."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import benchmark_lake
from benchmarks.result import Ratio, in_turns
from jobs.engines.spark import engine_of, session
from jobs.settings import Settings
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True)
class BenchmarkContext:
    """A world of some size and days below a folder, made when it is first asked for, as Spark is.

    `rows` is how many rows figures have that need no world, `started` a Spark that is there already.
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
        """How its Java runs follows from the world, where that has been made by then."""
        return self.started or session(benchmark_lake.settings_of(benchmark_lake.home_of(self.folder, self.size,
                                                                                         self.days)))

    @property
    def engine(self) -> str:
        """What people call the engine: Spark or Sail."""
        return engine_of(self.spark).value.capitalize()

    def in_turns(self, name: str, sides: Mapping[str, Callable[[], object]], aim: float | None = None) -> Ratio:
        """Two sides timed in turns, as often as is asked for (`figure.in_turns`)."""
        return in_turns(name, sides, aim, self.rounds, self.warm)

    @property
    def eve(self) -> dt.date:
        """The day before the night that is measured."""
        return benchmark_lake.LAST - dt.timedelta(days=1)

    def conditions(self, **more: object) -> Mapping[str, object]:
        """What a reader must know of the world."""
        counts = Lake(self.world.lake).counts("orders")
        return {"world": f"simulated, {self.size}, {self.days} days to {benchmark_lake.LAST}, written straight as "
                         "clean tables",
                "orders": sum(counts.values()), "orders_of_the_day": counts[benchmark_lake.LAST],
                "engine": f"{engine_of(self.spark)}{', Connect' if self.world.spark_remote else ''}", **more}
