"""Build features of every entity as of the day, and of the day's orders as of the moment each was placed.

Reads the event tables; writes tiles of the days that changed, texts and features, staged for
`validate --stage features`, which commits them; for training, those of the training days before the day too. Run
again, it gives the same rows; days that were built from the very same events are not built again.

With `--entity order --out DIR` it writes the features of the orders that arrived in a range of days, as of the
moment each was placed, to a folder of the caller's choosing, and nothing to the lake.
"""

import datetime as dt
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    pass


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    parser = arguments.range_parser(__doc__)
    parser.add_argument("--training", action="store_true", help="also as of the weekly training days before --ds")
    parser.add_argument("--entity", choices=[ORDER.entity], help="features at an event, to --out")
    parser.add_argument("--out", type=Path, metavar="DIR", help="a folder that is not there yet, for --entity")
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
    wanted = [(building, _stale(lake, freshness.days_with_rows(lake, kind.final_entity, as_of_days(
                  lake, arguments.days_of(args), risks if args.training else ())), kind))
              for building, kind, risks in ((build, freshness.ENTITY_FEATURES, OF_ENTITIES),
                                            (order_features.build, freshness.ORDER_FEATURES, OF_ORDERS))]
    if not any(days for _, days in wanted):
        commit_gate.record_unchanged(lake, "features")
        return
    spark = session(config, args.run_id)
    with ThreadPoolExecutor(max_workers=len(wanted)) as pool:  # side by side, as the entities are
        for each in [pool.submit(building, spark, lake, days) for building, days in wanted if days]:
            each.result()


def _stale(lake: Lake, days: Sequence[dt.date], kind: freshness.FeatureGroup) -> list[dt.date]:
    """The days to build; where there are none, what is there is noted."""
    stale = freshness.stale_days(lake, days, kind)
    if len(stale) < len(days):
        console.log(f"{', '.join(kind.feature_sets)}: {len(days) - len(stale)} of {len(days)} days are built already, "
                    "from the very same events")
    if days and not stale:
        freshness.record_reuse(lake, days, kind)
    return stale


def as_of_days(lake: Lake, days: Sequence[dt.date], risks: Sequence[Risk]) -> list[dt.date]:
    """The days that features are asked for: those given, and those on which training takes rows for some risks.

    Raises:
        UserError: the last day was never ingested.
    """
    ingested_days.require_ingested(lake, days[-1:])
    return sorted({*training_days(ingested_days.first_order_day(lake), days[-1], risks), *days})


if __name__ == "__main__":
    sys.exit(step.run(main))
