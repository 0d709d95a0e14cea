"""Land raw rows as clean events: cast, check, mask identifiers, drop repetitions, put bad rows aside.

Reads the landing folder, or the SELECTs of VIGIL_SOURCES over VIGIL_RAW, for the day and for every
earlier day that landed and was never ingested. Writes the event tables, `quarantine` and
`ingest_log`, staged for `validate --stage events`, which commits them. Run again, a day gives the
same rows; while its landed files are the same, it is not even read. Rows in = kept + quarantined +
dropped, or the step refuses. A lake keeps the key that its identifiers were masked with first.
"""

import datetime as dt
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from features import intake, repeats
from features.arrivals import Span
from features.contract import Table
from features.privacy import Key
from features.tables import TABLES
from features.united import together
from jobs import gate, secret, step, taken_in
from jobs.errors import Refused
from jobs.lake import Lake
from jobs.landing import landed_days, read_landing
from jobs.parquet import Written
from jobs.settings import Settings, settings
from jobs.sources import read_source, source_days
from jobs.spark import session
from jobs.taken_in import LOG

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

TABLES_AT_ONCE = 4
FEW_KEYS = 500_000  # that came again, in all tables: some fifty megabytes for every worker
DATA_ERROR = "22"  # class of the SQL states of errors that are about a value

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
        if days == [args.ds] and taken_in.as_before(places, lake, args.ds, secret.key(places)):
            step.say(f"{args.ds}: taken in already, from the very same files")
            gate.nothing_to_pass(lake, "events")
            return
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
class Judged:
    """One table's rows, judged by its contract and held in memory, and the keys of other days to compare with."""

    table: Table
    rows: "DataFrame"
    kept_before: "DataFrame | None"

    @property
    def deliveries(self) -> list["DataFrame"]:
        before = [] if self.kept_before is None else [repeats.deliveries(self.kept_before, self.table)]
        return [repeats.deliveries(self.rows, self.table), *before]


@dataclass(frozen=True)
class Taken:
    """One table, settled and written."""

    table: Table
    again: "DataFrame"
    written: Written


def ingest(spark: "SparkSession", places: Settings, lake: Lake, days: Sequence[dt.date]) -> None:
    """Write and stage every table for the given days.

    Each table is written by a job of its own; what is counted is counted for all of them at once, because
    thirteen plans cost more than the rows of a day.

    Raises:
        Refused: the lake was masked with another key, or rows are not accounted for.
    """
    key = secret.key(places)
    secret.refuse_another(lake, key)
    span = Span(days[0] - dt.timedelta(days=repeats.REPEAT_DAYS), days[-1])
    landed = None if places.sources else taken_in.landed(places, days, key)
    # Planning a job keeps one core busy and the other idle: tables are taken in side by side.
    with ThreadPoolExecutor(max_workers=TABLES_AT_ONCE) as pool:
        judged = [each for each in pool.map(lambda table: _judge(spark, places, lake, table, days, key),
                                            TABLES.values()) if each]
        repeated = _repeated(judged, span)
        taken = list(pool.map(lambda each: _write(lake, each, repeated, span, days, key), judged))
    counts = _accounted(judged, taken)
    for each in taken:
        lake.stage(each.written)
    made_from = None if landed is None else taken_in.marks(landed, _files(lake, days, taken))
    _write_log(spark, lake, days, judged, counts, made_from)


def _judge(spark: "SparkSession", places: Settings, lake: Lake, table: Table, days: Sequence[dt.date],
           key: Key) -> Judged | None:
    """One table's rows. None where there is no such input.

    They are computed here and once: by a checkpoint and not by a cache, which every later plan would carry
    the whole reading of, and which would answer for the same files after they were mended.
    """
    raw = _raw(spark, places, table, days)
    if raw is None:
        step.say(f"{table.name}: no such input, its features are null")
        return None
    return Judged(table, intake.judge(raw, table, key).localCheckpoint(), _history(spark, lake, table, days))


def _repeated(judged: Sequence[Judged], span: Span) -> "DataFrame":
    """The keys that came again. Where they are few, the tables are joined to them where they lie."""
    from pyspark.sql import functions as F

    found = repeats.repeated([part for each in judged for part in each.deliveries], span).localCheckpoint()
    return F.broadcast(found) if found.count() <= FEW_KEYS else found


def _write(lake: Lake, judged: Judged, repeated: "DataFrame", span: Span, days: Sequence[dt.date],
           key: Key) -> Taken:
    table = judged.table
    settled = repeats.settle(judged.rows, table, repeated, span)
    return Taken(table, settled.again, lake.write(repeats.kept(settled, table), table.name, days, key=table.key,
                                                  note={secret.NOTED: key.id}))


def _raw(spark: "SparkSession", places: Settings, table: Table, days: Sequence[dt.date]) -> "DataFrame | None":
    if places.sources:
        return read_source(spark, places.sources, places.raw, table, days)
    return read_landing(spark, places.landing, table, days)


def _history(spark: "SparkSession", lake: Lake, table: Table, days: Sequence[dt.date]) -> "DataFrame | None":
    """Keys that were kept in the week before, and between the days that are taken in."""
    if not lake.has(table.name):
        return None
    around = step.days_between(days[0] - dt.timedelta(days=repeats.REPEAT_DAYS), days[-1])
    return lake.read(spark, table.name, set(around) - set(days)).select(table.key, "ds")


def _came(judged: Sequence[Judged]) -> dict[tuple[str, dt.date], tuple[int, int]]:
    """Rows that came in, and those of them that broke a rule, by table and day."""
    from pyspark.sql import functions as F

    rows = [each.rows.select(F.lit(each.table.name).alias("table"), "ds", (F.size("broken") > 0).alias("aside"))
            for each in judged]
    found = together(rows).groupBy("table", "ds").agg(F.count("*").alias("came"),
                                                            F.count_if("aside").alias("aside"))
    return {(row.table, row.ds): (row.came, row.aside) for row in found.collect()}


def _dropped(taken: Sequence[Taken]) -> Counter[tuple[str, dt.date]]:
    from pyspark.sql import functions as F

    rows = [each.again.where(F.col("status") == repeats.DROPPED).select(F.lit(each.table.name).alias("table"), "ds")
            for each in taken]
    return Counter({(row.table, row.ds): row["count"]
                    for row in together(rows).groupBy("table", "ds").count().collect()})


def _accounted(judged: Sequence[Judged], taken: Sequence[Taken]) -> list[tuple]:
    """(table, in, kept, quarantined, dropped, ds), by table and day.

    Each number is counted where it is: what came before it was settled, what was kept in the files
    that were written, what was dropped among the keys that came again.
    """
    kept = {each.table.name: each.written.rows_by_day for each in taken}
    came, dropped = _came(judged), _dropped(taken)
    counts = []
    for each in judged:
        own = [(each.table.name, into, kept[at[0]][at[1]], aside, dropped[at], at[1])
               for at, (into, aside) in sorted(came.items()) if at[0] == each.table.name]
        for _, into, *ends, day in own:
            if sum(ends) != into:
                raise Refused(f"{each.table.name}, {day}: {into} rows came in, {sum(ends)} are accounted for. "
                              "Nothing was committed; please report this with the input.")
        _tell(each.table, own)
        counts += own
    return counts


def _files(lake: Lake, days: Sequence[dt.date], taken: Sequence[Taken]) -> taken_in.Files:
    """Names of each table's files by day, as they are once these days are committed."""
    files = {table: lake.files(table) for table in TABLES}
    for each in taken:
        before = {day: names for day, names in files[each.table.name].items() if day not in days}
        files[each.table.name] = before | each.written.files_by_day
    return files


def _write_log(spark: "SparkSession", lake: Lake, days: Sequence[dt.date], judged: Sequence[Judged],
               counts: list[tuple], made_from: Mapping[dt.date, str] | None) -> None:
    put_aside = {table for table, _, _, aside, _, _ in counts if aside}
    rows = [intake.quarantined(each.rows, each.table) for each in judged if each.table.name in put_aside]
    aside = together([spark.createDataFrame([], QUARANTINE_DDL), *rows])
    lake.stage(lake.write(aside, "quarantine", days, key="table"))
    lake.stage(lake.write(spark.createDataFrame(counts, LOG_DDL), LOG, days, key="table",
                          made_from=made_from))


def _tell(table: Table, counted: list[tuple]) -> None:
    came, kept, aside, dropped = (sum(row[i] for row in counted) for i in (1, 2, 3, 4))
    span = f"{len(counted)} days" if len(counted) != 1 else str(counted[0][-1])
    step.say(f"{table.name}, {span}: {came:,} rows in = {kept:,} kept + {aside:,} quarantined "
             f"+ {dropped:,} dropped")


if __name__ == "__main__":
    sys.exit(step.run(main))
