"""Show everything that is known of a case as of a day: one page for a person, or JSON for any agent.

Reads event tables, `case_attribution_daily` and the policies. Writes nothing. Run again, it shows the same dossier.
docs/after-sales.md explains its parts.
"""

import argparse
import datetime as dt
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from jobs import step
from jobs.after_sales.case_lake import last_case_day, open_lake
from jobs.after_sales.dossier import dossiers
from jobs.after_sales.dossier_text import page
from jobs.after_sales.policy import read_resolution_policy
from jobs.errors import UserError
from jobs.runtime import arguments, console, terminal
from jobs.settings import load_settings
from jobs.storage.lake import Lake

RULE = "-"


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", type=arguments.names, required=True, metavar="ID,ID", help="one case or more")
    parser.add_argument("--ds", type=dt.date.fromisoformat, metavar="YYYY-MM-DD",
                        help="the day; no later arrival is read (default: the last day that arrived)")
    parser.add_argument("--json", action="store_true", help="a line of JSON for each case")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    if not args.case:
        raise UserError("--case names no case; expected one id or more, separated by commas")
    config = load_settings()
    policy = read_resolution_policy(config.policies)
    lake = Lake(config.lake)
    day = args.ds or last_case_day(lake)
    with open_lake(lake, day) as cases:
        found = dossiers(lake, cases, policy, list(dict.fromkeys(args.case)), day)
    if args.json:
        console.show("\n".join(map(line, found)))
    else:
        width = terminal.width()
        console.show(f"\n\n{RULE * width}\n\n".join(page(each, width) for each in found))


def line(dossier: Mapping[str, Any]) -> str:
    """Return a dossier as one line of JSON, with days and times in ISO 8601. It is ASCII, so that nothing acts."""
    return json.dumps(dossier, default=lambda value: value.isoformat())


if __name__ == "__main__":
    sys.exit(step.run(main))
