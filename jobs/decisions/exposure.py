"""The money that is still at risk, by entity, risk and level."""

import pyarrow as pa

from features.risks import by_verdict
from jobs.decisions.candidate_rows import LEVEL
from jobs.decisions.day_state import DayState
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema

UNSCORED = "unscored"


def table(state: DayState) -> pa.Table:
    """Return the rows of `exposure_daily`, ordered by entity, risk and level."""
    schema = arrow_schema(catalog.EXPOSURE_DAILY)
    parts = [_of_risk(state, entity, risk.name) for entity in state.facts.entities for risk in by_verdict(entity)]
    rows = pa.concat_tables(parts).select(schema.names).cast(schema) if parts else schema.empty_table()
    return rows.sort_by([(name, "ascending") for name in ("entity", "risk", "level")])


def _of_risk(state: DayState, entity: str, risk: str) -> pa.Table:
    return state.db.sql(f"""
        SELECT DATE '{state.ds}' AS ds, '{entity}' AS entity, '{risk}' AS risk,
               coalesce({LEVEL}, '{UNSCORED}') AS level, sum(open_cents) AS open_cents, count(*) AS rows
        FROM (SELECT {risk}_score AS score, open_cents FROM {entity}_rows) GROUP BY ALL""").to_arrow_table()
