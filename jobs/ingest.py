"""Land raw rows as clean events: cast, check, mask identifiers, drop repetitions, put bad rows aside.

Reads the landing folder, or the SELECTs of VIGIL_SOURCES over VIGIL_RAW, for the day and for every
earlier day that landed and was never ingested. Writes the event tables, `quarantine` and
`ingest_log`, staged for `validate --stage events`, which commits them. Run again, a day gives the
same rows. Rows in = kept + quarantined + dropped, or the step refuses. A lake keeps the key that its
identifiers were masked with first.
"""

import datetime as dt
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from features import intake
from features.contract import Table
from features.intake import Settled
from features.privacy import Key
from features.tables import TABLES
from jobs import secret, step
from jobs.errors import Refused
from jobs.lake import Lake, Written
from jobs.landing import landed_days, read_landing
from jobs.settings import Settings, settings
from jobs.sources import read_source, source_days
from jobs.spark import session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

TABLES_AT_ONCE = 4
DATA_ERROR = "22"  # class of the SQL states of errors that are about a value

LOG = "ingest_log"
LOG_DDL = "table string, rows_in bigint, kept bigint, quarantined bigint, dropped bigint, ds date"
QUARANTINE_DDL = "table string, rules array<string>, raw string, ds date"


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    return step.range_parser(__doc__).parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    places = settings()
    lake = Lake(places.lake, args.run_id)
    spark = session(places, args.run_id)
    with values_untold(places, args.ds):
        days = days_to_take_in(spark, places, lake, args.ds, args.first)
        ingest(spark, places, lake, days)


@contextmanager
def values_untold(places: Settings, ds: dt.date) -> Iterator[None]:
    """Spark's error about a value quotes it, and would bring it into a log.

    Raises:
        Refused: the name of the error instead. Ingest reads with try_cast, so a SELECT has raised it.
    """
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as failure:
        if not (failure.getSqlState() or "").startswith(DATA_ERROR):
            raise
        raise Refused(f"{places.sources or places.landing}, {ds}: {failure.getCondition()} (SQLSTATE "
                      f"{failure.getSqlState()}): a value that cannot be worked with. Expected an expression that "
                      "gives null for it, such as try_cast. Mend the SELECT, then run the day again.") from None


def days_to_take_in(spark: "SparkSession", places: Settings, lake: Lake, ds: dt.date,
                    first: dt.date | None) -> list[dt.date]:
    """The day itself, and every earlier day that has data and was never taken in.

    A gap would make every window over it wrong without a word, so it is closed, not skipped.

    Raises:
        Refused: there is nothing for the day itself.
    """
    there = _days_there(spark, places, ds)
    if ds not in there:
        where = places.sources or places.landing
        nearest = f"; the last day there is {there[-1]}: `make nightly DS={there[-1]}`" if there else ""
        raise Refused(f"orders, {ds}: nothing landed in {where}. Expected rows of that day{nearest}.")
    done = set(lake.days(LOG))
    return [day for day in there if day == ds or day not in done or (first and day >= first)]


def _days_there(spark: "SparkSession", places: Settings, ds: dt.date) -> list[dt.date]:
    if places.sources:
        _require_orders(places)
        return source_days(spark, places.sources, places.raw, TABLES["orders"], ds)
    return [day for day in landed_days(places.landing, TABLES) if day <= ds]


def _require_orders(places: Settings) -> None:
    if not (places.sources / "orders.sql").is_file():
        raise Refused(f"orders: {places.sources} has no orders.sql. Every other table may be missing, "
                      "this one may not. See examples/README.md.")


@dataclass(frozen=True)
class Taken:
    """One table's judged rows, and (table, in, kept, quarantined, dropped, ds) by day."""

    table: Table
    judged: "DataFrame"
    counts: list[tuple]

    @property
    def aside(self) -> int:
        return sum(aside for _, _, _, aside, _, _ in self.counts)


def ingest(spark: "SparkSession", places: Settings, lake: Lake, days: Sequence[dt.date]) -> None:
    """Write and stage every table for the given days, as one Spark job a table.

    Raises:
        Refused: the lake was masked with another key.
    """
    key = secret.key(places)
    secret.refuse_another(lake, key)
    # Rows held longer than this would answer for the same files after they were mended.
    with ExitStack() as held:
        # Planning a job keeps one core busy and the other idle: tables are taken in side by side.
        with ThreadPoolExecutor(max_workers=TABLES_AT_ONCE) as pool:
            taken = list(pool.map(lambda table: _take_in(spark, places, lake, table, days, key, held),
                                  TABLES.values()))
        _write_log(spark, lake, days, [each for each in taken if each])


def _take_in(spark: "SparkSession", places: Settings, lake: Lake, table: Table, days: Sequence[dt.date],
             key: Key, held: ExitStack) -> Taken | None:
    """One table: written and staged. None where there is no such input."""
    raw = _raw(spark, places, table, days)
    if raw is None:
        step.say(f"{table.name}: no such input, its features are null")
        return None
    judged = intake.judge(raw, table, key).persist()
    held.callback(judged.unpersist)
    settled = intake.settle(judged, table, _history(spark, lake, table, days))
    settled.again.persist()
    held.callback(settled.again.unpersist)
    written = lake.write(intake.kept(settled, table), table.name, days, key=table.key,
                         note={secret.NOTED: key.id})
    counts = _counted(judged, settled, written, table)
    lake.stage(written)
    _tell(table, counts)
    return Taken(table, judged, counts)


def _raw(spark: "SparkSession", places: Settings, table: Table, days: Sequence[dt.date]) -> "DataFrame | None":
    if places.sources:
        return read_source(spark, places.sources, places.raw, table, days)
    return read_landing(spark, places.landing, table, days)


def _history(spark: "SparkSession", lake: Lake, table: Table, days: Sequence[dt.date]) -> "DataFrame | None":
    """Keys that were kept in the week before, and between the days that are taken in."""
    if not lake.has(table.name):
        return None
    around = step.days_between(days[0] - dt.timedelta(days=intake.REPEAT_DAYS), days[-1])
    return lake.read(spark, table.name, set(around) - set(days)).select(table.key, "ds")


def _counted(judged: "DataFrame", settled: Settled, written: Written, table: Table) -> list[tuple]:
    """(table, in, kept, quarantined, dropped, ds) by day.

    Each number is counted where it is: what came before it was settled, what was kept in the files
    that were written, what was dropped among the keys that came again.
    """
    from pyspark.sql import functions as F

    came = judged.groupBy("ds").agg(F.count("*").alias("came"),
                                    F.count_if(F.size("broken") > 0).alias("aside")).collect()
    dropped = {row.ds: row["count"] for row in
               settled.again.where(F.col("status") == intake.DROPPED).groupBy("ds").count().collect()}
    kept: Counter[str] = Counter()
    for file in written.files:
        kept[file.ds] += file.rows
    rows = [(table.name, row.came, kept[str(row.ds)], row.aside, dropped.get(row.ds, 0), row.ds)
            for row in sorted(came, key=lambda row: row.ds)]
    for _, into, *ends, day in rows:
        if sum(ends) != into:
            raise Refused(f"{table.name}, {day}: {into} rows came in, {sum(ends)} are accounted for. "
                          "Nothing was committed; please report this with the input.")
    return rows


def _write_log(spark: "SparkSession", lake: Lake, days: Sequence[dt.date], taken: list[Taken]) -> None:
    aside = spark.createDataFrame([], QUARANTINE_DDL)
    for each in taken:
        if each.aside:
            aside = aside.unionByName(intake.quarantined(each.judged, each.table))
    lake.stage(lake.write(aside, "quarantine", days, key="table"))
    counts = [count for each in taken for count in each.counts]
    lake.stage(lake.write(spark.createDataFrame(counts, LOG_DDL), LOG, days, key="table"))


def _tell(table: Table, counted: list[tuple]) -> None:
    came, kept, aside, dropped = (sum(row[i] for row in counted) for i in (1, 2, 3, 4))
    span = f"{len(counted)} days" if len(counted) != 1 else str(counted[0][-1])
    step.say(f"{table.name}, {span}: {came:,} rows in = {kept:,} kept + {aside:,} quarantined "
             f"+ {dropped:,} dropped")


if __name__ == "__main__":
    sys.exit(step.run(main))
