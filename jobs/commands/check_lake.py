"""Check all stored files: tables, JSON files, databases and models.

Reads each table's log, its live files by size, rows and checksum, files of older versions, and the table's record.
Prints one line a fault: the file, its table or store, and the command that mends it. The exit code is 1 with any fault.
A table that the catalog does not declare is named, and is no fault. Writes nothing. Run again, it checks again.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import chain

from jobs import step
from jobs.after_sales.registered_model import MODEL as CASE_MODEL
from jobs.errors import UserError
from jobs.integrity import database_check, json_check, model_check, staged_check, table_check
from jobs.integrity.table_check import Depth, Extent
from jobs.runtime import console
from jobs.settings import Settings, load_settings
from jobs.storage import catalog
from jobs.storage.lake import Lake

SECONDS_BETWEEN_LINES = 5.0


def parse(argv: Sequence[str] | None = None):
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", help="check this table alone")
    parser.add_argument("--fast", action="store_true", help="do not read files to compare checksums")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Print every fault.

    Raises:
        UserError: there is a fault, or there is no such table.
    """
    args = parse(argv)
    config = load_settings()
    lake = Lake(config.lake)
    tables = _tables(lake, args.table)
    extent = Extent(Depth.FOOTERS if args.fast else Depth.CHECKSUMS)
    others = () if args.table else _other_faults(config, lake, args.fast)
    fault_count = 0
    for fault in chain(_table_faults(lake, tables, extent), others):
        fault_count += 1
        console.log(fault)
    for table in tables:
        if catalog.find(table) is None:
            console.log(f"{table}: no step of this version writes the table; docs/tables.md lists the written ones")
    counts = _counts(tables, extent, args.fast)
    if fault_count:
        raise UserError(f"{fault_count} fault{'s' if fault_count > 1 else ''} in {counts} of {lake.root}")
    console.log(f"no fault in {counts} of {lake.root}")


def _tables(lake: Lake, table: str | None) -> list[str]:
    names = lake.logs.names()
    if table is not None and table not in names:
        raise UserError(f"{table}: no such table in {lake.root}. There are: {', '.join(names) or 'none yet'}")
    return names if table is None else [table]


def _table_faults(lake: Lake, tables: Sequence[str], extent: Extent) -> Iterator[str]:
    """Yield the faults of the tables, and log the progress of the check."""
    last_line = time.monotonic()
    for number, table in enumerate(tables):
        def progress(_: int, number: int = number, table: str = table) -> None:
            nonlocal last_line
            if time.monotonic() - last_line > SECONDS_BETWEEN_LINES:
                last_line = time.monotonic()
                console.log(f"table {number + 1} of {len(tables)} ({table}): {extent.files:,} files, "
                            f"{extent.bytes / 1e9:.1f} GB so far")

        extent.progress = progress
        yield from table_check.faults(lake, table, extent)


def _other_faults(config: Settings, lake: Lake, fast: bool) -> Iterator[str]:
    yield from json_check.faults(lake)
    yield from staged_check.faults(lake)
    yield from database_check.faults(config, check_indexes=not fast)
    yield from model_check.faults(config, lake, [CASE_MODEL])


def _counts(tables: Sequence[str], extent: Extent, fast: bool) -> str:
    """Return the numbers of checked tables, files and bytes, and the kind of check, as text."""
    kind = "by size and rows" if fast else "by size, rows and checksum"
    unknown = extent.without_checksum if not fast else 0
    return (f"{len(tables):,} table{'s' if len(tables) != 1 else ''}, {extent.files:,} files, "
            f"{extent.bytes / 1e6:,.0f} MB, {kind}" + (f" ({unknown:,} without a checksum)" if unknown else ""))


if __name__ == "__main__":
    sys.exit(step.run(main))
