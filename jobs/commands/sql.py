"""Query the lake in SQL: DuckDB over every table by name, without a server.

Reads tables at their latest version; a damaged table is named and left out. `validations` contains the results of every
audit. Writes nothing. Run again, it repeats the query.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa

from jobs import step
from jobs.errors import DamagedStore, UserError
from jobs.integrity import json_check
from jobs.runtime import console
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from jobs.storage.query import connect

WIDE = 220  # width in characters, if the output is no terminal


def parse(argv: Sequence[str] | None = None):
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("query", nargs="?", default="", help="SQL; without one, the tables are listed")
    arguments = list(sys.argv[1:] if argv is None else argv)
    # A query may begin with a comment, which looks like an option.
    return parser.parse_args(arguments if arguments in (["-h"], ["--help"])
                             else ["--", *(argument for argument in arguments if argument != "--")])


def main(argv: Sequence[str] | None = None) -> None:
    query = parse(argv).query
    lake = Lake(load_settings().lake)
    examined = dict(lake.logs.examined())
    tables = [table for table, damage in examined.items() if damage is None]
    _warn(filter(None, examined.values()))
    if not examined:
        raise UserError(f"{lake.root}: there is no table yet. Make some: make nightly")
    if not query:
        print(listing(lake, tables))
        return
    with connect() as db:
        attach(db, lake, tables)
        try:
            result = db.sql(query)
        except duckdb.Error as failure:
            raise UserError(f"{str(failure).strip()}\nTables: {', '.join(tables)}, validations") from None
        if result is not None:
            result.show(max_rows=200, max_width=console.width() if sys.stdout.isatty() else WIDE)


def attach(db: duckdb.DuckDBPyConnection, lake: Lake, tables: Sequence[str]) -> None:
    """Register the tables, and `validations` if there are any audit results, in DuckDB by name."""
    for table in tables:
        db.register(table, lake.arrow(table))
    try:
        results = lake.validations()
    except DamagedStore:
        results = []
        _warn(json_check.faults(lake, ("_validations",)))
    if results:
        names = dict.fromkeys(name for row in results for name in row)
        db.register("validations", pa.table({name: [row.get(name) for row in results] for name in names}))


def _warn(faults: Iterable[str]) -> None:
    for fault in faults:
        print(f"{console.LOG_PREFIX}warning, {fault}", file=sys.stderr, flush=True)


def listing(lake: Lake, tables: Sequence[str]) -> str:
    """Return every table with its days, rows and columns, as text."""
    lines = [f"{'table':<22}{'rows':>12}  {'first day':<12}{'last day':<12}columns"]
    for table in tables:
        counts = lake.counts(table)
        lines.append(f"{table:<22}{sum(counts.values()):>12,}  {min(counts, default='-')!s:<12}"
                     f"{max(counts, default='-')!s:<12}{', '.join(lake.schema(table).names[:6])}, ...")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(step.run(main))
