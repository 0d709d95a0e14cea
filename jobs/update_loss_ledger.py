"""Write what changed in the books on a day, what each month has cost, how far incidents got, and the state of goals.

Reads events, verdicts, appeals and actions that had arrived by the day, scores, decisions, effects and units of
experiments, the day's attributions of open cases, the queues and goals of the policies, and the entries of earlier
days. Writes, audits and commits `loss_ledger`, `loss_monthly`, `governance_funnel_daily`, `displacement_weekly` and
`goal_daily`. Starts no Spark. Run again, it gives the same rows.
"""

import sys
from collections.abc import Sequence

from jobs import step
from jobs.decisions.policy_step import commit_days
from jobs.ledger.ledger_table import update_and_commit
from jobs.runtime import arguments


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    return arguments.range_parser(__doc__).parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    commit_days(parse(argv), update_and_commit)


if __name__ == "__main__":
    sys.exit(step.run(main))
