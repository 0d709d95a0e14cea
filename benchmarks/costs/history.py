"""What a night costs with a quarter of history, against one with a month."""

from benchmarks import benchmark_lake
from benchmarks.context import BenchmarkContext
from benchmarks.costs import nights
from benchmarks.result import BenchmarkResult

AIM = 1.3
SHORT_DAYS = 30


def measure(at: BenchmarkContext) -> BenchmarkResult:
    """Features as of the last day over the whole history of the world and over its last month, in turns."""
    config, night = at.world, [benchmark_lake.LAST]
    short = nights.shortened(config, SHORT_DAYS, benchmark_lake.LAST)
    for each in (config, short):
        nights.ready(at.spark, each, benchmark_lake.LAST, at.eve)
    ratios = [at.in_turns(name, {f"{at.days} days of history": lambda work=work: work(at.spark, config, night),
                                 f"{SHORT_DAYS} days": lambda work=work: work(at.spark, short, night)}, AIM)
              for name, work in (("features of entities", nights.entities), ("features of orders", nights.orders))]
    nights.tidy(config, short)
    title = f"A night on {at.engine} after {at.days} days against one after {SHORT_DAYS}"
    return BenchmarkResult("history", title, at.conditions(
        note="the tiles of the days before are there, as after any night; those of the night itself are made"),
        tuple(ratios))
