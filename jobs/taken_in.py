"""Whether a day was taken in from this very input already: then there is nothing to do for it again.

What a day was made from is kept in the path of its `ingest_log`: the landed files by their content, the
contracts and the key they were read with, and the week before, among which repetitions are looked for.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from features import intake
from features.contract import Table
from features.privacy import Key
from features.repeats import REPEAT_DAYS
from features.tables import TABLES
from jobs import step
from jobs.lake import Lake
from jobs.landing import landed_files
from jobs.mark import mark
from jobs.settings import Settings

LOG = "ingest_log"

Files = Mapping[str, Mapping[dt.date, Sequence[str]]]


def as_before(places: Settings, lake: Lake, ds: dt.date, key: Key) -> bool:
    """Whether the lake holds the day as taking it in again would leave it. What a SELECT gives is not known."""
    known = lake.made_from(LOG).get(ds)
    if known is None or places.sources is not None:
        return False
    files = {table: lake.files(table) for table in TABLES}
    return known == marks(landed(places, [ds], key), files)[ds]


def landed(places: Settings, days: Sequence[dt.date], key: Key) -> dict[dt.date, str]:
    """What lies in the landing folder for each day, and what it is read with, as a mark. Ask before it is read."""
    contracts = [str(intake.SEMANTICS), key.id, *map(_contract, TABLES.values())]
    return {day: mark([*contracts, *(f"{table}/{file.name} {_content(file)}" for table in TABLES
                                      for file in landed_files(places.landing, table, day))]) for day in days}


def marks(landed: Mapping[dt.date, str], files: Files) -> dict[dt.date, str]:
    """What each day is made from.

    Args:
        landed: as `landed` gives it.
        files: names of the files of each table and day, as they are once these days are committed.
    """
    return {day: mark([own, *_week_before(files, day)]) for day, own in landed.items()}


def _week_before(files: Files, day: dt.date) -> list[str]:
    week = step.days_between(day - dt.timedelta(days=REPEAT_DAYS), day - dt.timedelta(days=1))
    return [f"{table}/{file}" for table, by_day in sorted(files.items()) for before in week
            for file in sorted(by_day.get(before, ()))]


def _contract(table: Table) -> str:
    """What decides how a table's rows are judged, cast and masked."""
    return repr((table.name, table.key, table.ddl, table.private, table.row_rules))


def _content(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
