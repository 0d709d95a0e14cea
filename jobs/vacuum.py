"""Delete files that no version of a table needs.

Folders of writes that died before their commit go after a day; files that a later version replaced
go after 35 days, until when a run can be repeated from its note. Run again, it finds nothing.
"""

import sys
from collections.abc import Sequence

from jobs import step
from jobs.lake import Lake
from jobs.settings import settings


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    parser = step.parser(__doc__)
    parser.add_argument("--dead-hours", type=float, default=24.0, help="age of an uncommitted write")
    parser.add_argument("--keep-days", type=float, default=35.0, help="age of a replaced file")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    deleted = Lake(settings().lake, args.run_id).vacuum(args.dead_hours, args.keep_days)
    step.say(f"{len(deleted)} dead files and folders deleted")


if __name__ == "__main__":
    sys.exit(step.run(main))
