"""Days that were ingested, and checks that they were."""

import datetime as dt
from collections.abc import Iterable

from jobs.errors import UserError
from jobs.ingestion.ingest_log import LOG
from jobs.storage.lake import Lake


def require_ingested(lake: Lake, days: Iterable[dt.date]) -> None:
    """Check that no day lies before the first or after the last ingested day.

    A day in between without an entry is a day without events, such as a holiday of the shop.

    Raises:
        UserError: a day lies outside. The message has the command that ingests it.
    """
    ingested = lake.days(LOG)
    missing = sorted(day for day in days if not ingested or not ingested[0] <= day <= ingested[-1])
    if missing:
        raise UserError(f"{LOG}, {missing[0]}: not in the lake. Expected the day to be ingested first: "
                        f"make nightly DS={missing[0]}")


def last_ingested_day(lake: Lake) -> dt.date:
    """Return the last day that was ingested.

    Raises:
        UserError: no day was.
    """
    days = lake.days(LOG) if lake.has(LOG) else []
    if not days:
        raise UserError(f"{LOG}: no day was ingested. Expected a night to have run: make nightly")
    return days[-1]


def first_order_day(lake: Lake) -> dt.date:
    """Return the first day on which an order arrived.

    Raises:
        UserError: no order was ever kept.
    """
    days = lake.days("orders")
    if not days:
        raise UserError(f"orders, {max(lake.days(LOG), default='no day')}: no row was ever kept. Expected orders to "
                        "compute features of: make sql Q=\"select * from quarantine limit 5\" shows quarantined rows.")
    return days[0]
