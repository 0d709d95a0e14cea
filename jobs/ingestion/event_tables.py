"""Event tables of some days, from landed files or SELECTs: validated, deduplicated, written and staged.

This module commits nothing. Every row of the input is kept, quarantined or dropped; else nothing is staged.
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
from jobs.storage.catalog import OutputTable
from jobs.storage.data_files import StagedWrite
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

TABLES_AT_ONCE = 4
FEW_KEYS = 500_000  # repeated keys of all tables that are broadcast: about 50 MB for every worker

Counts = Mapping[TableDay, tuple[int, int]]


@dataclass(frozen=True)
class IngestRun:
    """The table days to ingest, their source and the lake. `inventory` is None where SELECTs are read."""

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
    def day_range(self) -> DayRange:
        """Days whose rows are compared for repetitions."""
        return DayRange(self.all_days[0] - dt.timedelta(days=deduplication.REPEAT_DAYS), self.all_days[-1])

    def has_input(self, table_day: TableDay) -> bool:
        """Return whether a table day can be read. Any day of a SELECT can be read."""
        return self.inventory is None or table_day in self.inventory.files


@dataclass(frozen=True)
class ValidatedRows:
    """One table's rows, validated by its contract and materialized.

    `kept_before` has the rows that were kept on the days around; None where there are none.
    """

    table: Table
    rows: "DataFrame"
    kept_before: "DataFrame | None"

    @property
    def delivered_keys(self) -> list["DataFrame"]:
        before = [] if self.kept_before is None else [deduplication.delivered_keys(self.kept_before, self.table)]
        return [deduplication.delivered_keys(self.rows, self.table), *before]


@dataclass(frozen=True)
class IngestedTable:
    """One table's kept rows, written, and its dropped rows by key; `dropped` is None where no key is repeated."""

    table: Table
    written: StagedWrite
    dropped: "DataFrame | None"


def ingest_tables(run: IngestRun) -> None:
    """Write and stage every table for its days, with `quarantine`, `repetitions` and `ingest_log`.

    Each table has a write job of its own. One query counts the rows of all tables, because a plan per table costs more
    than the rows of a day.

    Raises:
        UserError: the lake was masked with another key, or rows are not accounted for.
    """
    masking_key.require_same_key(run.lake, run.key)
    inputs = _inputs(run)  # before the files are read: the next run then reads a file again that changes meanwhile
    # Planning a job keeps one core busy and the other idle: tables are ingested in parallel.
    with ThreadPoolExecutor(max_workers=TABLES_AT_ONCE) as pool:
        validated = list(pool.map(lambda name: _validate(run, TABLES[name]), run.days))
        repeated, repeating_tables = _repeated(validated, run.day_range)
        ingested = list(pool.map(
            lambda result: _write(run, result, repeated if result.table.name in repeating_tables else None), validated))
    if more := _affected(run, ingested):
        ingest_tables(replace(run, days=_with(run.days, more)))
        return
    dropped = _stored_rows([result.dropped for result in ingested if result.dropped is not None])
    entries = _accounted(run, validated, ingested, dropped, inputs)
    for result in ingested:
        if result.written.rows or run.lake.has(result.table.name):  # a table begins with its first row
            run.lake.stage(result.written)
    _write_logs(run, validated, dropped, entries)


def _validate(run: IngestRun, table: Table) -> ValidatedRows:
    """Return one table's rows, validated and computed once.

    A checkpoint stores the rows. A cache would not do: every later query would analyse its plan again, and the cache
    would still return the old rows after the files were mended.
    """
    from pyspark.errors import PySparkException

    days = run.days[table.name]
    try:
        frames = [validation.validate_rows(raw, table, run.key) for raw in _raw(run, table, days)]
        no_rows = run.spark.createDataFrame([], f"{table.ddl}, broken array<string>, raw string")
        rows = union_all(frames).localCheckpoint() if frames else no_rows
    except PySparkException:
        # An engine's error names no file: the files are read once more to find the damaged file.
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
    """Return rows that were kept in the week before, and between the ingested days; None where there are none."""
    around = set(day_ranges.days_between(run.day_range.first, run.day_range.last)) - set(days)
    stored_days = around.intersection(run.lake.days(table.name)) if run.lake.has(table.name) else set()
    return run.lake.read(run.spark, table.name, stored_days) if stored_days else None


def _repeated(validated: Sequence[ValidatedRows], day_range: DayRange) -> tuple["DataFrame", set[str]]:
    """Return the repeated keys, and the names of the tables that have any. Few keys are broadcast to the workers."""
    from pyspark.sql import functions as F

    keys = deduplication.repeated_keys([keys for result in validated for keys in result.delivered_keys],
                                       day_range).localCheckpoint()
    counts = {row.table: row["count"] for row in keys.groupBy("table").count().collect()}
    return F.broadcast(keys) if sum(counts.values()) <= FEW_KEYS else keys, set(counts)


def _write(run: IngestRun, validated: ValidatedRows, repeated: "DataFrame | None") -> IngestedTable:
    """Write the kept rows of a table. `repeated` is None where no key of the table is repeated."""
    table, dropped = validated.table, None
    if repeated is None:
        kept = deduplication.all_kept(validated.rows, table)
    else:
        deduplicated = deduplication.deduplicate(validated.rows, table, repeated, run.day_range,
                                                 validated.kept_before)
        kept = deduplication.kept_rows(deduplicated, table)
        dropped = deduplication.repetitions(deduplicated, table, repeated, validated.kept_before)
    written = run.lake.write(kept, table.name, run.days[table.name], key=table.key,
                             metadata={masking_key.KEY_ID: run.key.id})
    return IngestedTable(table, written, dropped)


def _affected(run: IngestRun, ingested: Sequence[IngestedTable]) -> dict[str, list[dt.date]]:
    """Return later days of each table that must be ingested with these days. Days without input are logged."""
    affected: dict[str, list[dt.date]] = {}
    for result in ingested:
        name = result.table.name
        for day in sorted(affected_days(run.lake, result.table, run.days[name], result.written)):
            if run.has_input((name, day)):
                affected.setdefault(name, []).append(day)
            else:
                console.log(f"warning, {name}, {day}: its repetitions depend on a day that is ingested again, and its "
                            "files are gone; its rows stay as they are")
    return affected


def _with(days: Mapping[str, Sequence[dt.date]], more: Mapping[str, Sequence[dt.date]]) -> dict[str, list[dt.date]]:
    return {table: sorted({*table_days, *more.get(table, ())}) for table, table_days in days.items()}


def _stored_rows(frames: Sequence["DataFrame"]) -> "DataFrame | None":
    return union_all(frames).localCheckpoint() if frames else None


def _rows_in(validated: Sequence[ValidatedRows]) -> Counts:
    """Return the input rows of each table day, and how many of them broke a rule."""
    from pyspark.sql import functions as F

    rows = [result.rows.select(F.lit(result.table.name).alias("table"), "ds",
                               (F.size("broken") > 0).alias("is_quarantined")) for result in validated]
    counts = union_all(rows).groupBy("table", "ds").agg(F.count("*").alias("rows_in"),
                                                        F.count_if("is_quarantined").alias("quarantined"))
    return {(row.table, row.ds): (row.rows_in, row.quarantined) for row in counts.collect()}


def _dropped(dropped: "DataFrame | None") -> Counts:
    """Return the dropped rows of each table day, and how many of them differ from the kept row."""
    from pyspark.sql import functions as F

    if dropped is None:
        return {}
    counts = dropped.groupBy("table", "ds").agg(F.sum("rows").alias("dropped"), F.sum("conflicting").alias("differ"))
    return {(row.table, row.ds): (row.dropped, row.differ) for row in counts.collect()}


def _inputs(run: IngestRun) -> dict[TableDay, dict[str, Any]]:
    """Return input fingerprint and listing of each table day; empty where SELECTs are read."""
    if run.inventory is None:
        return {}
    files = {(table, day): run.inventory.of(table, [day]) for table, days in run.days.items() for day in days}
    return {table_day: {"input": input_fingerprint(TABLES[table_day[0]], day_files, run.key),
                        "files": listing(day_files)} for table_day, day_files in files.items()}


def _accounted(run: IngestRun, validated: Sequence[ValidatedRows], ingested: Sequence[IngestedTable],
               repetitions: "DataFrame | None", inputs: Mapping[TableDay, dict[str, Any]]) -> list[LogEntry]:
    """Return the log entry of each table day.

    The counts are independent: input rows come from the validated rows, kept rows from the written files, and dropped
    rows from the repeated keys.
    """
    kept: dict[str, Counter] = {result.table.name: result.written.rows_by_day for result in ingested}
    counts_in, counts_dropped, entries = _rows_in(validated), _dropped(repetitions), []
    for name, days in run.days.items():
        table_entries = []
        for table_day in ((name, day) for day in days):
            rows_in, quarantined = counts_in.get(table_day, (0, 0))
            dropped, conflicting = counts_dropped.get(table_day, (0, 0))
            table_entries.append(LogEntry(*table_day, rows_in, kept[name][table_day[1]], quarantined, dropped,
                                          conflicting, **inputs.get(table_day, {})))
        _require_accounted(table_entries)
        _log_counts(name, table_entries)
        entries += table_entries
    return entries


def _require_accounted(entries: Sequence[LogEntry]) -> None:
    for entry in entries:
        accounted = entry.kept + entry.quarantined + entry.dropped
        if accounted != entry.rows_in:
            raise UserError(f"{entry.table}, {entry.ds}: {entry.rows_in} rows came in, {accounted} are accounted for. "
                            "Nothing was committed; please report this with the input.")


def _write_logs(run: IngestRun, validated: Sequence[ValidatedRows], dropped: "DataFrame | None",
                entries: Sequence[LogEntry]) -> None:
    tables = {entry.table for entry in entries if entry.quarantined}
    quarantined = [validation.quarantined(result.rows, result.table) for result in validated
                   if result.table.name in tables]
    _stage_log(run, catalog.QUARANTINE, quarantined)
    _stage_log(run, catalog.REPETITIONS, [] if dropped is None else [dropped])
    ingested = {entry.table_day for entry in entries}
    others = [entry for table_day, entry in ingest_log.read(run.lake, run.all_days).items()
              if table_day not in ingested]
    log = pa.Table.from_pylist([entry.as_row() for entry in (*entries, *others)], ingest_log.SCHEMA)
    run.lake.stage(run.lake.write(run.spark.createDataFrame(log), LOG, run.all_days, key="table"))


def _stage_log(run: IngestRun, log: OutputTable, frames: list["DataFrame"]) -> None:
    """Write and stage the rows about the ingested tables in a log. Rows about other tables stay."""
    rows = [run.spark.createDataFrame([], log.ddl), *frames, *_of_other_tables(run, log.name)]
    run.lake.stage(run.lake.write(union_all(rows), log.name, run.all_days, key="table"))


def _of_other_tables(run: IngestRun, name: str) -> list["DataFrame"]:
    from pyspark.sql import functions as F

    stored_days = set(run.lake.days(name)) if run.lake.has(name) else set()
    frames = []
    for day in stored_days.intersection(run.all_days):
        ingested = [table for table, days in run.days.items() if day in days]
        frames.append(run.lake.read(run.spark, name, [day]).where(~F.col("table").isin(*ingested)))
    return frames


def _log_counts(table: str, entries: Sequence[LogEntry]) -> None:
    rows_in, kept, quarantined, dropped, conflicting = (sum(getattr(entry, name) for entry in entries) for name in (
        "rows_in", "kept", "quarantined", "dropped", "conflicting"))
    days = f"{len(entries)} days" if len(entries) != 1 else str(entries[0].ds)
    console.log(f"{table}, {days}: {rows_in:,} rows in = {kept:,} kept + {quarantined:,} quarantined + "
                f"{dropped:,} dropped")
    if conflicting and TABLES[table].is_state:
        console.log(f"{table}, {days}: {conflicting:,} of the dropped rows are states that another row of their "
                    f"{TABLES[table].key} replaced on the day of arrival")
    elif conflicting:
        console.log(f"warning, {table}, {days}: {conflicting:,} of the dropped rows differ from the row kept under "
                    f"their {TABLES[table].key}; table {REPETITIONS} has the keys")
