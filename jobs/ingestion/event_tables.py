"""Event tables of some days, from what landed or was selected: validated, told apart from repetitions, written, staged.

Nothing is committed here. Every row that came in is kept, quarantined or dropped, or nothing is staged.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from features.frames.day_bitmap import DayRange
from features.frames.union import union_all
from features.inputs import deduplication, validation
from features.inputs.contract import Table
from features.inputs.masking import Key
from features.inputs.tables import TABLES
from jobs.errors import UserError
from jobs.ingestion import ingest_log, masking_key
from jobs.ingestion.ingest_log import LOG, LogEntry
from jobs.ingestion.input_fingerprint import input_fingerprint, listing
from jobs.ingestion.landing_inventory import Inventory, TableDay
from jobs.ingestion.landing_reader import damaged_file, read_files
from jobs.ingestion.redelivery import REPETITIONS, affected_days
from jobs.ingestion.source_queries import read_source
from jobs.runtime import console, day_ranges
from jobs.settings import Settings
from jobs.storage import catalog
from jobs.storage.data_files import StagedWrite
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

TABLES_AT_ONCE = 4
FEW_KEYS = 500_000  # that came again, in all tables: some fifty megabytes for every worker

QUARANTINE = catalog.QUARANTINE.name
QUARANTINE_DDL = "table string, rules array<string>, raw string, ds date"
REPETITIONS_DDL = "table string, key string, kept_on date, rows bigint, conflicting bigint, ds date"

Counts = Mapping[TableDay, tuple[int, int]]


@dataclass(frozen=True)
class IngestRun:
    """What is ingested, from where and into which lake; `inventory` is None where SELECTs are read."""

    spark: "SparkSession"
    settings: Settings
    lake: Lake
    key: Key
    days: Mapping[str, Sequence[dt.date]]
    inventory: Inventory | None

    @property
    def all_days(self) -> list[dt.date]:
        """Every day of any table, in order."""
        return sorted({day for days in self.days.values() for day in days})

    @property
    def span(self) -> DayRange:
        """The days among which repetitions are looked for."""
        return DayRange(self.all_days[0] - dt.timedelta(days=deduplication.REPEAT_DAYS), self.all_days[-1])

    def has_input(self, place: TableDay) -> bool:
        """Whether a table's day can be read. What a SELECT gives is not known before."""
        return self.inventory is None or place in self.inventory.files


@dataclass(frozen=True)
class ValidatedRows:
    """One table's rows, validated by its contract and held in memory, and what was kept on the days around."""

    table: Table
    rows: "DataFrame"
    kept_before: "DataFrame | None"

    @property
    def delivered_keys(self) -> list["DataFrame"]:
        before = [] if self.kept_before is None else [deduplication.delivered_keys(self.kept_before, self.table)]
        return [deduplication.delivered_keys(self.rows, self.table), *before]


@dataclass(frozen=True)
class IngestedTable:
    """One table's kept rows, written, and its dropped ones by key; None where no key came again."""

    table: Table
    written: StagedWrite
    dropped: "DataFrame | None"


def ingest_tables(run: IngestRun) -> None:
    """Write and stage every table for its days, with `quarantine`, `repetitions` and `ingest_log`.

    Each table is written by a job of its own; what is counted is counted for all of them at once, because
    thirteen plans cost more than the rows of a day.

    Raises:
        UserError: the lake was masked with another key, or rows are not accounted for.
    """
    masking_key.require_same_key(run.lake, run.key)
    inputs = _inputs(run)  # before the files are read: one that changes meanwhile is read again by the next run
    # Planning a job keeps one core busy and the other idle: tables are ingested side by side.
    with ThreadPoolExecutor(max_workers=TABLES_AT_ONCE) as pool:
        validated = list(pool.map(lambda name: _validate(run, TABLES[name]), run.days))
        repeated, again = _repeated(validated, run.span)
        ingested = list(pool.map(lambda each: _write(run, each, repeated if each.table.name in again else None),
                                 validated))
    if more := _affected(run, ingested):
        ingest_tables(replace(run, days=_with(run.days, more)))
        return
    dropped = _stored_rows([each.dropped for each in ingested if each.dropped is not None])
    entries = _accounted(run, validated, ingested, dropped, inputs)
    for each in ingested:
        if each.written.rows or run.lake.has(each.table.name):  # a table begins with its first row
            run.lake.stage(each.written)
    _write_logs(run, validated, dropped, entries)


def _validate(run: IngestRun, table: Table) -> ValidatedRows:
    """One table's rows.

    They are computed here and once: by a checkpoint and not by a cache, which every later plan would carry
    the whole reading of, and which would answer for the same files after they were mended.
    """
    from pyspark.errors import PySparkException

    days = run.days[table.name]
    try:
        frames = [validation.validate_rows(raw, table, run.key) for raw in _raw(run, table, days)]
        nothing = run.spark.createDataFrame([], f"{table.ddl}, broken array<string>, raw string")
        rows = union_all(frames).localCheckpoint() if frames else nothing
    except PySparkException:
        # An engine's error names no file: the files are read once more to find the one that is damaged.
        damaged = run.inventory and damaged_file(run.inventory.of(table.name, days), table)
        if damaged:
            raise damaged from None
        raise
    return ValidatedRows(table, rows, _kept_before(run, table, days))


def _raw(run: IngestRun, table: Table, days: Sequence[dt.date]) -> list["DataFrame"]:
    if run.inventory is not None:
        return read_files(run.spark, run.inventory.of(table.name, days), table)
    df = read_source(run.spark, run.settings.sources, run.settings.raw, table, days)
    return [] if df is None else [df]


def _kept_before(run: IngestRun, table: Table, days: Sequence[dt.date]) -> "DataFrame | None":
    """Rows that were kept in the week before, and between the days that are ingested; None where there are none."""
    around = set(day_ranges.days_between(run.span.first, run.span.last)) - set(days)
    known = around.intersection(run.lake.days(table.name)) if run.lake.has(table.name) else set()
    return run.lake.read(run.spark, table.name, known) if known else None


def _repeated(validated: Sequence[ValidatedRows], span: DayRange) -> tuple["DataFrame", set[str]]:
    """The keys that came again, and the tables that have any. Few of them are sent to where the rows lie."""
    from pyspark.sql import functions as F

    found = deduplication.repeated_keys([part for each in validated for part in each.delivered_keys],
                                        span).localCheckpoint()
    counts = {row.table: row["count"] for row in found.groupBy("table").count().collect()}
    return F.broadcast(found) if sum(counts.values()) <= FEW_KEYS else found, set(counts)


def _write(run: IngestRun, validated: ValidatedRows, repeated: "DataFrame | None") -> IngestedTable:
    """Write the rows that are kept; `repeated` is None where no key of the table came again."""
    table, dropped = validated.table, None
    if repeated is None:
        kept = deduplication.all_kept(validated.rows, table)
    else:
        settled = deduplication.deduplicate(validated.rows, table, repeated, run.span)
        kept = deduplication.kept_rows(settled, table)
        dropped = deduplication.repetitions(settled, table, repeated, validated.kept_before)
    written = run.lake.write(kept, table.name, run.days[table.name], key=table.key,
                             metadata={masking_key.KEY_ID: run.key.id})
    return IngestedTable(table, written, dropped)


def _affected(run: IngestRun, ingested: Sequence[IngestedTable]) -> dict[str, list[dt.date]]:
    """Later days of each table that must be ingested with these. Days whose input is gone are named."""
    found: dict[str, list[dt.date]] = {}
    for each in ingested:
        name = each.table.name
        for day in sorted(affected_days(run.lake, each.table, run.days[name], each.written)):
            if run.has_input((name, day)):
                found.setdefault(name, []).append(day)
            else:
                console.log(f"warning, {name}, {day}: its repetitions depend on a day that is ingested again, and its "
                            "files are gone; its rows stay as they are")
    return found


def _with(days: Mapping[str, Sequence[dt.date]], more: Mapping[str, Sequence[dt.date]]) -> dict[str, list[dt.date]]:
    return {table: sorted({*some, *more.get(table, ())}) for table, some in days.items()}


def _stored_rows(frames: Sequence["DataFrame"]) -> "DataFrame | None":
    return union_all(frames).localCheckpoint() if frames else None


def _rows_in(validated: Sequence[ValidatedRows]) -> Counts:
    """Rows that came in, and those of them that broke a rule."""
    from pyspark.sql import functions as F

    rows = [each.rows.select(F.lit(each.table.name).alias("table"), "ds", (F.size("broken") > 0).alias("aside"))
            for each in validated]
    found = union_all(rows).groupBy("table", "ds").agg(F.count("*").alias("came"), F.count_if("aside").alias("aside"))
    return {(row.table, row.ds): (row.came, row.aside) for row in found.collect()}


def _dropped(dropped: "DataFrame | None") -> Counts:
    """Rows that were dropped, and those of them that differ from the row that was kept."""
    from pyspark.sql import functions as F

    if dropped is None:
        return {}
    found = dropped.groupBy("table", "ds").agg(F.sum("rows").alias("dropped"), F.sum("conflicting").alias("differ"))
    return {(row.table, row.ds): (row.dropped, row.differ) for row in found.collect()}


def _inputs(run: IngestRun) -> dict[TableDay, dict[str, Any]]:
    """Fingerprint and listing of each table's day; nothing where SELECTs are read."""
    if run.inventory is None:
        return {}
    files = {(table, day): run.inventory.of(table, [day]) for table, days in run.days.items() for day in days}
    return {place: {"input": input_fingerprint(TABLES[place[0]], some, run.key), "files": listing(some)}
            for place, some in files.items()}


def _accounted(run: IngestRun, validated: Sequence[ValidatedRows], ingested: Sequence[IngestedTable],
               repetitions: "DataFrame | None", inputs: Mapping[TableDay, dict[str, Any]]) -> list[LogEntry]:
    """The log's entry of each table and day.

    Each number is counted where it is: what came before it was settled, what was kept in the files
    that were written, what was dropped among the keys that came again.
    """
    kept: dict[str, Counter] = {each.table.name: each.written.rows_by_day for each in ingested}
    came, dropped, entries = _rows_in(validated), _dropped(repetitions), []
    for name, days in run.days.items():
        own = []
        for place in ((name, day) for day in days):
            (rows_in, aside), (again, differ) = came.get(place, (0, 0)), dropped.get(place, (0, 0))
            own.append(LogEntry(*place, rows_in, kept[name][place[1]], aside, again, differ, **inputs.get(place, {})))
        _require_accounted(own)
        _log_counts(name, own)
        entries += own
    return entries


def _require_accounted(entries: Sequence[LogEntry]) -> None:
    for entry in entries:
        ends = entry.kept + entry.quarantined + entry.dropped
        if ends != entry.rows_in:
            raise UserError(f"{entry.table}, {entry.ds}: {entry.rows_in} rows came in, {ends} are accounted for. "
                            "Nothing was committed; please report this with the input.")


def _write_logs(run: IngestRun, validated: Sequence[ValidatedRows], dropped: "DataFrame | None",
                entries: Sequence[LogEntry]) -> None:
    put_aside = {entry.table for entry in entries if entry.quarantined}
    aside = [validation.quarantined(each.rows, each.table) for each in validated if each.table.name in put_aside]
    _stage_log(run, QUARANTINE, QUARANTINE_DDL, aside)
    _stage_log(run, REPETITIONS, REPETITIONS_DDL, [] if dropped is None else [dropped])
    own = {entry.place for entry in entries}
    others = [entry for place, entry in ingest_log.read(run.lake, run.all_days).items() if place not in own]
    log = pa.Table.from_pylist([entry.as_row() for entry in (*entries, *others)], ingest_log.SCHEMA)
    run.lake.stage(run.lake.write(run.spark.createDataFrame(log), LOG, run.all_days, key="table"))


def _stage_log(run: IngestRun, name: str, ddl: str, frames: list["DataFrame"]) -> None:
    """Write rows about the tables that are ingested in place of their own; those of other tables stay."""
    rows = [run.spark.createDataFrame([], ddl), *frames, *_of_other_tables(run, name)]
    run.lake.stage(run.lake.write(union_all(rows), name, run.all_days, key="table"))


def _of_other_tables(run: IngestRun, name: str) -> list["DataFrame"]:
    from pyspark.sql import functions as F

    known = set(run.lake.days(name)) if run.lake.has(name) else set()
    frames = []
    for day in known.intersection(run.all_days):
        own = [table for table, days in run.days.items() if day in days]
        frames.append(run.lake.read(run.spark, name, [day]).where(~F.col("table").isin(*own)))
    return frames


def _log_counts(table: str, counted: Sequence[LogEntry]) -> None:
    came, kept, aside, dropped, differ = (sum(getattr(entry, name) for entry in counted) for name in (
        "rows_in", "kept", "quarantined", "dropped", "conflicting"))
    span = f"{len(counted)} days" if len(counted) != 1 else str(counted[0].ds)
    console.log(f"{table}, {span}: {came:,} rows in = {kept:,} kept + {aside:,} quarantined + {dropped:,} dropped")
    if differ:
        console.log(f"warning, {table}, {span}: {differ:,} of the dropped rows differ from the row kept under their "
                    f"{TABLES[table].key}; table {REPETITIONS} has the keys")
