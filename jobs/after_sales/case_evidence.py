"""Which evidence a case has: the definitions of `features.case.evidence_definitions` over rows of cases."""

from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa

from features.case.evidence import Evidence
from jobs.storage.query import connect


def evidence_of(rows: pa.Table, evidence: Sequence[Evidence], tables: Collection[str]) -> dict[str, np.ndarray]:
    """Return for each piece of evidence whether each case has it: 1, 0, or NaN where that is not known.

    Conditions are read by DuckDB, which understands the same comparisons as Spark SQL.

    Args:
        rows: of `case_rows`. tables: the input tables that are there.
    """
    columns = ", ".join(f"CAST({_sql(each, set(tables))} AS DOUBLE) AS {each.name}" for each in evidence)
    with connect() as db:
        db.register("numbered", rows.append_column("position", pa.array(range(len(rows)))))
        found = db.sql(f"SELECT {columns} FROM numbered ORDER BY position").to_arrow_table()
    return {each.name: found[each.name].to_numpy(zero_copy_only=False).astype(float) for each in evidence}


def _sql(each: Evidence, tables: set[str]) -> str:
    if not set(each.needed_tables) <= tables:
        return "NULL"
    needed = " AND ".join(f"{column} IS NOT NULL" for column in each.needed_columns)
    return f"CASE WHEN {needed} THEN ({each.condition}) END"
