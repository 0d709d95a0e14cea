"""Draw what can be had for an entity: loss stopped against minutes and against honest money disturbed.

Reads kept scores, features and events of the days and the policies. Writes `strategy_frontier` and a picture with the
live and the shadow policies marked. Run again, it gives the same rows.
"""

import datetime as dt
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.entities import FEATURE_SETS
from jobs import step
from jobs.decisions import day_state, frontier
from jobs.decisions.choices import Choices, PolicyRows
from jobs.decisions.day_facts import open_day
from jobs.decisions.decide_day import decide
from jobs.decisions.policy_files import Policies, read_policies
from jobs.decisions.scored_days import last_scored_day, scored_days
from jobs.decisions.strategy_results import LIVE, replace_rows
from jobs.errors import UserError
from jobs.reporting.frontier_plot import draw
from jobs.runtime import arguments, console
from jobs.settings import load_settings
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from jobs.storage.query import connect

NO_PRICE = -1.0  # the minutes have a limit


def parse(argv: Sequence[str] | None = None):
    """Arguments of the command."""
    parser = arguments.range_parser(__doc__)
    parser.add_argument("--entity", required=True, choices=tuple(FEATURE_SETS), help="what kind of entity")
    parser.add_argument("--out", type=Path, metavar="FILE.png", help="the picture (default: reports/ of the home)")
    next(action for action in parser._actions if action.dest == "ds").required = False
    parser.set_defaults(run_id=f"frontier-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    policies = read_policies(config.policies)
    lake = Lake(config.lake, args.run_id)
    last = args.ds or last_scored_day(lake, args.entity)
    days = scored_days(lake, args.entity, args.first or last, last)
    rows = [{**row, "ds": days[-1], "first_day": days[0], "entity": args.entity, "run_id": lake.run_id}
            for row in points(lake, args.entity, days, policies)]
    replace_rows(lake, catalog.STRATEGY_FRONTIER, pa.Table.from_pylist(rows, arrow_schema(catalog.STRATEGY_FRONTIER)))
    out = args.out or config.home / "reports" / f"frontier-{args.entity}-{days[-1]}.png"
    draw(rows, out)
    console.log(f"{args.entity}: {len(rows)} points over {len(days)} days, drawn in {out}")


def points(lake: Lake, entity: str, days: Sequence[dt.date], policies: Policies) -> list[dict[str, Any]]:
    """Return the points of the frontier over some days, and those of the live and of each shadow policy.

    Raises:
        UserError: no live policy decides on the entity.
    """
    queues = {policy.queue for policy in (*policies.live(days[-1]), *policies.shadow(days[-1]))
              if policy.entity == entity}
    in_queues = {name.split("/")[0] for queue in queues for name in policies.queues[queue].risks}
    parts: list[PolicyRows] = []
    marked: dict[tuple[str, str], list[Choices]] = {}
    for ds in days:
        with connect() as db:
            state = day_state.load(open_day(db, lake, ds, in_queues), policies)
            decided = decide(state, policies, lake.run_id)
        live = [choices for choices in decided.choices.values() if choices.rows.policy.entity == entity]
        parts += [choices.rows for choices in live]
        marked.setdefault((LIVE, LIVE), []).extend(live)
        for name, beside in decided.shadow_choices.items():
            if beside[name].rows.policy.entity == entity:
                others = [choices for choices in live if choices.rows.policy.queue != beside[name].rows.policy.queue]
                marked.setdefault(("shadow", name), []).extend(
                    [*others, *(choices for choices in beside.values() if choices.rows.policy.entity == entity)])
    if not parts:
        raise UserError(f"{entity}, {days[-1]}: no live policy decides on it. Give one in policies/ the status live; "
                        "make policies shows all of them")
    weighted = frontier.weight_columns((1.0,) * len(frontier.PARTIES))
    return [*({"mode": "frontier", "policy": LIVE, **point} for point in frontier.grid(parts, len(days))),
            *({"mode": mode, "policy": name, "price_cents_a_minute": NO_PRICE, **weighted,
               **frontier.point(frontier.together([frontier.of_choices(one) for one in of_policy]), len(days), name)}
              for (mode, name), of_policy in marked.items())]


if __name__ == "__main__":
    sys.exit(step.run(main))
