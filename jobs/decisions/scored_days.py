"""Days of the past whose scores were kept, for back-tests and frontiers."""

import datetime as dt
from collections.abc import Sequence

from jobs.errors import UserError
from jobs.runtime import console
from jobs.storage import catalog
from jobs.storage.lake import Lake


def last_scored_day(lake: Lake, entity: str) -> dt.date:
    """Return the last day with scores of an entity.

    Raises:
        UserError: no day has.
    """
    table = catalog.scores(entity).name
    days = lake.days(table) if lake.has(table) else []
    if not days:
        raise UserError(f"{table}: no day has scores. Expected a night to have run: make nightly")
    return days[-1]


def scored_days(lake: Lake, entity: str, wanted: Sequence[dt.date]) -> list[dt.date]:
    """Return those of some days that have kept scores of an entity.

    Args:
        wanted: at least one day, in order.

    Raises:
        UserError: no day has.
    """
    table = catalog.scores(entity).name
    known = set(lake.days(table)) if lake.has(table) else set()
    days = [day for day in wanted if day in known]
    if not days:
        raise UserError(f"{table}: no scores from {wanted[0]} to {wanted[-1]}. Scored days: "
                        f"{f'{min(known)} to {max(known)}' if known else 'none'}. Score days of the past with: "
                        f"make backfill FROM={wanted[0]} TO={wanted[-1]}")
    if missing := len(wanted) - len(days):
        left_out = [day for day in wanted if day not in known]
        console.log(f"{table}: {missing} of {len(wanted)} days have no scores and are left out. Score and decide them "
                    f"with: make backfill FROM={left_out[0]} TO={left_out[-1]}")
    return days
