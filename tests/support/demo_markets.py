"""Small demo marketplaces (simulated): one without attacks, and one with actions beside the same one without them."""

import csv
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from jobs.simulate import __main__ as simulate
from jobs.simulate import pairs

UNTIL, DAYS, SEED = date(2026, 11, 20), 75, 7
FIRST = UNTIL - timedelta(days=DAYS - 1)
ACTED = UNTIL - timedelta(days=45)  # no action is asked for before this day
COLUMNS = ("ds", "entity", "entity_id", "action", "risk", "inclusion_probability", "decision_id")
WIDTHS = {"seller": ("s", 6, 120), "user": ("u", 7, 300), "creator": ("c", 5, 40)}
SUSPECTED = {"seller": "brushing", "user": "refund_abuse", "creator": "traffic_fraud"}


def arguments(home: Path, *more: str) -> list[str]:
    """Return the arguments of a small marketplace below a home."""
    return ["--home", str(home), "--until", str(UNTIL), "--days", str(DAYS), "--size", "small", "--seed", str(SEED),
            *more]


def null_world(folder: Path) -> Path:
    """Make a marketplace without attacks, and return its home."""
    simulate.main(arguments(folder, "--only", "none"))
    return folder


def world_pair(folder: Path) -> Path:
    """Make a marketplace with and without actions on attackers, honest entities and orders; `actions.csv` has them."""
    simulate.main(arguments(folder / "plain"))
    with (folder / "actions.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *chosen_actions(folder / "plain")])
    pairs.main(arguments(folder, "--actions", str(folder / "actions.csv")))
    return folder


def chosen_actions(plain: Path) -> list[tuple]:
    """Return actions of every kind, in turns, on attackers at work and on some honest entities and orders."""
    incidents = sorted(pq.read_table(plain / "truth" / "incidents.parquet").to_pylist(),
                       key=lambda row: (row["entity"], row["entity_id"]))
    planted, rows = {row["entity_id"] for row in incidents}, []
    for nth, row in enumerate(incidents):
        day = row["incident_from"] + timedelta(days=0 if row["entity"] == "order" else 3)
        words = ("hold", "review") if row["entity"] == "order" else ("stop", "review", "stop", "watch")
        if day >= ACTED and nth % 3:
            rows.append((day, row["entity"], row["entity_id"], words[nth // 3 % len(words)], row["risk"]))
    for entity, (prefix, width, total) in WIDTHS.items():
        honest = [name for name in (f"{prefix}{number:0{width}d}" for number in range(total)) if name not in planted]
        rows += [(ACTED + timedelta(days=nth % 20), entity, name, ("stop", "review", "watch")[nth % 3],
                  SUSPECTED[entity]) for nth, name in enumerate(honest[::2])]
    rows += [(day, "order", order, ("hold", "review")[nth % 2], "payment_fraud")
             for nth, (order, day) in enumerate(_orders(plain)) if order not in planted]
    samples = [(day, entity, name, "sample", risk) for day, entity, name, _, risk in rows[::2]]
    return [(*row, 0.25 if row[3] == "sample" else "", f"d{nth:05d}") for nth, row in enumerate(rows + samples)]


def _orders(plain: Path) -> list[tuple[str, date]]:
    query = f"""select order_id, ordered_at::date from read_parquet('{plain}/landing/orders/*/*.parquet')
        where ordered_at::date between date '{ACTED}' and date '{UNTIL}' and order_id like '%7'
        order by all limit 120"""
    return duckdb.execute(query).fetchall()
