"""Facts about a table's day as a whole, against its own recent past: one row, ready to be audited."""

import datetime as dt
import statistics
from typing import TYPE_CHECKING

from features.tables import Table
from jobs.lake import Lake, Written

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

RECENT_DAYS = 28
# Below this many days there is no "usual" yet.
ENOUGH_DAYS = 7
# A share of nulls over fewer rows than this says nothing.
ENOUGH_ROWS = 200


def event_facts(spark: "SparkSession", lake: Lake, written: Written, table: Table,
                log: Written) -> dict[str, float | None]:
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
    facts |= _column_facts(spark, lake, written, table, day)
    if table.name == "verdicts":
        facts["verdict_rate_to_usual"] = facts["rows_to_usual"]
    return facts


def facts_frame(spark: "SparkSession", facts: dict[str, float | None]) -> "DataFrame":
    """One row with one column a fact."""
    ddl = ", ".join(f"`{name}` double" for name in facts)
    row = [None if value is None else float(value) for value in facts.values()]
    return spark.createDataFrame([tuple(row)], ddl)


def _recent_rows(lake: Lake, written: Written) -> dict[dt.date, int]:
    """Rows a day, as they will be once the write is committed."""
    rows = {day: n for day, n in lake.counts(written.table).items() if day.isoformat() not in written.days}
    for file in written.files:
        day = dt.date.fromisoformat(file.ds)
        rows[day] = rows.get(day, 0) + file.rows
    return rows


def _row_facts(rows: dict[dt.date, int], day: dt.date) -> dict[str, float | None]:
    past = [n for d, n in rows.items() if 0 < (day - d).days <= RECENT_DAYS]
    usual = statistics.median(past) if len(past) >= ENOUGH_DAYS else None
    ratio = rows.get(day, 0) / usual if usual else None
    return {"rows_to_usual": ratio, "rows_to_usual_high": ratio}


def _log_facts(lake: Lake, log: Written, table: Table, day: dt.date) -> dict[str, float | None]:
    import pyarrow.compute as pc

    today = lake.written_arrow(log).to_table(filter=(pc.field("ds") == day) & (pc.field("table") == table.name))
    came, aside = (sum(today[name].to_pylist()) for name in ("rows_in", "quarantined"))
    return {"quarantined_share": aside / came if came >= ENOUGH_ROWS else None}


def _column_facts(spark: "SparkSession", lake: Lake, written: Written, table: Table,
                  day: dt.date) -> dict[str, float | None]:
    from pyspark.sql import functions as F

    optional = [c.name for c in table.columns if not c.required]
    shares = [F.avg(F.col(name).isNull().cast("double")).alias(name) for name in optional]
    today = (lake.written_frame(spark, written).where(F.col("ds") == F.lit(day))
             .agg(F.count("*").alias("n"), F.max(F.col(table.event_time).cast("date")).alias("newest"),
                  *shares).first())
    facts = {"newest_event_age_days": (day - today["newest"]).days if today["newest"] else None}
    week = _week_before(spark, lake, written, day)
    past = week.agg(F.count("*").alias("n"), *shares).first() if week is not None else None
    for name in optional:
        known = past is not None and past["n"] >= ENOUGH_ROWS and today["n"] >= ENOUGH_ROWS
        facts[f"{name}_emptier"] = today[name] - past[name] if known else None
    return facts


def _week_before(spark: "SparkSession", lake: Lake, written: Written, day: dt.date) -> "DataFrame | None":
    week = [day - dt.timedelta(days=n) for n in range(1, 8)]
    own = {d.isoformat() for d in week} & set(written.days)
    if own:
        from pyspark.sql import functions as F

        return lake.written_frame(spark, written).where(F.col("ds").isin(week))
    return lake.read(spark, written.table, week) if lake.has(written.table) else None
