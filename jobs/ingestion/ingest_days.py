"""The table days that a run ingests: selected, logged and ingested."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from features.inputs.case_tables import CASE_INPUTS
from features.inputs.tables import FEATURE_INPUTS, TABLES
from jobs.errors import UserError
from jobs.ingestion import ingest_log, masking_key
from jobs.ingestion.day_selection import RequestedRange, Selection, StoredRows, from_landing, from_selects
from jobs.ingestion.event_tables import IngestRun, ingest_tables
from jobs.ingestion.input_fingerprint import input_fingerprint
from jobs.ingestion.landing_inventory import Inventory, TableDay, list_landing
from jobs.ingestion.source_queries import source_counts, unknown_selects
from jobs.runtime import console
from jobs.settings import Settings
from jobs.storage import catalog
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


DAYS_NAMED = 3


def ingest(spark: "SparkSession", config: Settings, lake: Lake, days: Sequence[dt.date]) -> None:
    """Write and stage every table that has input for the given days, also for days that were ingested before."""
    inventory = None if config.sources else list_landing(config.landing)
    table_days = inventory.files if inventory else source_counts(spark, config.sources, config.raw, TABLES.values(),
                                                                 max(days))
    chosen = Selection(frozenset(table_day for table_day in table_days if table_day[1] in days))
    log_missing(config, lake, chosen)
    ingest_tables(IngestRun(spark, config, lake, masking_key.load_or_create_key(config), chosen.by_table, inventory))


def select_landing(config: Settings, lake: Lake, requested: RequestedRange) -> tuple[Selection, Inventory]:
    """Return the table days to ingest from the landing folder, and the folder's inventory.

    Raises:
        UserError: nothing landed on the last day, and the day was never ingested.
    """
    everything = list_landing(config.landing)  # later days too: they may have repetitions of rows that are ingested now
    inventory = everything.until(requested.last)
    log = ingest_log.read(lake)
    for sentence in inventory.named_left_out():
        console.log(sentence)
    _require_input(config, requested.last, inventory.days, log, inventory.named_left_out())
    key = masking_key.load_or_create_key(config)
    return from_landing(inventory, log, stored_rows(lake), requested, lambda table_day: input_fingerprint(
        TABLES[table_day[0]], inventory.files[table_day], key)), everything


def select_sources(spark: "SparkSession", config: Settings, lake: Lake, requested: RequestedRange) -> Selection:
    """Return the table days to ingest from a folder of SELECTs.

    Raises:
        UserError: orders has no SELECT, or the last day has no rows and was never ingested.
    """
    if not (config.sources / "orders.sql").is_file():
        raise UserError(f"orders: {config.sources} has no orders.sql. Every other table may be missing, "
                        "this one may not. See examples/README.md.")
    for name in unknown_selects(config.sources, TABLES):
        console.log(f"{config.sources}: left out {name}: no input table has this name")
    counts = source_counts(spark, config.sources, config.raw, TABLES.values(), requested.last)
    log = ingest_log.read(lake)
    _require_input(config, requested.last, sorted({day for _, day in counts}), log)
    return from_selects(counts, log, stored_rows(lake), requested)


def stored_rows(lake: Lake) -> StoredRows:
    """Return the row counts of the tables that ingest writes, from the logs of the lake alone."""
    events = {(table, day): count for table in TABLES for day, count in lake.counts(table).items()}
    return StoredRows(events, *(frozenset(lake.days(log.name)) for log in (catalog.QUARANTINE, catalog.REPETITIONS)))


def _require_input(config: Settings, ds: dt.date, days: Sequence[dt.date], log: Iterable[TableDay],
                   left_out: Sequence[str] = ()) -> None:
    if ds in days or any(day == ds for _, day in log):
        return
    nearest = f"; the last day there is {days[-1]}: `make nightly DS={days[-1]}`" if days else ""
    reasons = "".join(f" ({sentence})" for sentence in left_out[:DAYS_NAMED])
    raise UserError(f"orders, {ds}: nothing landed in {config.sources or config.landing}{reasons}. Expected rows of "
                    f"that day{nearest}.")


def log_selection(selection: Selection, requested: RequestedRange) -> None:
    """Log the skipped days, the withdrawn days, and the earlier days whose input has changed."""
    if selection.skipped:
        tables = {table for table, _ in selection.skipped}
        days = _days_in_words({day for _, day in selection.skipped})
        console.log(f"{days}: skipped {len(tables)} tables: input unchanged since the last run")
    for table, day in sorted(selection.withdrawn):
        console.log(f"warning, {table}, {day}: its files were withdrawn; its rows leave the lake")
    if selection.changed:
        days = sorted({day for _, day in selection.changed})
        named = ", ".join(f"{table} {day}" for table, day in sorted(selection.changed)[:DAYS_NAMED])
        more = f" and {len(selection.changed) - DAYS_NAMED} more" if len(selection.changed) > DAYS_NAMED else ""
        console.log(f"warning, {named}{more}: files landed or were removed after the day was ingested, and are "
                    f"not read. Ingest them: make backfill FROM={days[0]} TO={max(days[-1], requested.last)}")


def log_missing(config: Settings, lake: Lake, selection: Selection) -> None:
    """Log the tables that have no input now and were never ingested."""
    for table in TABLES:
        if table not in selection.by_table and not lake.has(table):
            console.log(f"{table}: {_missing_input(config, table)}; {_effect(table)}")


def _effect(table: str) -> str:
    if table in FEATURE_INPUTS:
        return "its features will be null"
    return "cases are judged without it" if TABLES[table] in CASE_INPUTS else "decisions are taken without it"


def _missing_input(config: Settings, table: str) -> str:
    if config.sources is None:
        return "no landed files"
    return "no rows of its SELECT" if (config.sources / f"{table}.sql").is_file() else "no SELECT"


def _days_in_words(days: set[dt.date]) -> str:
    return str(min(days)) if len(days) == 1 else f"{min(days)} to {max(days)}"
