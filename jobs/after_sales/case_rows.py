"""The rows of cases: features as of a day, with the words of the parties and what identifies the case."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from features.case.definitions import CASE_FEATURES, NAMES
from jobs.after_sales.case_views import JOINED, VIEWS

FACTS = ("case_id", "as_of", "opened_at", "order_id", "user_id", "seller_id", "kind", "reason", "text")
ASKED = pa.schema([("case_id", pa.string()), ("as_of", pa.date32())])


def case_rows(db: duckdb.DuckDBPyConnection, asked: pa.Table, copies: pa.Table) -> pa.Table:
    """Return the features of cases, each as of a day: what had arrived by then, and nothing later.

    A case that had not arrived by its day has no row. Two cases with the same day and facts have the same features,
    whatever else is asked.

    Args:
        db: has the views of `open_money.attach`, up to the latest day that is asked or later.
        asked: (case_id, as_of), without repeated rows.
        copies: rows of `features.case.near_copies`.

    Returns:
        FACTS, the text of the conversation so far, and a double for each of `CASE_FEATURES`; ordered by as_of, case.

    Raises:
        ValueError: a row is asked twice; joins would multiply it.
    """
    _require_distinct(asked)
    db.register("asked", asked)
    db.register("image_copies", copies)
    for name, sql in VIEWS.items():
        db.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
    joins = "".join(f" LEFT JOIN {table} {view} USING (case_id, as_of)" for view, table in JOINED.items())
    features = ", ".join(f"CAST({each.sql} AS DOUBLE) AS {each.name}" for each in CASE_FEATURES)
    facts = ", ".join(f"c.{name}" for name in FACTS if name != "seller_id")
    return db.sql(f"""
        SELECT {facts}, coalesce(c.seller_id, o.seller_id) AS seller_id, t.conversation, {features}
        FROM case_asked c{joins} LEFT JOIN image_copies i ON i.case_id = c.case_id
        ORDER BY c.as_of, c.case_id""").to_arrow_table().select([*FACTS, "conversation", *NAMES])


def _require_distinct(asked: pa.Table) -> None:
    counts = asked.group_by(["case_id", "as_of"]).aggregate([([], "count_all")])
    repeated = counts.filter(pc.greater(counts["count_all"], 1)).sort_by([("as_of", "ascending"),
                                                                          ("case_id", "ascending")]).to_pylist()
    if repeated:
        first = repeated[0]
        raise ValueError(f"{len(repeated)} cases are asked more than once as of a day; the first one is "
                         f"{first['case_id']} as of {first['as_of']}, {first['count_all']} times, expected once")


def feature_matrix(rows: pa.Table, names: Sequence[str] = NAMES):
    """Return the features of rows of cases, (rows, names) of doubles, NaN where null."""
    import numpy as np
    return np.column_stack([rows[name].to_numpy(zero_copy_only=False).astype(float) for name in names])
