"""The score row: the columns that conditions and worth expressions of policies may name."""

from functools import cache

import pyarrow as pa

from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema

# Columns besides those of scores and features.
RISK = pa.field("risk", pa.string())
SCORE = pa.field("score", pa.float64())
LEVEL = pa.field("level", pa.string())
OPEN_CENTS = pa.field("open_cents", pa.int64())  # money still at risk
CONFIRMED = pa.field("confirmed", pa.bool_())
DERIVED = (RISK, SCORE, LEVEL, OPEN_CENTS, CONFIRMED)


@cache
def score_row(entity: str) -> pa.Schema:
    """Return the columns of an entity's score rows: of its scores, of its features, and the derived ones."""
    fields = {field.name: field for table in (catalog.scores(entity), catalog.features(entity))
              for field in arrow_schema(table)}
    if taken := fields.keys() & {field.name for field in DERIVED}:
        raise ValueError(f"{entity}: features have the names of derived columns, {', '.join(taken)}. Rename them")
    return pa.schema([*fields.values(), *DERIVED])
