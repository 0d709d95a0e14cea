"""The days that were ingested."""

import datetime as dt
from collections.abc import Iterable

from jobs.errors import UserError
from jobs.ingestion.ingest_log import LOG
from jobs.storage.lake import Lake


def require_ingested(lake: Lake, days: Iterable[dt.date]) -> None:
    """Raise UserError, with the command that mends it, where a day lies outside those that were ingested.

    A day between them on which nothing arrived is a day without events, as when a shop is closed.
    """
    known = lake.days(LOG)
    missing = sorted(day for day in days if not known or not known[0] <= day <= known[-1])
    if missing:
        raise UserError(f"{LOG}, {missing[0]}: not in the lake. Expected the day to be ingested first: "
                        f"make nightly DS={missing[0]}")


def first_order_day(lake: Lake) -> dt.date:
    """The first day on which an order arrived.

    Raises:
        UserError: no order was ever kept.
    """
    days = lake.days("orders")
    if not days:
        raise UserError(f"orders, {max(lake.days(LOG), default='no day')}: no row was ever kept. Expected orders to "
                        "compute features of: make sql Q=\"select * from quarantine limit 5\" shows what was put aside.")
    return days[0]
