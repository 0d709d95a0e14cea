"""Entries of the ledger: what changed in the books on a day. None is ever edited; a correction is another entry."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from jobs.ledger.accounts import GROSS_LOSS, REVERSED
from jobs.ledger.positions import POSITIONS

KEY = ("account", "source_table", "source_id", "borne_by")
Row = dict[str, Any]


def entries(booked: pa.Table, positions: pa.Table, ds: dt.date) -> list[Row]:
    """Return the entries of a day: after them, the sum of all entries of a key is its position.

    A position that has changed in amount or in meaning is reversed as it was booked, on the day on which that is known,
    and booked anew. A loss is reversed on the account `reversed`, everything else on its own account.

    Args:
        booked: all booked entries of earlier days, in any order: the columns of POSITIONS and `ds`.
        positions: of the day.

    Returns:
        Rows with the columns of POSITIONS, ds and entry_id, ordered by key; reversals before what replaces them.
    """
    before, now = _standing(booked), {_key(row): row for row in positions.to_pylist()}
    return [entry for key in sorted(before.keys() | now.keys(), key=str)
            for entry in _changes(before.get(key), now.get(key), ds)]


def _standing(booked: pa.Table) -> dict[tuple, Row]:
    """Return the position of each key by its entries: the meaning of its last entry, with the sum of its amounts."""
    found: dict[tuple, Row] = {}
    # Of two entries of one day the reversal comes first, so that the last one has the meaning that stands.
    for row in sorted(booked.to_pylist(), key=lambda row: (row["ds"], row["amount_cents"] > 0)):
        account = GROSS_LOSS if row["account"] == REVERSED else row["account"]
        row = {name: row[name] for name in POSITIONS.names} | {"account": account}
        total = row["amount_cents"] + (found[_key(row)]["amount_cents"] if _key(row) in found else 0)
        found[_key(row)] = row | {"amount_cents": total}
    return {key: row for key, row in found.items() if row["amount_cents"]}


def _key(row: Row) -> tuple:
    return tuple(row[name] for name in KEY)


def _changes(before: Row | None, now: Row | None, ds: dt.date) -> Iterator[Row]:
    if before == now:
        return
    if before:
        account = REVERSED if before["account"] == GROSS_LOSS else before["account"]
        yield _entry(before | {"account": account, "amount_cents": -before["amount_cents"]}, ds)
    if now:
        yield _entry(now, ds)


def _entry(row: Row, ds: dt.date) -> Row:
    text = "|".join(str(row[name]) for name in (*KEY, "amount_cents"))
    return row | {"ds": ds, "entry_id": hashlib.sha256(f"{ds}|{text}".encode()).hexdigest()[:16]}
