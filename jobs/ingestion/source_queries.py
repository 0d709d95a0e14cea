"""Reader of raw data through a folder of SELECTs, one per input table (see examples/README.md)."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from features.frames.union import union_all
from features.inputs.contract import Table
from jobs.engines.spark import PATTERN_SIGNS
from jobs.errors import UserError
from jobs.ingestion.input_schema import check_schema

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession


def read_source(spark: "SparkSession", sources: Path, raw: Path | None, table: Table,
                days: Sequence[dt.date]) -> "DataFrame | None":
    """Return the rows of the table's SELECT for some days; None where the folder has no SELECT for the table.

    Raises:
        UserError: the SELECT cannot be run, or its columns are not the contract's.
    """
    df = _checked(spark, sources, raw, table, days[0], days[-1])
    # The SELECT gets the first and the last day. Days between them may have been ingested long ago.
    return None if df is None else df.where(df["ds"].isin(list(days)))


def source_counts(spark: "SparkSession", sources: Path, raw: Path | None, tables: Iterable[Table],
                  last: dt.date) -> dict[tuple[str, dt.date], int]:
    """Return the row count of each table's SELECT by table and day up to `last`, from one query.

    Raises:
        UserError: a SELECT cannot be run, or gives rows without a day.
    """
    from pyspark.sql import functions as F

    frames = [df.select(F.lit(table.name).alias("table"), "ds") for table in tables
              if (df := _checked(spark, sources, raw, table, dt.date(1, 1, 1), last)) is not None]
    counts = union_all(frames).groupBy("table", "ds").count().collect()
    for row in counts:
        if row.ds is None:
            raise UserError(f"{row.table}, {last}: {row['count']} rows of {sources / row.table}.sql have no ds that is "
                            "a day. Expected the day of arrival in each row; mend the SELECT, then run the day again.")
    return {(row.table, row.ds): row["count"] for row in counts if row.ds <= last}


def unknown_selects(sources: Path, tables: Iterable[str]) -> list[str]:
    """Return the names of SELECTs in the folder that no input table has. No run reads them."""
    return sorted(file.name for file in sources.glob("*.sql") if file.stem not in (*tables, "raw"))


def _checked(spark: "SparkSession", sources: Path, raw: Path | None, table: Table,
             first: dt.date, last: dt.date) -> "DataFrame | None":
    file = sources / f"{table.name}.sql"
    if not file.is_file():
        return None
    df = _selected(spark, sources, file, raw, first, last)
    check_schema(dict(df.dtypes), table, where=str(file), ds=last)
    return df


def _selected(spark: "SparkSession", sources: Path, file: Path, raw: Path | None,
              first: dt.date, last: dt.date) -> "DataFrame":
    from pyspark.errors import PySparkException

    values = {"raw": str(raw or ""), "from": first.isoformat(), "to": last.isoformat()}
    try:
        prelude = sources / "raw.sql"
        for statement in _statements(prelude) if prelude.is_file() else []:
            spark.sql(_filled(statement, values))
        (select,) = _statements(file)
        df = spark.sql(_filled(select, values))
        names = df.columns  # over Connect, this line analyses the SELECT
    except (PySparkException, ValueError) as failure:
        raise UserError(f"{file.stem}, {last}: {file} cannot be run over RAW={raw}: "
                        f"{str(failure).splitlines()[0]}. Mend the SELECT or the path.") from failure
    if "ds" not in names:
        raise UserError(f"{file.stem}, {last}: {file} gives no column ds, the day of arrival. Add it.")
    return df.withColumn("ds", _day(dict(df.dtypes)["ds"]))


def _day(given: str) -> "Column":
    """Return `ds` as a date, null where it is no date. A text may also be 20261120; a time becomes its day in UTC."""
    from pyspark.sql import functions as F

    if given.startswith(("date", "timestamp")):
        return F.col("ds").cast("date")
    text = F.trim(F.col("ds").cast("string"))
    return F.when(F.regexp_like(text, F.lit(r"^\d{8}$")), F.try_to_date(text, F.lit("yyyyMMdd"))).when(
        F.regexp_like(text, F.lit(r"^\d{4}-\d{2}-\d{2}")), F.left(text, F.lit(10)).try_cast("date"))


def _statements(file: Path) -> list[str]:
    """Return a file's statements. A semicolon at the end of a line ends a statement."""
    parts = [part.strip() for part in (file.read_text(encoding="utf-8-sig") + "\n").split(";\n")]
    return [part for part in parts if _without_comments(part)]


def _without_comments(sql: str) -> str:
    return "\n".join(line for line in sql.splitlines() if not line.strip().startswith("--")).strip()


# A comment, a name in backticks, a string, or a placeholder outside of them.
_TOKEN = re.compile(r"(?s)--[^\n]*|/\*.*?\*/|`(?:[^`]|``)*`|'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|{\w+}")


def _filled(sql: str, values: dict[str, str]) -> str:
    """Return a statement with its placeholders replaced by values, quoted for their position."""
    placeholder = re.compile("{(" + "|".join(values) + ")}")

    def fill(token: re.Match) -> str:
        return placeholder.sub(lambda match: _quoted(values[match[1]], token[0][0]), token[0])

    return _TOKEN.sub(fill, sql)


def _quoted(value: str, quote: str) -> str:
    literal = PATTERN_SIGNS.sub(r"\\\1", value)
    if quote == "`":
        return literal.replace("`", "``")
    return re.sub(r"([\\'\"])", r"\\\1", literal) if quote in "'\"" else value
