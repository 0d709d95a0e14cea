"""What the desk decided first about cases, and what followed: a second review, a reversal."""

import datetime as dt

import duckdb
import pyarrow as pa

WEEKS = 13
REVERSAL_DAYS = 28  # a decision counts as reversed if another party is held responsible within so many days


def judged_cases(db: duckdb.DuckDBPyConnection, as_of: dt.date) -> pa.Table:
    """Return the cases whose first outcome arrived in the 13 weeks, and the days of reversals before, up to a day.

    Args:
        db: has the views of `open_money.attach`; rows that arrived after the day are left out.

    Returns:
        case_id, arrived_on, decided_on (arrival of the first outcome), kind, reason, responsible (of the first
        outcome), second (of the second review; null where none is known), hours (from opening to closing), paid_share
        (of the claim, within [0, 1]; null without a claim), reversed (bool); ordered by case_id.
    """
    return db.sql(f"""
        WITH arrived AS (SELECT * FROM cases WHERE ds <= DATE '{as_of}'
                         QUALIFY row_number() OVER (PARTITION BY case_id ORDER BY ds, opened_at) = 1),
             outcome AS (SELECT *, row_number() OVER by_arrival AS place,
                                first_value(responsible) OVER by_arrival AS first_responsible,
                                first_value(ds) OVER by_arrival AS decided_on
                         FROM case_outcomes WHERE ds <= DATE '{as_of}'
                         WINDOW by_arrival AS (PARTITION BY case_id ORDER BY ds, closed_at, responsible)),
             later AS (SELECT case_id, arg_min(second_responsible, place) AS second,
                              bool_or(responsible <> first_responsible AND ds <= decided_on + {REVERSAL_DAYS})
                                AS reversed
                       FROM outcome GROUP BY case_id)
        SELECT o.case_id, a.ds AS arrived_on, o.decided_on, a.kind, a.reason, o.responsible, l.second,
               date_diff('minute', a.opened_at, o.closed_at) / 60.0 AS hours,
               -- `least` leaves nulls out
               CASE WHEN o.paid_cents > a.claim_cents AND a.claim_cents > 0 THEN 1
                    ELSE o.paid_cents / nullif(a.claim_cents, 0) END AS paid_share, l.reversed
        FROM outcome o JOIN later l USING (case_id) JOIN arrived a USING (case_id)
        WHERE o.place = 1 AND o.decided_on > DATE '{as_of}' - {7 * WEEKS + REVERSAL_DAYS}
        ORDER BY o.case_id""").to_arrow_table()
