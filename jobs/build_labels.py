"""Label the training rows of every risk from the verdicts that had arrived, and after-sales risks from the cases.

Reads verdicts, cases and features. Writes `<entity>_labels`, one partition a training day, audited and committed here.
`ds` is the cutoff: no later verdict or case is read. Column `part` names the part of the split. Labels of rows before
the test use what had arrived when the test began. Run again, the step gives the same rows.
"""

import sys
from collections.abc import Sequence

from jobs import step
from jobs.engines.spark import session
from jobs.runtime import arguments, console
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from jobs.training.label_tables import build_and_commit


def parse(argv: Sequence[str] | None = None):
    """Return the arguments of the step."""
    return arguments.parser(__doc__).parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    lake = Lake(config.lake, args.run_id)
    if not (lake.has("verdicts") or lake.has("cases")):
        console.log(f"{args.ds}: no verdicts and no cases have ever arrived, so there is nothing to learn from")
        return
    lake.discard_staged()
    build_and_commit(session(config, args.run_id), lake, args.ds)


if __name__ == "__main__":
    sys.exit(step.run(main))
