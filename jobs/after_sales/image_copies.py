"""The near copies of all photos of cases, as one Arrow table: Spark finds them."""

from operator import methodcaller
from typing import TYPE_CHECKING

import pyarrow as pa

from features.case.near_copies import near_copies
from features.inputs.tables import CASES
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

EMPTY = pa.schema([("case_id", pa.string()), ("image_copies", pa.int64()), ("image_distance", pa.int32()),
                   ("image_first_case_id", pa.string()), ("image_first_same_buyer", pa.bool_()),
                   ("image_copies_incomplete", pa.bool_())])


def image_copies(spark: "SparkSession", lake: Lake) -> pa.Table:
    """Return the rows of `features.case.near_copies` for every case of the lake, ordered by case.

    A row says what was known when its case arrived, so that rows serve any later day too.
    """
    if not lake.has(CASES.name) or not any(lake.counts(CASES.name).values()):
        return EMPTY.empty_table()
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    first = Window.partitionBy("case_id").orderBy("ds", "opened_at")
    cases = (lake.read(spark, CASES.name).select("case_id", "user_id", "image_hash", "opened_at", "ds")
             .withColumn("place", F.row_number().over(first)).where("place = 1").drop("place"))
    found = near_copies(cases, methodcaller("localCheckpoint"))
    return found.toArrow().select(EMPTY.names).cast(EMPTY).sort_by("case_id")
