"""The cost of a range of days in one call, against one day."""

import datetime as dt

from benchmarks.context import BenchmarkContext
from benchmarks.costs import nights
from benchmarks.result import BenchmarkResult, time_interleaved
from jobs.runtime import day_ranges

AIM = 6.0
DAYS = 60


def measure(at: BenchmarkContext, count: int = DAYS) -> BenchmarkResult:
    """Time features as of many days in one call, and as of the last day, alternately. Every tile exists.

    The last day is the day before the night of other benchmarks, which must build the tiles of that night.
    """
    days = day_ranges.days_between(at.eve - dt.timedelta(days=count - 1), at.eve)
    config = at.world
    nights.ready(at.spark, config, days[0], at.eve)
    ratios = []
    for name, work in (("features of entities", nights.entities), ("features of orders", nights.orders)):
        work(at.spark, config, days[-1:])  # a warm run; many days are warm after their first day
        ratios.append(time_interleaved(name, {f"{count} days": lambda work=work: work(at.spark, config, days),
                                              "one day": lambda work=work: work(at.spark, config, days[-1:])},
                                       AIM, rounds=1, warm=0))
    nights.tidy(config)
    return BenchmarkResult("backfill", f"Features of {count} days in one call against one day, on {at.engine}",
                           at.conditions(
        note="every tile exists; ingest, audits, scores and publishing are not measured"), tuple(ratios))
