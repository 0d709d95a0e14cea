"""Rows of closed cases whose party at fault is planted in their features, for the model of cases."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.case.definitions import NAMES
from jobs.after_sales.case_rows import FACTS
from tests.support.builders import TODAY, at

SIGNS = ("photo_copies", "weight_ratio", "days_without_scan", "platform_admits")  # of each party
WORDS = ("I found it after all", "our mistake, packed badly", "the carrier cannot find it", "it was charged twice")
SCHEMA = pa.schema([(name, {"as_of": pa.date32(), "opened_at": pa.timestamp("us", "UTC")}.get(name, pa.string()))
                    for name in (*FACTS, "conversation")] + [(name, pa.float64()) for name in NAMES])


@dataclass(frozen=True)
class Closed:
    """rows, what the desk said (label), what was right (truth), a second review (-1 without), and the paid share."""

    rows: pa.Table
    label: np.ndarray
    truth: np.ndarray
    second: np.ndarray
    paid_share: np.ndarray


def closed(count: int, seed: int = 1, *, reviewed: float = 1.0, desk_errs: float = 0.1, unclear: float = 0.2,
            sellers: int = 40, with_words: bool = True) -> Closed:
    """Cases of which a share is unclear: they show nothing. The desk blames the seller where it errs."""
    draw = np.random.default_rng(seed)
    truth = draw.choice(4, count, p=[0.45, 0.35, 0.15, 0.05])
    label = np.where(draw.random(count) < desk_errs, 1, truth)
    clear = draw.random(count) >= unclear
    rows = []
    for number in range(count):
        shown = {name: 1.0 if clear[number] and truth[number] == place else 0.0 for place, name in enumerate(SIGNS)}
        kind = ("refund", "return")[number % 2]
        rows.append({"case_id": f"k{number:05}", "as_of": TODAY, "opened_at": at(TODAY), "order_id": f"o{number}",
                     "user_id": f"u{number % 97}", "seller_id": f"s{draw.integers(sellers)}", "kind": kind,
                     "reason": (None, "damaged", "item_not_received")[number % 3],
                     "text": "please help" if with_words else None,
                     "conversation": WORDS[truth[number]] if with_words and clear[number] else None,
                     **shown, "claim_cents": float(draw.integers(500, 5_000)), "messages": 2.0})
    second = np.where(draw.random(count) < reviewed, truth, -1)
    paid = np.where(truth == 0, 0.0, np.where(draw.random(count) < 0.8, 1.0, draw.random(count)))
    return Closed(pa.Table.from_pylist(rows, SCHEMA), label, truth, second, paid)


def with_column(rows: pa.Table, name: str, values) -> pa.Table:
    """The rows with other values of a column."""
    place = rows.schema.get_field_index(name)
    return rows.set_column(place, rows.schema.field(place), pa.array(list(values), rows.schema.field(place).type))


def on_day(rows: pa.Table, day: dt.date) -> pa.Table:
    return with_column(rows, "as_of", [day] * len(rows))
