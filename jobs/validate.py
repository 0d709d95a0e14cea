"""Audit the tables that a step has staged, and commit them if no critical expectation fails.

Reads the staged files of the run and runs the expectation suites over them. Writes the results as JSON to
`_validations/` in the lake, and commits the tables. A failed critical expectation stops the run before the commit.
Run again after its commit, the step changes nothing.
"""

import sys
from collections.abc import Sequence

from jobs import step
from jobs.engines.spark import session
from jobs.quality.commit_gate import audit_and_commit
from jobs.quality.stages import event_audits, feature_audits, score_audits
from jobs.runtime import arguments
from jobs.settings import load_settings
from jobs.storage.lake import Lake

STAGES = ("events", "features", "scores")


def parse(argv: Sequence[str] | None = None):
    """Return the arguments of the step."""
    parser = arguments.parser(__doc__)
    parser.add_argument("--stage", choices=STAGES, required=True, help="whose tables are audited")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    lake = Lake(config.lake, args.run_id)
    spark = session(config, args.run_id)
    audits = {"events": lambda: event_audits(lake), "features": feature_audits, "scores": score_audits}[args.stage]
    audit_and_commit(spark, lake, args.stage, args.ds, audits())


if __name__ == "__main__":
    sys.exit(step.run(main))
