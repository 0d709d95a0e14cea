"""The cost of a night with a quarter of history, against a night with a month of history."""

from benchmarks import benchmark_lake
from benchmarks.context import BenchmarkContext
from benchmarks.costs import nights
from benchmarks.result import BenchmarkResult

AIM = 1.3
SHORT_DAYS = 30


def measure(at: BenchmarkContext) -> BenchmarkResult:
    """Time features as of the last day over the marketplace's complete history and over its last month, alternately."""
    config, night = at.world, [benchmark_lake.LAST]
    short = nights.shortened(config, SHORT_DAYS, benchmark_lake.LAST)
    for settings in (config, short):
        nights.ready(at.spark, settings, benchmark_lake.LAST, at.eve)
    ratios = [at.time_interleaved(
        name, {f"{at.days} days of history": lambda work=work: work(at.spark, config, night),
               f"{SHORT_DAYS} days": lambda work=work: work(at.spark, short, night)}, AIM)
              for name, work in (("features of entities", nights.entities), ("features of orders", nights.orders))]
    nights.tidy(config, short)
    title = f"A night on {at.engine} after {at.days} days against one after {SHORT_DAYS}"
    return BenchmarkResult("history", title, at.conditions(
        note="the tiles of the days before exist, as after any night; the night itself builds its tiles"),
        tuple(ratios))
