"""Small tables of after-sales cases in DuckDB, row by row and drawn at random, and the oracle of their histories."""

import datetime as dt
import random
from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from features.case.definitions import NAMES
from jobs.after_sales.case_rows import ASKED, case_rows
from jobs.after_sales.image_copies import EMPTY
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.query import connect
from tests.support.builders import TODAY, at

READ = ("users", "orders", "shipments", "cases", "case_outcomes", "messages", "listings")
Tables = Mapping[str, Sequence[dict]]


def day(number: int) -> dt.date:
    """The date some days after TODAY."""
    return TODAY + dt.timedelta(days=number)


def case(name: str, arrived: int, **more) -> dict:
    """A case that was opened at noon of its day of arrival."""
    return {"case_id": name, "opened_at": at(day(arrived)), "user_id": "u1", "seller_id": "s1", "kind": "refund",
            "reason": "item_not_received", "claim_cents": 1_000, "ds": day(arrived), **more}


def order(name: str, arrived: int, **more) -> dict:
    return {"order_id": name, "ordered_at": at(day(arrived)), "user_id": "u1", "seller_id": "s1", "product_id": "p1",
            "quantity": 1, "amount_cents": 1_000, "discount_cents": 0, "ds": day(arrived), **more}


def parcel(name: str, arrived: int, order_id: str, **more) -> dict:
    return {"shipment_id": name, "shipped_at": at(day(arrived - 3)), "delivered_at": at(day(arrived)),
            "order_id": order_id, "seller_id": "s1", "carrier": "c1", "weight_grams": 100, "ds": day(arrived), **more}


def outcome(name: str, arrived: int, responsible: str, **more) -> dict:
    return {"case_id": name, "closed_at": at(day(arrived)), "outcome": "closed", "responsible": responsible,
            "paid_cents": 0, "appealed": False, "ds": day(arrived), **more}


def attached(tables: Tables, until: dt.date = dt.date.max) -> duckdb.DuckDBPyConnection:
    """A connection with the views that `open_money.attach` gives, of the rows that arrived up to a day."""
    assert set(tables) <= set(READ), "a table that cases do not read"
    db = connect()
    for name in READ:
        rows = [row for row in tables.get(name, ()) if row["ds"] <= until]
        db.register(name, pa.Table.from_pylist(rows, arrow_schema(catalog.find(name))))
    return db


def rows_of(tables: Tables, asked: Sequence[tuple[str, int]], until: dt.date = dt.date.max,
            copies: Sequence[dict] = ()) -> list[dict]:
    """The rows of cases, each as of a day: {name: value}."""
    found = pa.Table.from_pylist([{"case_id": name, "as_of": day(number)} for name, number in asked], ASKED)
    with attached(tables, until) as db:
        return case_rows(db, found, pa.Table.from_pylist(list(copies), EMPTY)).to_pylist()


def row_of(tables: Tables, name: str, as_of: int, **more) -> dict:
    """The row of one case."""
    (row,) = rows_of(tables, [(name, as_of)], **more)
    return row


def drawn_tables(seed: int, cases: int = 120) -> dict[str, list[dict]]:
    """Tables of 300 days in which everything arrives early, late, twice or never, and outcomes are reversed."""
    draw = random.Random(seed)
    tables: dict[str, list[dict]] = {name: [] for name in READ}

    def put(table: str, row: dict, **change) -> None:
        tables[table].append(row)
        if draw.random() < 0.15:  # delivered again, perhaps otherwise
            arrived = row["ds"] + dt.timedelta(days=draw.randint(8, 60))
            tables[table].append({**row, **{name: draw.choice(values) for name, values in change.items()},
                                  "ds": arrived})

    for number in range(cases):
        arrived = draw.randint(-300, 0)
        people = {"user_id": draw.choice(["u1", "u2", "u3", None]), "seller_id": draw.choice(["s1", "s2", "s3", None])}
        reason = draw.choice(["item_not_received", "damaged", None])
        if draw.random() < 0.85:
            put("orders", order(f"o{number}", arrived + draw.randint(-20, 15), **people | {
                "seller_id": people["seller_id"] or draw.choice(["s1", "s2"]),
                "product_id": draw.choice(["p1", "p2", "p3", None])}), product_id=["p1", "p2"], user_id=["u1", "u2"])
        for one in range(draw.choice([0, 1, 1, 2])):
            put("shipments", parcel(f"t{number}-{one}", arrived + draw.randint(-10, 30), f"o{number}",
                                    carrier=draw.choice(["c1", "c2", None]), weight_grams=draw.choice(
                                        [None, 0, 90, 333, 1_001])), carrier=["c1", "c2"], weight_grams=[80, 700])
        put("cases", case(f"k{number:03}", arrived, order_id=draw.choice([f"o{number}", f"o{number}", None]),
                          reason=reason, claim_cents=draw.choice([None, 500, 900]), **people), user_id=["u1", "u2"])
        closed = arrived
        for _ in range(draw.choice([0, 1, 1, 2, 3])):
            closed += draw.randint(-2, 120) if closed == arrived else draw.randint(1, 120)
            tables["case_outcomes"].append(outcome(
                f"k{number:03}", closed, draw.choice(["buyer", "seller", "carrier", "platform", "undetermined"]),
                paid_cents=draw.choice([None, 0, 500, 900])))
        for one in range(draw.choice([0, 0, 1, 3])):
            put("messages", {"message_id": f"m{number}-{one}", "case_id": f"k{number:03}", "ds": day(arrived + one),
                             "sent_at": at(day(arrived), draw.randrange(3)), "text": draw.choice(
                                 ["our mistake", "I have it now", None]), "role": draw.choice(["buyer", "seller"])})
    for number in range(20):
        put("listings", {"listing_version_id": f"l{number}", "changed_at": at(day(draw.randint(-300, 0))),
                         "product_id": draw.choice(["p1", "p2", "p3"]), "seller_id": "s1", "title": "a cup",
                         "description": draw.choice(["The best cup!", "A cup", None]), "price_cents": 900 + number,
                         "ds": day(draw.randint(-300, 10))})
    return tables


def asked_of(tables: Tables, seed: int) -> list[tuple[str, int]]:
    """Each case on the day of its arrival and on some later days."""
    draw, first = random.Random(seed), first_by(tables["cases"], "case_id", "opened_at")
    return sorted({(name, (row["ds"] - TODAY).days + late) for name, row in first.items()
                   for late in (0, draw.randint(0, 30), draw.randint(100, 200))})


def shuffled(tables: Tables, seed: int) -> dict[str, list[dict]]:
    draw = random.Random(seed)
    return {name: draw.sample(rows, len(rows)) for name, rows in tables.items()}


def features(row: dict) -> dict:
    return {name: row[name] for name in NAMES}


def first_by(rows: Sequence[dict], key: str, time: str) -> dict[str, dict]:
    """The first delivery of each key."""
    found: dict[str, dict] = {}
    for row in sorted(rows, key=lambda row: (row["ds"], row[time])):
        found.setdefault(row[key], row)
    return found
