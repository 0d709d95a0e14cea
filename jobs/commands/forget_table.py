"""Forget a table that lost its log or files, so that the next write creates a new table.

Reads the table's log and record. Writes no new file: the table's folder, its record and its checksums move to
`_forgotten/<table>-<version>/` in the lake, where nothing reads them. With --from and --to it empties those days of the
table instead; their files stay until vacuum. With --keep-rows it forgets only the record. Where runs tell by another
table whether a day of this table is fresh, the days of the other table are emptied too. The log names the command that
makes the rows again. Run again, it finds no such table.
"""

import argparse
import datetime as dt
import sys
from collections.abc import Sequence

from features.entities import FEATURE_SETS
from features.inputs.tables import TABLES
from jobs import step
from jobs.errors import DamagedStore, UserError
from jobs.feature_store import freshness
from jobs.ingestion.landing_inventory import list_landing
from jobs.runtime import console
from jobs.settings import Settings, load_settings
from jobs.storage import catalog, forgetting
from jobs.storage.lake import Lake
from jobs.storage.table_records import TableRecord

LABELS = frozenset(catalog.labels(entity).name for entity in FEATURE_SETS)


def parse(argv: Sequence[str] | None = None):
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", required=True, help="the table")
    parser.add_argument("--from", dest="first", type=dt.date.fromisoformat, metavar="YYYY-MM-DD",
                        help="empty the days from this one to --to, and keep all others")
    parser.add_argument("--to", type=dt.date.fromisoformat, metavar="YYYY-MM-DD", help="the last of these days")
    parser.add_argument("--keep-rows", action="store_true", help="keep the table and its rows; forget the record")
    args = parser.parse_args(argv)
    if (args.first is None) != (args.to is None):
        parser.error("--from and --to must be given together")
    if args.first and args.keep_rows:
        parser.error("--keep-rows is about the whole table")
    return args


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    lake = Lake(config.lake, "forget-table")
    tables = lake.logs.names()
    if args.table not in tables:
        raise UserError(f"{args.table}: no such table in {lake.root}. There are: {', '.join(tables) or 'none yet'}")
    if args.first:
        _forget_days(config, lake, args.table, args.first, args.to)
    else:
        _forget(config, lake, args.table, args.keep_rows)


def _forget(config: Settings, lake: Lake, table: str, keep_rows: bool) -> None:
    record = _record(lake, table)
    if keep_rows and not lake.logs.log(table).files:
        raise UserError(f"{table}: {lake.root}/{table} has no log, so there are no rows to keep. Restore it from a "
                        f"backup, or forget it: make forget-table TABLE={table}")
    if not keep_rows:
        known_days = (record.first_day, record.last_day) if record and record.first_day else ()
        _empty_completing_days(lake, table, *known_days)
    folder = forgetting.forget(lake, table, record.version if record else None, keep_rows=keep_rows)
    if keep_rows:
        version = lake.logs.record(table, lake.run_id)
        console.log(f"{table}: version {version} is recorded from now on. The record before: {lake.root}/{folder}")
        return
    console.log(f"{table}: moved to {lake.root}/{folder}. The next write of it makes a new table")
    if record is None or record.first_day is None:
        console.log("its days are not known. Next: make backfill FROM=<first day> TO=<last day>")
        return
    _log_next_command(config, table, record.first_day, record.last_day, record.days)


def _forget_days(config: Settings, lake: Lake, table: str, first: dt.date, last: dt.date) -> None:
    days = [day for day in lake.days(table) if first <= day <= last]
    if not days:
        raise UserError(f"{table}: no rows from {first} to {last} in {lake.root}. `make sql` lists every table's days.")
    rows = sum(count for day, count in lake.counts(table).items() if day in days)
    _empty_completing_days(lake, table, str(days[0]), str(days[-1]))
    forgetting.empty_days(lake, table, days)
    one = len(days) == 1
    console.log(f"{table}: {rows:,} {'row' if rows == 1 else 'rows'} of {len(days)} {'day is' if one else 'days are'} "
                "forgotten")
    _log_next_command(config, table, str(days[0]), str(days[-1]), len(days))


def _empty_completing_days(lake: Lake, table: str, first: str = "", last: str = "9999-12-31") -> None:
    """Empty days of the table that tells whether days of `table` are fresh. Else no run would build them again."""
    other = freshness.completing_table(table)
    days = [day for day in lake.days(other) if first <= str(day) <= last] if other and lake.has(other) else []
    if days:
        forgetting.empty_days(lake, other, days)
        console.log(f"{other}: emptied from {days[0]} to {days[-1]}, because its days are built together with those of "
                    f"{table}")


def _record(lake: Lake, table: str) -> TableRecord | None:
    """Return the record of a table; None if the record is missing or damaged."""
    try:
        return lake.logs.known(table)
    except DamagedStore:
        return None


def _log_next_command(config: Settings, table: str, first: str, last: str, days: int) -> None:
    """Log the command that makes the rows of these days again, and the number of days without landed files."""
    if table in TABLES and config.sources is None:
        landed = [day for name, day in list_landing(config.landing).files
                  if name == table and first <= str(day) <= last]
        if len(landed) < days:
            console.log(f"{len(landed)} of its {days} days are still landed in {config.landing / table}: rows of the "
                        "others are lost")
    console.log(f"next: make train DS={last}" if table in LABELS else f"next: make backfill FROM={first} TO={last}")


if __name__ == "__main__":
    sys.exit(step.run(main))
