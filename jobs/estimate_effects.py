"""Estimate what the arms of every experiment change, and how frequent each risk is, as it is known by the day.

Reads `experiment_units`, decisions, exposure, scores and features, the policies, and events, actions and reviews that
had arrived by the day. Writes, audits and commits `effect_daily` and `prevalence_weekly`. Starts no Spark. Run again,
it gives the same rows.
"""

import sys
from collections.abc import Sequence

from jobs import step
from jobs.decisions.policy_step import commit_days
from jobs.effects.effect_table import estimate_and_commit
from jobs.runtime import arguments


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    return arguments.range_parser(__doc__).parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    commit_days(parse(argv), estimate_and_commit)


if __name__ == "__main__":
    sys.exit(step.run(main))
