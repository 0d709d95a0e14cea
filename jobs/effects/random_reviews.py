"""Random reviews of some weeks: which rows were drawn, what reviewers found, and what the line had made of them."""

import datetime as dt
from collections.abc import Collection, Mapping

import pyarrow as pa

from features.inputs.tables import ACTIONS_TAKEN, REVIEW_SAMPLES
from jobs.decisions import candidate_rows, open_money
from jobs.decisions.day_facts import ReviewDesign, review_design
from jobs.decisions.policy_documents import LIVE
from jobs.decisions.policy_files import Policies
from jobs.decisions.suppression import CONFIRMED
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from jobs.storage.latest_state import stored_state
from jobs.storage.query import connect

WEEK = 7  # days; the last week ends on the day as of which reviews are known
WEEKS = 13


def _columns(table: catalog.OutputTable, *names: str) -> pa.Schema:
    return pa.schema([field for field in arrow_schema(table) if field.name in names])


# What is read of the decisions, which have many columns.
READ = {catalog.DECISION_DAILY: _columns(catalog.DECISION_DAILY, "ds", "mode", "entity", "entity_id", "risk", "score",
                                         "stops", "suppressed_by", "sampled_with", "decision_id"),
        catalog.EXPOSURE_DAILY: _columns(catalog.EXPOSURE_DAILY, "ds", "entity", "risk", "rows")}

# The line had a row if its score was medium or above, or if somebody acted on it, on its day or on an earlier day of
# the week. Later days do not count: a guilty review has an action of its own.
DRAWN = f"""
    WITH drawn AS (SELECT ds, entity, entity_id, risk, decision_id, sampled_with,
                          (DATE '{{ds}}' - ds) // {WEEK} AS back
                   FROM decisions WHERE sampled_with IS NOT NULL),
         had AS (SELECT entity, entity_id, risk, ds AS day FROM decisions
                 WHERE {candidate_rows.ABOVE_LOW} OR suppressed_by IS NULL AND stops > 0
                 UNION ALL SELECT entity, entity_id, risk, CAST(taken_at AS DATE) FROM taken WHERE executed)
    SELECT d.back, d.entity, d.risk, d.sampled_with, r.verdict,
           EXISTS (FROM had h WHERE h.entity = d.entity AND h.entity_id = d.entity_id
                   AND (h.risk IS NULL OR h.risk = d.risk) AND h.day <= d.ds
                   AND (DATE '{{ds}}' - h.day) // {WEEK} = d.back) AS caught
    FROM drawn d LEFT JOIN reviews r ON r.sample_id = d.decision_id
    ORDER BY d.back, d.entity, d.risk, d.sampled_with, r.verdict, d.decision_id"""

# Confirmed rows are not drawn from.
POPULATION = f"""
    WITH confirmed AS (SELECT ds, entity, risk, count(*) AS rows FROM decisions
                       WHERE suppressed_by = '{CONFIRMED}' GROUP BY ALL),
         scored AS (SELECT ds, entity, risk, CAST(sum(e.rows) AS BIGINT) AS rows
                    FROM {catalog.EXPOSURE_DAILY} e GROUP BY ALL)
    SELECT (DATE '{{ds}}' - ds) // {WEEK} AS back, entity, risk,
           CAST(sum(s.rows - coalesce(c.rows, 0)) AS BIGINT) AS population
    FROM scored s LEFT JOIN confirmed c USING (ds, entity, risk)
    GROUP BY ALL ORDER BY ALL"""


def drawn_rows(lake: Lake, ds: dt.date) -> tuple[pa.Table, pa.Table]:
    """Return the drawn rows of the weeks to a day, and the rows that they were drawn from, as known by the day.

    Returns:
        (back: weeks before the last one, entity, risk, sampled_with, verdict: null while the review is open, caught
        boolean), one row per drawn row; and (back, entity, risk, population bigint: entities on each day), one row per
        week and risk with decisions.
    """
    def days(table: catalog.OutputTable) -> list[dt.date]:
        return [day for day in (lake.days(table.name) if lake.has(table.name) else [])
                if ds - dt.timedelta(days=WEEK * WEEKS) < day <= ds]

    with connect() as db:
        for table, columns in READ.items():
            name = table.name
            db.register(name, lake.arrow(name, days(table)).to_table(columns=columns.names) if days(table)
                        else columns.empty_table())
        db.execute(f"CREATE TEMP VIEW decisions AS FROM {catalog.DECISION_DAILY} WHERE mode = '{LIVE}'")
        db.register("reviews", stored_state(lake, REVIEW_SAMPLES, ds))
        db.register("taken", stored_state(lake, ACTIONS_TAKEN, ds))
        return tuple(db.sql(sql.format(ds=ds)).to_arrow_table() for sql in (DRAWN, POPULATION))


def designs(lake: Lake, ds: dt.date, policies: Policies,
            risks: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], ReviewDesign]:
    """Return the rows that reviews are drawn from on a day, by entity and risk, of the queues of some risks."""
    queues = [queue for queue in policies.queues.values()
              if any(f"{entity}/{risk}" in queue.risks for entity, risk in risks)]
    wanted = {name.split("/")[0] for queue in queues for name in queue.risks}
    entities = [entity for entity in candidate_rows.scored_entities(lake, ds) if entity in wanted]
    if not entities:
        return {}
    with connect() as db:
        open_money.attach(db, lake, ds)
        candidate_rows.attach_confirmed(db)
        for entity in entities:
            candidate_rows.attach(db, entity, ds, lake.arrow(catalog.scores(entity).name, [ds]),
                                  lake.arrow(catalog.features(entity).name, [ds]))
        return {(part.entity, part.risk): part for queue in queues
                for part in review_design(db, ds, entities, queue)}
