"""Compute the risk tables of a range of days in one call, with the rows of one nightly run per day at less cost.

Reads and writes the tables of every step of the nightly run, once for all days together, with today's champions. A
model that was trained after a day has learnt from later verdicts: backfilled scores are for comparisons, and not for
claims about that day. Run again, it gives the same rows.
"""

import datetime as dt
import os
import sys
from collections.abc import Sequence

from jobs import (
    attribute_cases,
    audit_cases,
    build_features,
    decide,
    estimate_effects,
    ingest,
    publish,
    score,
    spark_server,
    step,
    update_loss_ledger,
    validate,
)
from jobs.runtime import arguments, console
from jobs.runtime.run_names import dated_run_name
from jobs.settings import load_settings
from jobs.storage import catalog
from jobs.storage.lake import Lake


def parse(argv: Sequence[str] | None = None):
    """Arguments of the command."""
    parser = arguments.range_parser(__doc__)
    parser.set_defaults(run_id=dated_run_name("backfill"))
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    days = arguments.days_of(args)
    _name_decided_days(days)
    run = ["--run-id", args.run_id]
    common = ["--ds", str(days[-1]), *run]
    spark_server.main(["start", "--owner", str(os.getpid()), *run])
    try:
        for job, argv_of_step in (
            (ingest, ["--from", str(days[0]), *common]), (validate, ["--stage", "events", *common]),
            (build_features, ["--from", str(days[0]), *common]), (validate, ["--stage", "features", *common]),
            (score, ["--from", str(days[0]), *common]), (validate, ["--stage", "scores", *common]),
            (decide, ["--from", str(days[0]), *common]), (publish, ["--from", str(days[0]), *common]),
            (estimate_effects, ["--from", str(days[0]), *common]),
            (attribute_cases, ["--from", str(days[0]), *common]),
            (update_loss_ledger, ["--from", str(days[0]), *common]),
            (audit_cases, ["--from", str(days[0]), *common]),
        ):
            with console.timed(job.__name__.removeprefix("jobs.")):
                job.main(argv_of_step)
    finally:
        spark_server.main(["stop", *run])
    console.log(f"{len(days)} days, {days[0]} to {days[-1]}, run {args.run_id}")


def _name_decided_days(days: Sequence[dt.date]) -> None:
    """Log which of the days have decisions, because today's scores and policies replace them."""
    lake, table = Lake(load_settings().lake), catalog.DECISION_DAILY.name
    if decided := sorted(set(days) & set(lake.days(table) if lake.has(table) else ())):
        console.log(f"{table}: {len(decided)} of {len(days)} days have decisions, from {decided[0]} to {decided[-1]}. "
                    "They are decided anew, with today's champions and policies.")


if __name__ == "__main__":
    sys.exit(step.run(main))
