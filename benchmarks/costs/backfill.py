"""What a range of days costs in one call, against one day."""

import datetime as dt

from benchmarks.context import BenchmarkContext
from benchmarks.costs import nights
from benchmarks.result import BenchmarkResult, in_turns
from jobs.runtime import day_ranges

AIM = 6.0
DAYS = 60


def measure(at: BenchmarkContext, count: int = DAYS) -> BenchmarkResult:
    """Features as of many days in one call and as of the last one, in turns; every tile is there.

    The last of them is the eve of the night that others measure, which must find that day's tiles to be made.
    """
    days = day_ranges.days_between(at.eve - dt.timedelta(days=count - 1), at.eve)
    config = at.world
    nights.ready(at.spark, config, days[0], at.eve)
    ratios = []
    for name, work in (("features of entities", nights.entities), ("features of orders", nights.orders)):
        work(at.spark, config, days[-1:])  # warm; many days are warm enough by themselves
        ratios.append(in_turns(name, {f"{count} days": lambda work=work: work(at.spark, config, days),
                                      "one day": lambda work=work: work(at.spark, config, days[-1:])},
                               AIM, rounds=1, warm=0))
    nights.tidy(config)
    return BenchmarkResult("backfill", f"Features of {count} days in one call against one day, on {at.engine}",
                           at.conditions(
        note="every tile is there; ingest, audits, scores and publishing are not part of it"), tuple(ratios))
