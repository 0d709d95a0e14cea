"""Days of landed rows, ingested into a lake through a gate without audits, and what the lake holds then."""

import json
from collections import Counter

from features.inputs.tables import TABLES
from jobs.ingestion.ingest_days import ingest
from jobs.ingestion.ingest_log import LOG
from jobs.ingestion.redelivery import REPETITIONS
from jobs.quality.commit_gate import audit_and_commit
from jobs.storage import catalog
from jobs.storage.lake import Lake


def order(order_id, **change):
    return {"order_id": order_id, "ordered_at": "2026-11-18 08:30:00", "seller_id": "s1", "quantity": 1,
            "amount_cents": 250, **change}


def land(config, table, ds, *lines, name="part-0.jsonl"):
    """Rows, or lines as they are, as one file."""
    file = config.landing / table / f"ds={ds}" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))


def commit(spark, lake, ds):
    """Through the gate, with no promise to hold: what is looked at here are the rows."""
    audit_and_commit(spark, lake, "events", ds, [(table, lambda df, written: []) for table in (
        *TABLES, catalog.QUARANTINE.name, REPETITIONS, LOG)])


def taken_in(spark, config, root, days, run="range"):
    ingest(spark, config, Lake(str(root), run), days)
    commit(spark, Lake(str(root), run), days[-1])


def rows(root, table):
    """Every row of a table, in an order of its own."""
    found = Lake(str(root)).arrow(table).to_table().to_pylist()
    return sorted(found, key=lambda row: json.dumps(row, default=str, sort_keys=True))


def everything(root):
    return {table: rows(root, table) for table in ("orders", "quarantine", LOG)}


def ids(root, table="orders"):
    return Counter((row["order_id"], row["ds"]) for row in rows(root, table))
