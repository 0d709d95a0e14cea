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
from jobs.runtime import console, terminal
from jobs.runtime.terminal_text import cell_count, padded, visible, wrapped
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from jobs.storage.query import connect

WIDE = 220  # width in characters, if the output is no terminal
NARROWEST = 40  # characters that columns need beside the rest of a line
SHOWN_COLUMNS = 6


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
        console.show(listing(lake, tables, _width()))
        return
    with connect() as db:
        attach(db, lake, tables)
        try:
            _show(db.sql(query))
        except duckdb.Error as failure:
            raise UserError(f"{str(failure).strip()}\nTables: {', '.join(tables)}, validations") from None


def _width() -> int:
    return terminal.width() if sys.stdout.isatty() else WIDE


def _show(result: duckdb.DuckDBPyRelation | None) -> None:
    """Show a result; None is that of a statement without rows. DuckDB computes most results only here."""
    if result is None:
        return
    # DuckDB itself escapes only some of the characters that act on a terminal, and none in names of fields.
    with console.shown():
        result.show(max_rows=200, max_width=_width())


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
        console.warn(fault)


def listing(lake: Lake, tables: Sequence[str], width: int) -> str:
    """Return every table with its days, rows and columns, as text. In a narrow terminal columns have lines below."""
    names = max([20, *map(cell_count, tables)]) + 2
    head = f"{padded('table', names)}{'rows':>12}  {'first day':<12}{'last day':<12}"
    is_narrow = width - len(head) < NARROWEST
    indent = "    " if is_narrow else " " * len(head)
    lines = [head.rstrip() if is_narrow else f"{head}columns"]
    for table in tables:
        counts = lake.counts(table)
        row = (f"{padded(visible(table), names)}{sum(counts.values()):>12,}  {min(counts, default='-')!s:<12}"
               f"{max(counts, default='-')!s:<12}")
        columns = wrapped(f"{indent}{_columns(lake.schema(table).names)}", width, indent, break_words=True)
        lines += [row.rstrip(), *columns] if is_narrow else [row + columns[0][len(indent):], *columns[1:]]
    return "\n".join(lines)


def _columns(names: Sequence[str]) -> str:
    return visible(", ".join(names[:SHOWN_COLUMNS]) + (", ..." if len(names) > SHOWN_COLUMNS else ""))


if __name__ == "__main__":
    sys.exit(step.run(main))
