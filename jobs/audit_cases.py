"""Measure for whom decisions about after-sales cases err, by the groups of the parties, as it is known by the day.

Reads cases, outcomes and the other events that had arrived by the day, `case_attribution_daily` of earlier days, and
the champion of cases in MLflow. Writes, audits and commits `case_fairness_weekly`. Starts no Spark. Run again, it gives
the same rows. Without a champion no decision is tried with the group's columns swapped.
"""

import sys
from collections.abc import Sequence

from jobs import step
from jobs.after_sales.fairness_table import measure_and_commit
from jobs.after_sales.registered_model import champion
from jobs.runtime import arguments
from jobs.settings import load_settings
from jobs.storage.lake import Lake


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    return arguments.range_parser(__doc__).parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    lake = Lake(config.lake, args.run_id)
    lake.discard_staged()
    measure_and_commit(lake, arguments.days_of(args), champion(config))


if __name__ == "__main__":
    sys.exit(step.run(main))
