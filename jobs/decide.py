"""Decide what to do about every risky row of the day, within the minutes that reviewers have.

Reads `<entity>_scores` and `<entity>_features` of the day, the policies, and what had arrived by the day: events,
verdicts, overrides, what operators did, and earlier decisions. Writes, audits and commits `decision_daily`,
`review_queue_daily`, `experiment_units` and `exposure_daily`. Starts no Spark. Run again, it gives the same rows.
"""

import sys
from collections.abc import Sequence

from jobs import step
from jobs.decisions.decision_tables import decide_and_commit
from jobs.decisions.policy_step import commit_days
from jobs.runtime import arguments


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    return arguments.range_parser(__doc__).parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    commit_days(parse(argv), decide_and_commit)


if __name__ == "__main__":
    sys.exit(step.run(main))
