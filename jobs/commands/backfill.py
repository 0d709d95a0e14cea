"""Make the risk tables of a range of days in one go: what as many nightly runs would give, for less.

Reads what every step of the nightly run reads, and writes what it writes, once for all days together, with today's
champions. A model that was trained after a day knows more than anyone did on it: use backfilled scores to compare, not
to claim. Run again, it gives the same rows.
"""

import os
import sys
import time
from collections.abc import Sequence

from jobs import build_features, ingest, publish, score, spark_server, step, validate
from jobs.runtime import arguments, console


def parse(argv: Sequence[str] | None = None):
    """Arguments of the command."""
    parser = arguments.range_parser(__doc__)
    parser.set_defaults(run_id=f"backfill-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    days = arguments.days_of(args)
    run = ["--run-id", args.run_id]
    span = ["--ds", str(days[-1]), *run]
    spark_server.main(["start", "--owner", str(os.getpid()), *run])
    try:
        for job, argv_of_step in (
            (ingest, ["--from", str(days[0]), *span]), (validate, ["--stage", "events", *span]),
            (build_features, ["--from", str(days[0]), *span]), (validate, ["--stage", "features", *span]),
            (score, ["--from", str(days[0]), *span]), (validate, ["--stage", "scores", *span]),
            (publish, ["--from", str(days[0]), *span]),
        ):
            with console.timed(job.__name__.removeprefix("jobs.")):
                job.main(argv_of_step)
    finally:
        spark_server.main(["stop", *run])
    console.log(f"{len(days)} days, {days[0]} to {days[-1]}, run {args.run_id}")


if __name__ == "__main__":
    sys.exit(step.run(main))
