"""What became of rows that a policy acts on, as it is known by a later day."""

import datetime as dt

import duckdb
import pyarrow as pa

from features.inputs.verdict_precedence import TAKEN_BACK
from features.risks import RISKS
from jobs.decisions.row_facts import RowFacts

GUILTY, INNOCENT, UNKNOWN, UNSETTLED = STATUSES = ("guilty", "innocent", "unknown", "unsettled")
KEY = ("ds", "entity", "entity_id", "risk")


def outcomes(db: duckdb.DuckDBPyConnection, acting: pa.Table, facts: RowFacts, as_of: dt.date) -> pa.Table:
    """Return the status and the loss of each row, by what had arrived up to a day. The first status that holds counts.

    - guilty: an incident that stands confirmed touches the days of the risk's horizon after the row's day. An order is
      guilty if it stands confirmed. The same rule labels the rows of a training.
    - innocent: an incident that touches these days was confirmed, and a later verdict took that back. Or a verdict or
      a random review cleared the row's entity, and was decided on the row's day or before horizon and delay had passed.
    - unsettled: horizon and delay of the risk have not passed yet. No verdict means nothing then.
    - unknown: nothing was decided. No verdict is not innocence, least of all where nobody looked.

    A random review that finds a row guilty changes no status: it names no incident and no loss. The bounds of the
    caught loss hold with the row as unknown, and the estimate from random reviews reads the review itself.

    The loss of a guilty row is the part of its incidents' loss, spread evenly over their days, that falls into the days
    for which the row answers: the horizon, or fewer where the same entity and risk is acted on again within it. So no
    day of loss is counted twice.

    A row is censored if somebody acted on its entity up to the end of the horizon: its incident may have ended early,
    and its loss would have been larger. Rows of a holdout that nobody else acted on are not censored. They get no other
    status for it, since a missing verdict is no innocence there either.

    Args:
        db: has the view `verdicts`, of the arrival days up to `as_of`.
        acting: (ds, entity, entity_id, risk), the rows on which one policy acts, without repeated rows.

    Returns:
        (ds, entity, entity_id, risk, status, loss_cents double; 0 unless guilty, share double; the part of the horizon
        for which the row answers, in (0, 1], censored boolean), one row per row of `acting`, in the order of keys.
    """
    db.register("acting_rows", acting.select(list(KEY)))
    db.register("review_state", facts.reviews)
    db.register("acted", facts.acted)
    db.register("risk_days", risk_days())
    return db.sql(f"""
        WITH decided AS (
                 SELECT a.*, d.horizon, d.maturity, CAST(least(d.horizon, coalesce(
                            lead(ds) OVER (PARTITION BY entity, entity_id, risk ORDER BY ds) - ds, d.horizon)) AS INT)
                        AS answers_for
                 FROM acting_rows a JOIN risk_days d USING (entity, risk)),
             standing AS (
                 SELECT *, {TAKEN_BACK} AS taken_back FROM verdicts),
             incident AS (
                 SELECT entity, entity_id, risk, incident_from AS first, coalesce(incident_to, incident_from) AS last,
                        coalesce(loss_cents, 0) AS loss_cents, taken_back FROM standing WHERE confirmed),
             touched AS (
                 SELECT r.ds, r.entity, r.entity_id, r.risk, bool_or(NOT i.taken_back) AS stands,
                        sum(CASE WHEN i.taken_back THEN 0
                                 WHEN r.horizon = 0 THEN i.loss_cents
                                 ELSE i.loss_cents / (i.last - i.first + 1.0) * greatest(0, 1
                                      + least(i.last, r.ds + r.answers_for) - greatest(i.first, r.ds + 1)) END) AS loss
                 FROM decided r JOIN incident i USING (entity, entity_id, risk)
                 WHERE r.horizon = 0 OR (i.first <= r.ds + r.horizon AND i.last > r.ds) GROUP BY ALL),
             cleared AS (
                 SELECT entity, entity_id, risk, CAST(decided_at AS DATE) AS day FROM verdicts WHERE NOT confirmed
                 UNION ALL
                 SELECT entity, entity_id, risk, CAST(reviewed_at AS DATE) FROM review_state WHERE NOT verdict)
        SELECT r.ds, r.entity, r.entity_id, r.risk,
               CASE WHEN t.stands THEN '{GUILTY}'
                    WHEN NOT t.stands OR EXISTS (
                         FROM cleared c WHERE c.entity = r.entity AND c.entity_id = r.entity_id AND c.risk = r.risk
                              AND c.day BETWEEN r.ds AND r.ds + r.maturity) THEN '{INNOCENT}'
                    WHEN r.ds + r.maturity > DATE '{as_of}' THEN '{UNSETTLED}' ELSE '{UNKNOWN}' END AS status,
               coalesce(t.loss, 0)::DOUBLE AS loss_cents,
               CASE WHEN r.horizon = 0 THEN 1.0 ELSE r.answers_for / r.horizon END::DOUBLE AS share,
               EXISTS (FROM acted a WHERE a.entity = r.entity AND a.entity_id = r.entity_id
                       AND a.ds <= r.ds + r.horizon) AS censored
        FROM decided r LEFT JOIN touched t USING (ds, entity, entity_id, risk)
        ORDER BY r.ds, r.entity, r.entity_id, r.risk""").to_arrow_table()


def risk_days() -> pa.Table:
    """Return horizon and label maturity of each risk, in days: (entity, risk, horizon, maturity)."""
    return pa.table({
        "entity": [risk.entity for risk in RISKS], "risk": [risk.name for risk in RISKS],
        "horizon": pa.array([risk.horizon_days for risk in RISKS], pa.int32()),
        "maturity": pa.array([risk.label_maturity_days for risk in RISKS], pa.int32())})
