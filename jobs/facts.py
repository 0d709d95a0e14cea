"""Facts about a table's day as a whole, against its own recent past.

They come from the log and from the files' footers: however large the day, no row of it is read.
"""

import datetime as dt
import statistics

import pyarrow.compute as pc

from features.contract import Table
from jobs import footers
from jobs.lake import Lake
from jobs.parquet import Written

RECENT_DAYS = 28
# Below this many days there is no "usual" yet.
ENOUGH_DAYS = 7
# A share of nulls over fewer rows than this says nothing.
ENOUGH_ROWS = 200


def event_facts(lake: Lake, written: Written, table: Table, log: Written) -> dict[str, float | None]:
    """What the last day of a write looks like.

    Returns:
        rows_to_usual (and the same again as _high): rows over the median of the same table's
        recent days; newest_event_age_days; quarantined_share; verdict_rate_to_usual for verdicts;
        `<column>_emptier`: share of nulls above that of the recent week. None where there is no
        past to compare with.
    """
    day = written.latest
    rows = _recent_rows(lake, written)
    facts = _row_facts(rows, day)
    facts |= _log_facts(lake, log, table, day)
    facts |= _column_facts(lake, written, table, day)
    if table.name == "verdicts":
        facts["verdict_rate_to_usual"] = facts["rows_to_usual"]
    return facts


def _recent_rows(lake: Lake, written: Written) -> dict[dt.date, int]:
    """Rows a day, as they will be once the write is committed."""
    before = {day: n for day, n in lake.counts(written.table).items() if day.isoformat() not in written.days}
    return before | written.rows_by_day


def _row_facts(rows: dict[dt.date, int], day: dt.date) -> dict[str, float | None]:
    past = [n for d, n in rows.items() if 0 < (day - d).days <= RECENT_DAYS]
    usual = statistics.median(past) if len(past) >= ENOUGH_DAYS else None
    ratio = rows.get(day, 0) / usual if usual else None
    return {"rows_to_usual": ratio, "rows_to_usual_high": ratio}


def _log_facts(lake: Lake, log: Written, table: Table, day: dt.date) -> dict[str, float | None]:
    today = lake.written_arrow(log).to_table(filter=(pc.field("ds") == day) & (pc.field("table") == table.name))
    came, aside = (sum(today[name].to_pylist()) for name in ("rows_in", "quarantined"))
    return {"quarantined_share": aside / came if came >= ENOUGH_ROWS else None}


def _column_facts(lake: Lake, written: Written, table: Table, day: dt.date) -> dict[str, float | None]:
    today = lake.written_footers(written, [day])
    week = [day - dt.timedelta(days=n) for n in range(1, 8)]
    past = lake.written_footers(written, week) + lake.footers(written.table, set(week) - set(written.dates))
    newest = max((found for footer in today if (found := footers.largest(footer, table.event_time))), default=None)
    facts = {"newest_event_age_days": (day - newest.date()).days if newest else None}
    known = all(sum(footer.num_rows for footer in some) >= ENOUGH_ROWS for some in (today, past))
    for column in table.columns:
        if not column.required:
            facts[f"{column.name}_emptier"] = (footers.null_share(today, column.name)
                                               - footers.null_share(past, column.name) if known else None)
    return facts
