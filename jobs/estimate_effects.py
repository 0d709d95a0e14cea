"""Estimate what the arms of every experiment change, and how frequent each risk is, as it is known by the day.

Reads `experiment_units`, decisions, exposure, scores and features, the policies, and events, actions and reviews that
had arrived by the day. Writes, audits and commits `effect_daily` and `prevalence_weekly`. Starts no Spark. Run again,
it gives the same rows.
"""

import sys
from collections.abc import Sequence

from jobs import step
from jobs.decisions.policy_files import read_policies
from jobs.effects.effect_table import estimate_and_commit
from jobs.runtime import arguments
from jobs.settings import load_settings
from jobs.storage.lake import Lake


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    return arguments.range_parser(__doc__).parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    policies = read_policies(config.policies)
    lake = Lake(config.lake, args.run_id)
    lake.discard_staged()
    estimate_and_commit(lake, arguments.days_of(args), policies)


if __name__ == "__main__":
    sys.exit(step.run(main))
