"""Decide what to do about every risky row of the day, within the minutes that reviewers have.

Reads `<entity>_scores` and `<entity>_features` of the day, the policies, and what had arrived by the day: events,
verdicts, overrides, what operators did, and earlier decisions. Writes, audits and commits `decision_daily`,
`review_queue_daily`, `experiment_units` and `exposure_daily`. Starts no Spark. Run again, it gives the same rows.
"""

import sys
from collections.abc import Sequence

from jobs import step
from jobs.decisions.decision_tables import decide_and_commit
from jobs.decisions.policy_files import read_policies
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
    decide_and_commit(lake, arguments.days_of(args), policies)


if __name__ == "__main__":
    sys.exit(step.run(main))
