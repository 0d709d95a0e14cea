"""Build features of every entity as of the day, and of the day's orders as of the moment each was placed.

Reads the event tables. Writes tiles of the days that changed, texts and features, staged for
`validate --stage features`, which commits them. With `--training`, it also builds the training days before the day.
Run again, it gives the same rows; a day whose features are up to date is skipped.

With `--entity order --out DIR` it writes features of the orders that arrived in a range of days to a given folder, as
of the moment each was placed. It writes nothing to the lake.
"""

import datetime as dt
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from features.order import ORDER
from features.risks import OF_ENTITIES, OF_ORDERS, Risk
from features.splits import training_days
from jobs import step
from jobs.engines.spark import session
from jobs.feature_store import freshness, order_features
from jobs.feature_store.entity_features import build
from jobs.ingestion import ingested_days
from jobs.quality import commit_gate
from jobs.runtime import arguments, console
from jobs.settings import load_settings
from jobs.storage.lake import Lake


def parse(argv: Sequence[str] | None = None):
    """Return the arguments of the step."""
    parser = arguments.range_parser(__doc__)
    parser.add_argument("--training", action="store_true", help="also as of the weekly training days before --ds")
    parser.add_argument("--entity", choices=[ORDER.entity], help="features at an event, to --out")
    parser.add_argument("--out", type=Path, metavar="DIR", help="a folder that does not exist yet, for --entity")
    args = parser.parse_args(argv)
    if bool(args.entity) != bool(args.out):
        parser.error("--entity and --out go together")
    return args


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    lake = Lake(config.lake, args.run_id)
    lake.discard_staged()
    if args.entity:
        order_features.write(session(config, args.run_id), lake, arguments.days_of(args), args.out)
        return
    wanted = [(build_group, _stale(lake, freshness.days_with_rows(lake, group.final_entity, as_of_days(
                  lake, arguments.days_of(args), risks if args.training else ())), group))
              for build_group, group, risks in ((build, freshness.ENTITY_FEATURES, OF_ENTITIES),
                                                (order_features.build, freshness.ORDER_FEATURES, OF_ORDERS))]
    if not any(days for _, days in wanted):
        commit_gate.record_unchanged(lake, "features")
        return
    spark = session(config, args.run_id)
    with ThreadPoolExecutor(max_workers=len(wanted)) as pool:  # in parallel, like the entities
        for build_task in [pool.submit(build_group, spark, lake, days) for build_group, days in wanted if days]:
            build_task.result()


def _stale(lake: Lake, days: Sequence[dt.date], group: freshness.FeatureGroup) -> list[dt.date]:
    """Return the days to build. Where every day is up to date, the run manifest records the reused tables."""
    stale = freshness.stale_days(lake, days, group)
    if len(stale) < len(days):
        console.log(f"{', '.join(group.feature_sets)}: skipped {len(days) - len(stale)} of {len(days)} days: features "
                    "are up to date")
    if days and not stale:
        freshness.record_reuse(lake, days, group)
    return stale


def as_of_days(lake: Lake, days: Sequence[dt.date], risks: Sequence[Risk]) -> list[dt.date]:
    """Return the days to have features: the given days, and the training days of some risks before the last of them.

    Raises:
        UserError: the last day was never ingested.
    """
    ingested_days.require_ingested(lake, days[-1:])
    return sorted({*training_days(ingested_days.first_order_day(lake), days[-1], risks), *days})


if __name__ == "__main__":
    sys.exit(step.run(main))
