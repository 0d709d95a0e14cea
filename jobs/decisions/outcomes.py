"""What became of rows that policies decided on, as it is known by a later day."""

import datetime as dt

import duckdb
import pyarrow as pa

from features.inputs.verdict_precedence import ORDER
from features.risks import RISKS

GUILTY, INNOCENT, UNKNOWN, UNSETTLED = STATUSES = ("guilty", "innocent", "unknown", "unsettled")


def outcomes(db: duckdb.DuckDBPyConnection, rows: pa.Table, samples: pa.Table, as_of: dt.date) -> pa.Table:
    """Return the status and the loss of each row, by the verdicts that arrived up to a day.

    A row is guilty if a confirmed incident touches the horizon of its risk; its loss is the part of the incident's loss
    that falls into the horizon, spread evenly over the incident's days. It is innocent if the latest verdict or the
    latest random review says so and was decided after the row's day. Without either it is unknown, and unsettled until
    horizon and delay of its risk have passed: no verdict is not innocence.

    Args:
        db: has the view `verdicts`, of the arrival days up to `as_of`.
        rows: (ds, entity, entity_id, risk), without repeated rows.
        samples: the latest state of each random review as of the day.

    Returns:
        (ds, entity, entity_id, risk, status, loss_cents double; 0 unless guilty), one row per row of `rows`.
    """
    db.register("decided_rows", rows.select(["ds", "entity", "entity_id", "risk"]))
    db.register("sample_state", samples)
    db.register("risk_days", pa.table({
        "entity": [risk.entity for risk in RISKS], "risk": [risk.name for risk in RISKS],
        "horizon": pa.array([risk.horizon_days for risk in RISKS], pa.int32()),
        "maturity": pa.array([risk.label_maturity_days for risk in RISKS], pa.int32())}))
    later = (f"PARTITION BY entity, entity_id, risk ORDER BY {', '.join(ORDER)} "
             "ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING")
    return db.sql(f"""
        WITH standing AS (
                 SELECT *, count(*) FILTER (NOT confirmed) OVER ({later}) AS reversals FROM verdicts),
             incident AS (
                 SELECT entity, entity_id, risk, incident_from AS first, coalesce(incident_to, incident_from) AS last,
                        coalesce(loss_cents, 0) AS loss_cents FROM standing WHERE confirmed AND reversals = 0),
             cleared AS (
                 SELECT entity, entity_id, risk, max(CAST(decided_at AS DATE)) AS day FROM standing
                 WHERE NOT confirmed GROUP BY ALL
                 UNION ALL
                 SELECT entity, entity_id, risk, max(CAST(reviewed_at AS DATE)) FROM sample_state
                 WHERE NOT verdict GROUP BY ALL),
             touched AS (
                 SELECT r.ds, r.entity, r.entity_id, r.risk,
                        sum(CASE WHEN d.horizon = 0 THEN i.loss_cents
                            ELSE i.loss_cents / (i.last - i.first + 1.0)
                                 * (least(i.last, r.ds + d.horizon) - greatest(i.first, r.ds + 1) + 1) END) AS loss
                 FROM decided_rows r JOIN risk_days d USING (entity, risk)
                      JOIN incident i USING (entity, entity_id, risk)
                 WHERE d.horizon = 0 OR (i.first <= r.ds + d.horizon AND i.last > r.ds) GROUP BY ALL)
        SELECT r.*, CASE WHEN t.loss IS NOT NULL THEN '{GUILTY}'
                         WHEN EXISTS (FROM cleared c WHERE c.entity = r.entity AND c.entity_id = r.entity_id
                                      AND c.risk = r.risk AND c.day >= r.ds) THEN '{INNOCENT}'
                         WHEN r.ds + d.maturity > DATE '{as_of}' THEN '{UNSETTLED}' ELSE '{UNKNOWN}' END AS status,
               coalesce(t.loss, 0)::DOUBLE AS loss_cents
        FROM decided_rows r JOIN risk_days d USING (entity, risk)
             LEFT JOIN touched t USING (ds, entity, entity_id, risk)
        ORDER BY r.ds, r.entity, r.entity_id, r.risk""").to_arrow_table()
