"""Writing the files: one folder per table and day of arrival, in the three formats that a lake meets.

A day without rows still lands a file, because a missing folder means that a delivery failed.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from jobs.simulate import cases, ids, mess, verdicts
from jobs.simulate.rhythm import DAY
from jobs.simulate.world import CATEGORIES, REGIONS, SLOTS

# What buyers write, by reason; commas, quotes and accents are meant.
TEXTS = (
    ("I changed my mind", "no longer needed, sorry", "", ""),
    ("too small", "ordered M, got M, but it fits like S", "", ""),
    ("arrived broken", "the box was open, the handle is \"cracked\"", "déjà cassé à l'arrivée", ""),
    ("not what the picture shows", "colour is wrong", "a copy, not the real thing", ""),
    ("never arrived", "it says delivered, but nothing came", "where is my parcel?", ""),
    ("I did not order this", "this was not me, please block the card", "", ""),
    ("too late", "came after the birthday", "waiting for weeks", ""),
)


def users(people: pd.DataFrame, first_day: np.datetime64) -> pa.Table:
    """The rows of `users`."""
    home = people["number"] * SLOTS
    return pa.table({
        "user_id": ids.numbered("u", people["number"], 7),
        "registered_at": ids.timestamps(people["time"], first_day),
        "region": ids.named(REGIONS, people["region"]), "device_id": ids.scrambled("d", home),
        "ip": ids.network(people["home"] * SLOTS), "phone_id": ids.scrambled("t", people["phone"]),
        "referrer_id": ids.numbered("u", people["referrer"], 7),
    })


def sellers(shops: pd.DataFrame, first_day: np.datetime64) -> pa.Table:
    """The rows of `sellers`."""
    return pa.table({
        "seller_id": ids.numbered("s", shops["number"], 6),
        "registered_at": ids.timestamps(shops["time"], first_day),
        "region": ids.named(REGIONS, shops["region"]), "category": ids.named(CATEGORIES, shops["category"]),
        "payout_id": ids.scrambled("b", shops["payout"]), "device_id": ids.scrambled("e", shops["owner"]),
        "owner_id": ids.numbered("w", shops["owner"], 6),
    })


def orders(bought: pd.DataFrame, first_day: np.datetime64) -> pa.Table:
    """The rows of `orders`. The amount is text on every day, as in any export that has met a bad one."""
    bad, at = bought["flaw"].to_numpy(), mess.numbers("orders")
    amount = bought["amount"].to_numpy() * np.where(bad == at["amount is negative"], -1, 1)
    time = bought["time"].to_numpy() + np.where(bad == at["from the future"], 40 * DAY, 0)
    return pa.table({
        "order_id": ids.numbered("o", bought["number"], 8), "ordered_at": ids.timestamps(time, first_day),
        "user_id": ids.numbered("u", bought["user"], 7),
        "seller_id": ids.numbered("s", np.where(bad == at["no seller"], -1, bought["seller"]), 6),
        "creator_id": ids.numbered("cr", bought["creator"], 4),
        "product_id": ids.numbered("p", bought["product"], 8),
        "category": ids.named(CATEGORIES, bought["category"]), "quantity": bought["quantity"].to_numpy(),
        "amount_cents": _money(amount, bad == at["amount is words"]),
        "discount_cents": bought["discount"].to_numpy(),
        "campaign_id": ids.numbered("flash", bought["campaign"], 3),
        "payment_id": ids.scrambled("m", bought["payment"]),
        "device_id": ids.scrambled("d", bought["device"]), "ip": ids.network(bought["ip"]),
        "address_id": ids.scrambled("a", bought["address"]),
    })


def claims(opened: pd.DataFrame, first_day: np.datetime64) -> pa.Table:
    """The rows of `cases`, all text."""
    bad, at = opened["flaw"].to_numpy(), mess.numbers("cases")
    kinds = (*cases.KINDS, "exchange")
    kind = np.where(bad == at["unknown kind"], len(kinds) - 1, opened["kind"])
    written = opened["reason"].to_numpy() * len(TEXTS[0]) + opened["number"].to_numpy() % len(TEXTS[0])
    return pa.table({
        "case_id": ids.numbered("c", opened["number"], 8),
        "opened_at": ids.written_times(opened["time"], first_day),
        "order_id": ids.numbered("o", opened["order"], 8), "user_id": ids.numbered("u", opened["user"], 7),
        "seller_id": ids.numbered("s", np.where(bad == at["no seller"], -1, opened["seller"]), 6),
        "kind": ids.named(kinds, kind), "reason": ids.named(cases.REASONS, opened["reason"]),
        "claim_cents": _money(opened["claim"].to_numpy(), bad == at["claim is words"]),
        "evidence_id": ids.scrambled("f", opened["evidence"]),
        "text": ids.named(tuple(text or None for texts in TEXTS for text in texts), written),
    })


def decisions(decided: pd.DataFrame, first_day: np.datetime64) -> pa.Table:
    """The rows of `verdicts`."""
    unknown = decided["flaw"] == mess.numbers("verdicts")["unknown entity"]
    entity = np.where(unknown, "shop", decided["entity"])
    return pa.table({
        "verdict_id": ids.numbered("v", decided["number"], 6),
        "decided_at": ids.written_times(decided["time"], first_day),
        "entity": pa.array(entity, pa.string()), "entity_id": entity_ids(decided),
        "risk": pa.array(decided["risk"], pa.string()), "confirmed": decided["confirmed"].to_numpy(bool),
        "incident_from": ids.calendar_days(decided["start"], first_day),
        "incident_to": ids.calendar_days(decided["end"], first_day),
        "source": ids.named(verdicts.SOURCES, decided["source"]), "loss_cents": _loss(decided["loss"]),
    })


def truth(incidents: pd.DataFrame, first_day: np.datetime64) -> pa.Table:
    """What was planted, found or not: one row per incident."""
    return pa.table({
        "entity": pa.array(incidents["entity"], pa.string()), "entity_id": entity_ids(incidents),
        "risk": pa.array(incidents["risk"], pa.string()),
        "incident_from": ids.calendar_days(incidents["start"], first_day).cast(pa.date32()),
        "incident_to": ids.calendar_days(incidents["end"], first_day).cast(pa.date32()),
        "loss_cents": _loss(incidents["loss"]),
    })


def entity_ids(frame: pd.DataFrame) -> pa.Array:
    """Identifiers of sellers and users in one column, by `entity` and `who`."""
    return pc.if_else(pa.array(frame["entity"] == "seller"), ids.numbered("s", frame["who"], 6),
                      ids.numbered("u", frame["who"], 7))


def _money(cents: np.ndarray, as_words: np.ndarray) -> pa.Array:
    return pc.if_else(pa.array(as_words), "n/a (see note)", pa.array(cents).cast(pa.string()))


def _loss(cents: pd.Series) -> pa.Array:
    return pa.array(cents.to_numpy(np.int64), mask=cents.to_numpy() < 0)


def land(folder: Path, table: str, landed: pd.DataFrame, calendar: np.ndarray) -> None:
    """Write one file per day of the calendar; `landed` is in order of arrival (see `mess.deliver`)."""
    rows = COLUMNS[table](landed, calendar[0])
    cut = landed["flaw"].to_numpy() == mess.CUT if table == "cases" else np.zeros(len(landed), bool)
    edges = np.searchsorted(landed["arrival"].to_numpy(), np.arange(len(calendar) + 1))
    for day, start, stop in zip(calendar, edges[:-1], edges[1:], strict=True):
        target = folder / table / f"ds={day}" / f"part-0.{FORMATS[table]}"
        target.parent.mkdir(parents=True, exist_ok=True)
        WRITERS[FORMATS[table]](rows.slice(start, stop - start), target)
        if stop > start and cut[stop - 1]:
            _cut_last_line(target)


def keep_truth(home: Path, incidents: pd.DataFrame, first_day: np.datetime64) -> None:
    """What was planted, apart from everything that a job reads."""
    (home / "truth").mkdir(parents=True, exist_ok=True)
    pq.write_table(truth(incidents, first_day), home / "truth" / "incidents.parquet")


def _cut_last_line(target: Path) -> None:
    whole = target.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    target.write_bytes(whole[:last + 30])


def _parquet(rows: pa.Table, target: Path) -> None:
    pq.write_table(rows, target, compression="snappy")


def _csv(rows: pa.Table, target: Path) -> None:
    pacsv.write_csv(rows, target)


def _jsonl(rows: pa.Table, target: Path) -> None:
    target.write_text("".join(json.dumps(row) + "\n" for row in rows.to_pylist()))


COLUMNS = {"users": users, "sellers": sellers, "orders": orders, "cases": claims, "verdicts": decisions}
FORMATS = {"users": "parquet", "sellers": "parquet", "orders": "parquet", "cases": "csv", "verdicts": "jsonl"}
WRITERS = {"parquet": _parquet, "csv": _csv, "jsonl": _jsonl}
