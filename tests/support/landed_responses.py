"""What people answered, landed by hand: a row or two of each table, good and bad."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

FORMATS = ("csv", "jsonl", "parquet")


def responses(ds) -> dict[str, list[dict[str, str | None]]]:
    """By table: good rows of a day."""
    about = {"entity": "seller", "entity_id": "s000001"}
    at = f"{ds} 08:30:00"
    return {
        "actions_taken": [
            {"action_id": "a1", "taken_at": at, "decision_id": "d1", **about, "risk": "brushing",
             "action": "hold_payouts", "executed": "true", "until": str(ds), "operator_id": "ann"},
            {"action_id": "a2", "taken_at": at, "decision_id": None, **about, "risk": None, "action": "close",
             "executed": "false", "until": None, "operator_id": "ben"}],
        "overrides": [
            {"override_id": "o1", "created_at": at, **about, "risk": None, "effect": "exempt", "action": None,
             "from_day": str(ds), "until_day": str(ds), "reason": "known to us", "author_id": "ann"},
            {"override_id": "o2", "created_at": at, **about, "risk": "click_farm", "effect": "force",
             "action": "hold_payouts", "from_day": str(ds), "until_day": str(ds), "reason": "an audit, \"phase 2\"",
             "author_id": "ben"}],
        "appeals": [
            {"appeal_id": "p1", "filed_at": at, **about, "action_id": "a1", "outcome": "open", "decided_at": None,
             "compensation_cents": None},
            {"appeal_id": "p2", "filed_at": at, **about, "action_id": None, "outcome": "upheld",
             "decided_at": f"{ds} 18:00:00", "compensation_cents": "500"}],
        "review_samples": [
            {"sample_id": "d2", "drawn_at": at, **about, "risk": "brushing", "inclusion_probability": "0.0625",
             "verdict": None, "reviewed_at": None},
            {"sample_id": "d3", "drawn_at": at, **about, "risk": "click_farm", "inclusion_probability": "1e-3",
             "verdict": "false", "reviewed_at": f"{ds} 18:00:00"}],
    }


# By table: changes of the first good row, each of which breaks a rule.
BAD = {
    "actions_taken": [{"until": "2020-01-01"}, {"executed": None}, {"risk": "refund_abuse"}],
    "overrides": [{"until_day": None}, {"until_day": "2020-01-01"}, {"effect": "force"}],
    "appeals": [{"outcome": "rejected"}, {"outcome": "lost"}, {"compensation_cents": "-1"}],
    "review_samples": [{"inclusion_probability": text} for text in ("0", "NaN", "1e400", "-0.0", "1.5", "half")],
}


def with_bad_rows(ds) -> dict[str, list[dict[str, str | None]]]:
    """By table: the good rows, the first of them twice, and one row for each of `BAD`."""
    rows = responses(ds)
    for table, good in rows.items():
        key = next(iter(good[0]))
        bad = [good[0] | {key: f"bad {n}"} | change for n, change in enumerate(BAD[table])]
        rows[table] = [*good, good[0], *bad]
    return rows


def land(landing: Path, ds, rows: dict[str, list[dict[str, str | None]]], kind: str) -> None:
    """Write one file of texts for each table, in a format."""
    for table, table_rows in rows.items():
        file = landing / table / f"ds={ds}" / f"by-hand.{kind}"
        file.parent.mkdir(parents=True, exist_ok=True)
        if kind == "parquet":
            schema = pa.schema([(name, pa.string()) for name in table_rows[0]])
            pq.write_table(pa.Table.from_pylist(table_rows, schema), file)
        elif kind == "jsonl":
            file.write_text("".join(json.dumps(row) + "\n" for row in table_rows))
        else:
            with file.open("w", newline="") as opened:
                writer = csv.DictWriter(opened, list(table_rows[0]))
                writer.writeheader()
                writer.writerows(table_rows)
