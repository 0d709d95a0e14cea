"""The lake as commands about cases read it: views of what had arrived by a day, and near copies of photos."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from features.inputs.tables import CASES, TABLES
from jobs.after_sales.photo_copies import photo_copies
from jobs.decisions import open_money
from jobs.errors import UserError
from jobs.storage.lake import Lake
from jobs.storage.query import connect


@dataclass(frozen=True)
class CaseLake:
    """A connection with a view of each event table, up to a day.

    Attributes:
        copies: rows of `photo_copies`. tables: names of the input tables that are there.
    """

    db: duckdb.DuckDBPyConnection
    copies: pa.Table
    tables: list[str]


@contextmanager
def open_lake(lake: Lake, until: dt.date) -> Iterator[CaseLake]:
    """Open the events that had arrived by a day.

    Raises:
        UserError: no case had arrived.
    """
    first = min(lake.days(CASES.name), default=None)
    if first is None or until < first:
        raise UserError(f"{CASES.name}: found no case that had arrived by {until}, expected "
                        + (f"a day from {first} on" if first else "the table of the cases; ingest it: make nightly"))
    with connect() as db:
        open_money.attach(db, lake, until)
        tables = [name for name in TABLES if any(day <= until for day in lake.days(name))]
        yield CaseLake(db, photo_copies(db), tables)


def last_case_day(lake: Lake) -> dt.date:
    """Return the last day on which an event about a case, or an order, arrived.

    Raises:
        UserError: there is no case.
    """
    days = lake.days(CASES.name)
    if not days:
        raise UserError(f"{CASES.name}: found no case in {lake.root}, expected the table of the cases; "
                        "ingest it: make nightly")
    return max(max(lake.days(name), default=days[-1]) for name in ("cases", "case_outcomes", "messages", "orders"))
