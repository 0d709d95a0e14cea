"""Draw what can be had for an entity: loss stopped against minutes and against honest money disturbed.

Reads kept scores, features, events and decisions of the days and the policies. Writes `strategy_frontier` and a picture
with the live and the shadow policies marked. Run again, it gives the same rows.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from features.entities import FEATURE_SETS
from jobs import step
from jobs.decisions.frontier_points import points
from jobs.decisions.policy_files import read_policies
from jobs.decisions.scored_days import last_scored_day, scored_days
from jobs.decisions.strategy_results import write_frontier
from jobs.reporting.frontier_plot import draw
from jobs.reporting.page_files import require_writable
from jobs.runtime import arguments, console
from jobs.runtime.run_names import dated_run_name
from jobs.settings import load_settings
from jobs.storage.lake import Lake


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Arguments of the command."""
    parser = arguments.range_parser(__doc__, day_required=False)
    parser.add_argument("--entity", required=True, choices=tuple(FEATURE_SETS), help="what kind of entity")
    parser.add_argument("--out", type=Path, metavar="FILE.png", help="the picture (default: reports/ of the home)")
    parser.set_defaults(run_id=dated_run_name("frontier"))
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    policies = read_policies(config.policies)
    lake = Lake(config.lake, args.run_id)
    args.ds = args.ds or last_scored_day(lake, args.entity)
    days = scored_days(lake, args.entity, arguments.days_of(args))
    out = args.out or config.home / "reports" / f"frontier-{args.entity}-{days[-1]}.png"
    require_writable(out)
    with console.timed(f"{args.entity}, {len(days)} days"):
        rows = write_frontier(lake, args.entity, days, points(lake, args.entity, days, policies))
    draw(rows, out)
    console.log(f"{args.entity}: {len(rows)} points over {len(days)} days, drawn in {out}")


if __name__ == "__main__":
    sys.exit(step.run(main))
