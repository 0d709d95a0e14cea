"""The Handbook's orders with their features, computed once by Spark and stored below VIGIL_HOME."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.handbook.features import HANDBOOK
from features.aggregation.point_in_time import Responses, point_in_time_features
from features.inputs.tables import TABLES
from features.inputs.validation import validate_rows
from jobs.engines.spark import session
from jobs.ingestion import masking_key
from jobs.ingestion.source_queries import read_source
from jobs.runtime import console, day_ranges
from jobs.settings import REPOSITORY, Settings

EXAMPLE = REPOSITORY / "examples" / "handbook"
FIRST, LAST = dt.date(2018, 4, 1), dt.date(2018, 8, 14)


@dataclass(frozen=True, eq=False)
class Rows:
    """Every order of the Handbook, by day and identifier.

    Attributes:
        day: datetime64[D] (rows,); `customer` str and `fraud` int (rows,).
        features: Arrow table with the columns `HANDBOOK.columns`.
    """

    day: np.ndarray
    customer: np.ndarray
    fraud: np.ndarray
    features: pa.Table

    def inputs(self, columns: tuple[str, ...], which: np.ndarray) -> np.ndarray:
        """Return the inputs of a model for some rows: float64 (rows, columns), NaN for a missing value."""
        return np.column_stack([self.features[c].filter(pa.array(which)).cast(pa.float64()).to_numpy()
                                for c in columns])


def read(folder: Path) -> Rows:
    """Read the rows of a folder that `computed` returned."""
    table = pq.read_table(folder).sort_by([("ds", "ascending"), ("order_id", "ascending")])
    return Rows(table["ds"].to_numpy().astype("datetime64[D]"), table["user_id"].to_numpy().astype(str),
                table["fraud"].to_numpy(), table.select(list(HANDBOOK.columns)))


def computed(config: Settings, raw: Path) -> Path:
    """Return the folder of Parquet files (ds, order_id, user_id, fraud, features); a missing one is computed."""
    folder = config.home / "benchmarks" / f"handbook-{HANDBOOK.hash}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = folder.with_suffix(".new")
        with console.timed(f"features of the orders from {FIRST} to {LAST}"):
            _write(config, raw, unfinished)
        unfinished.rename(folder)
    return folder


def _write(config: Settings, raw: Path, folder: Path) -> None:
    from pyspark.sql import functions as F

    spark = session(config)
    days = day_ranges.days_between(FIRST, LAST)
    orders, verdicts = (validate_rows(read_source(spark, EXAMPLE, raw, TABLES[name], days), TABLES[name],
                                      masking_key.load_or_create_key(config))
                        for name in ("orders", "verdicts"))
    features = point_in_time_features(orders, Responses(verdicts), F.lit(True), HANDBOOK)
    # The label of an order is no feature: it is read from the raw files.
    fraud = spark.read.parquet(str(raw)).select(F.col("TRANSACTION_ID").cast("string").alias("order_id"),
                                                F.col("TX_FRAUD").cast("int").alias("fraud"))
    features.join(fraud, "order_id").write.mode("overwrite").parquet(str(folder))
