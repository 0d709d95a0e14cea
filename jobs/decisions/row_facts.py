"""What the lake knows about decided rows besides verdicts: random reviews, who was acted on, and segments."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from features.inputs.tables import ACTIONS_TAKEN, REVIEW_SAMPLES
from features.language.feature_set import FeatureSet
from jobs.decisions.suppression import NEVER_CARRIED_OUT
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from jobs.storage.latest_state import stored_state
from jobs.storage.query import connect

ACTED_DAYS = 90  # an action of so many days before may still hold, or have ended what a row would lose

# What is read of decisions, so that a lake of an older release is read too.
DECIDED = pa.schema([field for field in arrow_schema(catalog.DECISION_DAILY) if field.name in (
    "ds", "entity", "entity_id", "risk", "sampled_with", "suppressed_by", "stops", "decision_id")])


@dataclass(frozen=True)
class RowFacts:
    """What had arrived by a day.

    Attributes:
        reviews: the latest state of each random review, the columns of `review_samples`.
        drawn: the rows that random reviews drew: (ds, entity, entity_id, risk, sampled_with, sample_verdict). The
            verdict is null while the review is open.
        acted: the days on which somebody acted on an entity: (entity, entity_id, ds), without repeated rows.
        segments: (ds, entity, entity_id, one text column a segment).
    """

    reviews: pa.Table
    drawn: pa.Table
    acted: pa.Table
    segments: pa.Table


def load(lake: Lake, features: FeatureSet, days: Sequence[dt.date], as_of: dt.date) -> RowFacts:
    """Return the facts about the rows of some days."""
    reviews = stored_state(lake, REVIEW_SAMPLES, as_of)
    decided = _decisions(lake, days[0] - dt.timedelta(days=ACTED_DAYS), as_of)
    return RowFacts(reviews, drawn_reviews(decided, reviews, days),
                    acted_on(decided, stored_state(lake, ACTIONS_TAKEN, as_of)), _segments(lake, features, days))


def _decisions(lake: Lake, first: dt.date, last: dt.date) -> pa.Table:
    """Return the live decisions that act or draw a random review, with the columns of DECIDED."""
    name = catalog.DECISION_DAILY.name
    days = [day for day in (lake.days(name) if lake.has(name) else []) if first <= day <= last]
    if not days:
        return DECIDED.empty_table()
    with connect() as db:
        db.register("decided", lake.arrow(name, days))
        return db.sql(f"SELECT {', '.join(DECIDED.names)} FROM decided WHERE mode = 'live' AND "
                      "(sampled_with IS NOT NULL OR (suppressed_by IS NULL AND stops > 0))"
                      ).to_arrow_table().cast(DECIDED)


def drawn_reviews(decided: pa.Table, reviews: pa.Table, days: Sequence[dt.date]) -> pa.Table:
    """Return the random reviews that were drawn on some days, answered or not.

    Args:
        decided: live rows of `decision_daily`.
        reviews: the latest state of each random review. Its id is that of the decision that drew it.

    Returns:
        As `RowFacts.drawn`, one row a drawn row, in the order of keys.
    """
    with connect() as db:
        db.register("decided", decided)
        db.register("reviews", reviews)
        db.register("days", pa.table({"ds": pa.array(days, pa.date32())}))
        return db.sql("""
            SELECT d.ds, d.entity, d.entity_id, d.risk, d.sampled_with, r.verdict AS sample_verdict
            FROM decided d SEMI JOIN days USING (ds) LEFT JOIN reviews r ON r.sample_id = d.decision_id
            WHERE d.sampled_with IS NOT NULL ORDER BY d.ds, d.entity, d.entity_id, d.risk""").to_arrow_table()


def acted_on(decided: pa.Table, taken: pa.Table) -> pa.Table:
    """Return the days on which somebody acted on an entity, about whichever risk: a stop ends every attack of it.

    A decision counts unless operators report that nobody carried it out.

    Args:
        decided: live rows of `decision_daily`.
        taken: rows of `actions_taken`.

    Returns:
        As `RowFacts.acted`, in the order of all columns.
    """
    with connect() as db:
        db.register("decided", decided)
        db.register("taken", taken)
        return db.sql(f"""
            WITH failed AS ({NEVER_CARRIED_OUT})
            SELECT entity, entity_id, ds FROM decided ANTI JOIN failed USING (decision_id)
            WHERE suppressed_by IS NULL AND stops > 0
            UNION SELECT entity, entity_id, CAST(taken_at AS DATE) FROM taken WHERE executed
            ORDER BY ALL""").to_arrow_table()


def _segments(lake: Lake, features: FeatureSet, days: Sequence[dt.date]) -> pa.Table:
    """Return the slice columns of an entity's rows of some days."""
    columns = list(features.slice_columns)
    rows = lake.arrow(catalog.features(features.entity).name, days).to_table(columns=["ds", features.id, *columns])
    return rows.rename_columns(["ds", "entity_id", *columns]).append_column(
        "entity", pa.repeat(pa.scalar(features.entity), len(rows)))
