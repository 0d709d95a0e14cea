"""Rows in a lake without Spark, through the schemas of the catalog."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake


def land(root: Path, table: str, rows: Sequence[dict]) -> None:
    """Commit rows of a table of the catalog, each with its `ds`. A column that a row does not name is null.

    The days of the rows are replaced.
    """
    written = pa.Table.from_pylist(list(rows), arrow_schema(catalog.find(table)))
    lake = Lake(str(root))
    lake.commit(lake.write_table(written, table, written["ds"].unique().to_pylist()))
