"""Delete files that no version of a table needs, and old logs of servers.

Reads the logs of all tables and the staged writes. Records deleted files in the tables' logs. Uncommitted folders and
staged writes are deleted after a day. Replaced files and server logs are deleted after 35 days; until then a run can
be replayed from its manifest. Run again, vacuum deletes nothing.
"""

import sys
import time
from collections.abc import Sequence

from jobs import step
from jobs.runtime import arguments, console
from jobs.settings import Settings, load_settings
from jobs.storage.lake import Lake


def parse(argv: Sequence[str] | None = None):
    """Return the arguments of the step."""
    parser = arguments.parser(__doc__)
    parser.add_argument("--dead-hours", type=float, default=24.0, help="age of an uncommitted write")
    parser.add_argument("--keep-days", type=float, default=35.0, help="age of a replaced file, and of a log")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    lake = Lake(config.lake, args.run_id)
    deleted = lake.vacuum(args.dead_hours, args.keep_days)
    for damage in lake.damaged().values():
        console.log(f"warning, left as it is: {damage}")
    console.log(f"removed {len(deleted)} uncommitted or replaced files and {old_logs(config, args.keep_days)} logs")


def old_logs(config: Settings, keep_days: float) -> int:
    """Delete logs of servers that were last written more than `keep_days` ago, and return the number of logs."""
    limit = time.time() - keep_days * 86400
    old = [log for log in (config.home / "spark").glob("*.log") if log.stat().st_mtime <= limit]
    for log in old:
        log.unlink(missing_ok=True)
    return len(old)


if __name__ == "__main__":
    sys.exit(step.run(main))
