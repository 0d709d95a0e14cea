"""Landing files: one folder per table and day of arrival, in three formats.

A day without rows still has a file, because a missing folder means a failed delivery.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from jobs.simulate import action_tables, columns, data_faults
from jobs.simulate.rows import Rows, concat, count, take
from jobs.simulate.seeds import ACTED

FORMATS = {
    "users": "parquet", "sellers": "parquet", "creators": "jsonl", "orders": "parquet", "shipments": "csv",
    "reviews": "csv", "clicks": "parquet", "logins": "parquet", "incentives": "jsonl", "cases": "csv",
    "case_outcomes": "csv", "accesses": "parquet", "verdicts": "jsonl",
    "actions_taken": "parquet", "overrides": "csv", "appeals": "jsonl", "review_samples": "csv",
    "messages": "jsonl", "listings": "parquet",
}
# Columns of a row in the marketplace with actions: whether it happens there, and other values of its columns.
ACTED_COLUMN, ACTED_VALUES = "acted", {"acted_loss": "loss"}


@dataclass
class Deliveries:
    """The landing folders of a marketplace: with actions, and without them; None for a folder that nobody wants."""

    seed: int
    days: int
    first_day: np.datetime64
    with_actions: Path | None
    without_actions: Path | None
    landed: dict[str, int] = field(default_factory=dict)
    today: dict[str, Rows] = field(default_factory=dict)
    added: dict[str, list[Rows]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.faults = data_faults.DeliveryFaults(self.seed, self.days)
        self.added_faults = data_faults.DeliveryFaults(self.seed, self.days, ACTED, flaws=False)

    def land(self, table: str, rows: Rows, day: int) -> None:
        """Deliver today's rows of the marketplace without actions; `acted` says which also happen with actions."""
        self.today[table] = self.faults.deliver(table, rows, day)

    def land_added(self, table: str, rows: Rows, day: int) -> None:
        """Add today's rows that happen only with actions."""
        self.added.setdefault(table, []).append(rows)

    def write(self, day: int) -> None:
        """Write the files of the day."""
        for table in FORMATS:
            if table in action_tables.EMPTY:
                self.today[table] = self.faults.deliver(table, action_tables.EMPTY[table], day)
            arrived = self.today.pop(table)
            if self.without_actions:
                land(self.without_actions, table, arrived, self.first_day, day)
            if self.with_actions:
                arrived = self._with_actions(table, arrived, day)
                land(self.with_actions, table, arrived, self.first_day, day)
            self.landed[table] = self.landed.get(table, 0) + count(arrived)

    def _with_actions(self, table: str, arrived: Rows, day: int) -> Rows:
        if ACTED_COLUMN in arrived:
            arrived = take(arrived, arrived[ACTED_COLUMN])
        arrived = arrived | {column: arrived[name] for name, column in ACTED_VALUES.items() if name in arrived}
        arrived = {name: values for name, values in arrived.items() if name not in (ACTED_COLUMN, *ACTED_VALUES)}
        no_rows = {name: values[:0] for name, values in arrived.items() if name != "flaw"}
        added = self.added_faults.deliver(table, concat([no_rows, *self.added.pop(table, [])]), day)
        if not count(added):
            return arrived
        rows = concat([arrived, added])
        cut = (rows["flaw"] == data_faults.CUT) & (table == "cases")
        return take(rows, np.lexsort((rows["number"], rows["time"], cut)))


def land(folder: Path, table: str, arrived: Rows, first_day: np.datetime64, day: int) -> None:
    """Write the file of one table and day; `arrived` has the order of `DeliveryFaults.deliver`."""
    rows = pa.table(columns.OF[table](arrived, first_day))
    target = folder / table / f"ds={first_day + day}" / f"part-0.{FORMATS[table]}"
    target.parent.mkdir(parents=True, exist_ok=True)
    WRITERS[FORMATS[table]](rows, target)
    if table == "cases" and count(arrived) and arrived["flaw"][-1] == data_faults.CUT:
        _cut_last_line(target)


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


WRITERS = {"parquet": _parquet, "csv": _csv, "jsonl": _jsonl}
