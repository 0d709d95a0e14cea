"""Random reviews that were answered, by the decision that drew them; and the segments of entities."""

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa

from features.language.feature_set import FeatureSet
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from jobs.storage.query import connect


def answered_samples(lake: Lake, samples: pa.Table, days: Sequence[dt.date]) -> pa.Table:
    """Return the random reviews that were drawn on some days and are answered.

    Args:
        samples: the latest state of each random review. Its id is that of the decision that drew it.

    Returns:
        (ds of the decision, entity, entity_id, risk, inclusion_probability, verdict), one row a review.
    """
    name = catalog.DECISION_DAILY.name
    drawn = lake.arrow(name, days) if lake.has(name) else arrow_schema(catalog.DECISION_DAILY).empty_table()
    with connect() as db:
        db.register("drawn", drawn)
        db.register("samples", samples)
        return db.sql("""
            SELECT d.ds, s.entity, s.entity_id, s.risk, s.inclusion_probability, s.verdict
            FROM samples s JOIN drawn d ON d.decision_id = s.sample_id
            WHERE s.verdict IS NOT NULL AND d.sampled_with IS NOT NULL
            ORDER BY d.ds, s.entity, s.entity_id, s.risk""").to_arrow_table()


def segments(lake: Lake, features: FeatureSet, days: Sequence[dt.date]) -> pa.Table:
    """Return the slice columns of an entity's rows of some days: (ds, entity, entity_id, one column a slice)."""
    columns = list(features.slice_columns)
    rows = lake.arrow(catalog.features(features.entity).name, days).to_table(columns=["ds", features.id, *columns])
    return rows.rename_columns(["ds", "entity_id", *columns]).append_column(
        "entity", pa.repeat(pa.scalar(features.entity), len(rows)))
