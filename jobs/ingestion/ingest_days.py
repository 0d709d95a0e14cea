"""The table days that a run ingests: selected, logged and ingested."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from features.inputs.tables import TABLES
from jobs.errors import UserError
from jobs.ingestion import ingest_log, masking_key
from jobs.ingestion.day_selection import RequestedRange, Selection, from_landing, from_selects
from jobs.ingestion.event_tables import IngestRun, ingest_tables
from jobs.ingestion.input_fingerprint import input_fingerprint
from jobs.ingestion.landing_inventory import Inventory, TableDay, list_landing
from jobs.ingestion.source_queries import source_counts, unknown_selects
from jobs.runtime import console
from jobs.settings import Settings
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


DAYS_NAMED = 3


def ingest(spark: "SparkSession", config: Settings, lake: Lake, days: Sequence[dt.date]) -> None:
    """Write and stage every table that has input for the given days, whether they were ingested before or not."""
    inventory = None if config.sources else list_landing(config.landing)
    there = inventory.files if inventory else source_counts(spark, config.sources, config.raw, TABLES.values(),
                                                            max(days))
    chosen = Selection(frozenset(place for place in there if place[1] in days))
    log_missing(lake, chosen)
    ingest_tables(IngestRun(spark, config, lake, masking_key.load_or_create_key(config), chosen.by_table, inventory))


def select_landing(config: Settings, lake: Lake, asked: RequestedRange) -> tuple[Selection, Inventory]:
    """The table days to ingest from the landing folder, and what lies there.

    Raises:
        UserError: nothing landed on the last day, and it was never ingested.
    """
    everything = list_landing(config.landing)  # later days too: they may hold repetitions of what is ingested now
    inventory = everything.until(asked.last)
    log = ingest_log.read(lake)
    for sentence in inventory.named_left_out():
        console.log(sentence)
    _require_input(config, asked.last, inventory.days, log, inventory.named_left_out())
    key = masking_key.load_or_create_key(config)
    return from_landing(inventory, log, rows_in_lake(lake), asked, lambda place: input_fingerprint(
        TABLES[place[0]], inventory.files[place], key)), everything


def select_sources(spark: "SparkSession", config: Settings, lake: Lake, asked: RequestedRange) -> Selection:
    """The table days to ingest from a folder of SELECTs.

    Raises:
        UserError: there is no SELECT for orders, or nothing for the last day, which was never ingested.
    """
    if not (config.sources / "orders.sql").is_file():
        raise UserError(f"orders: {config.sources} has no orders.sql. Every other table may be missing, "
                        "this one may not. See examples/README.md.")
    for name in unknown_selects(config.sources, TABLES):
        console.log(f"{config.sources}: left out {name}: no input table has this name")
    counts = source_counts(spark, config.sources, config.raw, TABLES.values(), asked.last)
    log = ingest_log.read(lake)
    _require_input(config, asked.last, sorted({day for _, day in counts}), log)
    return from_selects(counts, log, rows_in_lake(lake), asked)


def rows_in_lake(lake: Lake) -> dict[TableDay, int]:
    """Rows of each event table and day, from the logs of the lake alone."""
    return {(table, day): count for table in TABLES for day, count in lake.counts(table).items()}


def _require_input(config: Settings, ds: dt.date, days: Sequence[dt.date], log: Iterable[TableDay],
                   left_out: Sequence[str] = ()) -> None:
    if ds in days or any(day == ds for _, day in log):
        return
    nearest = f"; the last day there is {days[-1]}: `make nightly DS={days[-1]}`" if days else ""
    why = "".join(f" ({sentence})" for sentence in left_out[:DAYS_NAMED])
    raise UserError(f"orders, {ds}: nothing landed in {config.sources or config.landing}{why}. Expected rows of that "
                    f"day{nearest}.")


def log_selection(selection: Selection, asked: RequestedRange) -> None:
    """Say what is skipped, what leaves the lake, and which earlier days are not as they were ingested."""
    if selection.skipped:
        tables = {table for table, _ in selection.skipped}
        console.log(f"{_span({day for _, day in selection.skipped})}: skipped {len(tables)} tables: input unchanged "
                    "since the last run")
    for table, day in sorted(selection.withdrawn):
        console.log(f"warning, {table}, {day}: its files were withdrawn; its rows leave the lake")
    if selection.changed:
        days = sorted({day for _, day in selection.changed})
        named = ", ".join(f"{table} {day}" for table, day in sorted(selection.changed)[:DAYS_NAMED])
        more = f" and {len(selection.changed) - DAYS_NAMED} more" if len(selection.changed) > DAYS_NAMED else ""
        console.log(f"warning, {named}{more}: files came or went after the day was ingested, and are not read. "
                    f"Take them in: make backfill FROM={days[0]} TO={max(days[-1], asked.last)}")


def log_missing(lake: Lake, selection: Selection) -> None:
    """Say which tables never came."""
    for table in TABLES:
        if table not in selection.by_table and not lake.has(table):
            console.log(f"{table}: no such input; its features will be null")


def _span(days: set[dt.date]) -> str:
    return str(min(days)) if len(days) == 1 else f"{min(days)} to {max(days)}"
