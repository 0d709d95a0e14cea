"""What the books say as of a day: one amount for each source row that means money, as it was known by the day.

Entries are the changes of positions from one day to the next ([entries](entries.py)). All amounts are booked: integer
minor units from the rows of input tables, or minutes times a price.
"""

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from features.inputs.verdict_precedence import TAKEN_BACK
from jobs.decisions.policy_files import Queue
from jobs.ledger.accounts import BORNE_BY, GROSS_LOSS, PAID_COMPENSATION, PLATFORM, RECOVERED, REVIEW_COST

POSITIONS = pa.schema([
    *((name, pa.string()) for name in ("account", "source_table", "source_id", "borne_by", "risk", "entity",
                                       "entity_id")),
    ("incurred_ds", pa.date32()), ("amount_cents", pa.int64()), ("method", pa.string()),
    ("policy_version", pa.string())])
COLUMNS = ", ".join(POSITIONS.names)

# The same loss under two risks is one loss. Of incidents of one entity that touch in time, the largest loss counts.
# The loss of an order counts with the order, and what is above it with the user's or the seller's incident.
INCIDENT_LOSS = f"""
    WITH standing AS (SELECT *, {TAKEN_BACK} AS taken_back FROM verdicts),
         incident AS (
             SELECT verdict_id, entity, entity_id, risk, incident_from AS first,
                    coalesce(incident_to, incident_from) AS last, loss_cents
             FROM standing WHERE confirmed AND NOT taken_back AND loss_cents > 0),
         opened AS (
             SELECT *, first > max(last) OVER (
                        PARTITION BY entity, entity_id ORDER BY first, last, verdict_id
                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS apart FROM incident),
         clustered AS (
             SELECT *, count(*) FILTER (apart) OVER (PARTITION BY entity, entity_id ORDER BY first, last, verdict_id)
                    AS cluster FROM opened),
         counted AS (
             FROM clustered QUALIFY row_number() OVER (
                 PARTITION BY entity, entity_id, cluster ORDER BY loss_cents DESC, first, verdict_id) = 1),
         of_order AS (
             SELECT o.user_id, o.seller_id, CAST(o.ordered_at AS DATE) AS day, c.loss_cents
             FROM counted c JOIN orders o ON c.entity = 'order' AND o.order_id = c.entity_id),
         within AS (
             SELECT c.verdict_id, sum(o.loss_cents) AS loss_cents
             FROM counted c JOIN of_order o
               ON (c.entity = 'user' AND o.user_id = c.entity_id OR c.entity = 'seller' AND o.seller_id = c.entity_id)
                  AND o.day BETWEEN c.first AND c.last
             GROUP BY c.verdict_id)
    SELECT c.*, CAST(greatest(c.loss_cents - coalesce(w.loss_cents, 0), 0) AS BIGINT) AS amount_cents
    FROM counted c LEFT JOIN within w USING (verdict_id)"""

LOSSES = f"""SELECT '{GROSS_LOSS}' AS account, 'verdicts' AS source_table, verdict_id AS source_id,
                    borne_by, risk, entity, entity_id, first AS incurred_ds, amount_cents,
                    'confirmed loss' AS method, NULL AS policy_version
             FROM incident_loss JOIN borne USING (risk) WHERE amount_cents > 0"""

# What a guilty seller paid back, matched to the incident in whose days the order was placed. It goes to whom the loss
# of the risk hit.
RECOVERIES = f"""SELECT '{RECOVERED}' AS account, 'case_outcomes' AS source_table, c.case_id AS source_id,
                        b.borne_by, i.risk, i.entity, i.entity_id, i.first AS incurred_ds,
                        CAST(p.paid_cents AS BIGINT) AS amount_cents, 'paid by the guilty seller' AS method,
                        NULL AS policy_version
                 FROM (FROM case_outcomes QUALIFY row_number() OVER (
                           PARTITION BY case_id ORDER BY closed_at DESC, ds DESC) = 1) p
                 JOIN cases c USING (case_id) JOIN orders o USING (order_id)
                 JOIN incident_loss i ON i.entity = 'seller' AND i.entity_id = o.seller_id
                      AND CAST(o.ordered_at AS DATE) BETWEEN i.first AND i.last
                 JOIN borne b ON b.risk = i.risk
                 WHERE p.responsible = 'seller' AND p.paid_cents > 0"""

COMPENSATIONS = f"""SELECT '{PAID_COMPENSATION}' AS account, 'appeals' AS source_table, a.appeal_id AS source_id,
                           '{PLATFORM}' AS borne_by, t.risk, a.entity, a.entity_id,
                           CAST(coalesce(t.taken_at, a.filed_at) AS DATE) AS incurred_ds,
                           CAST(a.compensation_cents AS BIGINT) AS amount_cents, 'upheld appeal' AS method,
                           NULL AS policy_version
                    FROM (FROM appeals QUALIFY row_number() OVER (
                              PARTITION BY appeal_id ORDER BY ds DESC, decided_at DESC NULLS LAST) = 1) a
                    LEFT JOIN (FROM actions_taken QUALIFY row_number() OVER (
                                   PARTITION BY action_id ORDER BY ds DESC, taken_at DESC) = 1) t USING (action_id)
                    WHERE a.outcome = 'upheld' AND a.compensation_cents > 0"""

# Minutes of decisions that operators report as carried out, at the price of the queue.
REVIEWS = f"""SELECT '{REVIEW_COST}' AS account, 'decision_daily' AS source_table, d.decision_id AS source_id,
                     '{PLATFORM}' AS borne_by, d.risk, d.entity, d.entity_id, d.ds AS incurred_ds,
                     CAST(round(d.minutes * q.price) AS BIGINT) AS amount_cents,
                     'minutes at the price of the queue' AS method, d.policy_version
              FROM decisions d JOIN prices q USING (queue)
              WHERE d.minutes > 0 AND d.decision_id IN (
                  SELECT decision_id FROM actions_taken WHERE decision_id IS NOT NULL GROUP BY decision_id
                  HAVING bool_or(executed)) AND round(d.minutes * q.price) > 0"""


def positions(db: duckdb.DuckDBPyConnection, decisions: pa.Table, queues: Mapping[str, Queue]) -> pa.Table:
    """Return the positions of the day to which the views belong.

    Args:
        db: has the views of `open_money.attach`, of the arrival days up to a day.
        decisions: live rows of `decision_daily` up to that day: (ds, decision_id, queue, risk, entity, entity_id,
            minutes, policy_version), one row per decision.

    Returns:
        The columns of POSITIONS, one row per account, source_table, source_id and borne_by, ordered by them.
    """
    db.register("borne", pa.table({"risk": list(BORNE_BY), "borne_by": list(BORNE_BY.values())}))
    db.register("prices", pa.table({"queue": list(queues), "price": [queue.price_cents_a_minute
                                                                     for queue in queues.values()]}))
    db.register("decisions", decisions)
    db.execute(f"CREATE OR REPLACE TEMP TABLE incident_loss AS {INCIDENT_LOSS}")
    parts = " UNION ALL BY NAME ".join(f"({part})" for part in (LOSSES, RECOVERIES, COMPENSATIONS, REVIEWS))
    return db.sql(f"SELECT {COLUMNS} FROM ({parts}) ORDER BY ALL").to_arrow_table().cast(POSITIONS)
