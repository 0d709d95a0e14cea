"""Which cases are open or closed as of a day, and what is known of the closed ones."""

import datetime as dt
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from features.case.definitions import PARTIES
from jobs.after_sales.case_rows import ASKED

OPEN_DAYS = 60  # a case without an outcome counts as open for so long
CLOSED_DAYS = 365  # cases that arrived in so many days are learned from


@dataclass(frozen=True, eq=False)
class Closed:
    """Closed cases, each looked at on two days: when it arrived, and on the last day before its first outcome.

    Attributes:
        asked: (case_id, as_of), a row or two a case, ordered by case and day.
        label: (rows,) code of PARTIES of the last outcome known, -1 for undetermined.
        second: (rows,) code of the second review, -1 where none is known.
        paid_share: (rows,) paid, divided by the claim, within [0, 1]; NaN where no claim is known.
    """

    asked: pa.Table
    label: np.ndarray
    second: np.ndarray
    paid_share: np.ndarray


def open_cases(db: duckdb.DuckDBPyConnection, as_of: dt.date) -> pa.Table:
    """Return (case_id, as_of) of the cases that are open as of a day, ordered by case.

    Args:
        db: has the views of `open_money.attach`; rows that arrived after the day are left out.
    """
    return db.sql(f"""
        SELECT case_id, DATE '{as_of}' AS as_of FROM cases
        WHERE ds <= DATE '{as_of}'
              AND case_id NOT IN (SELECT case_id FROM case_outcomes WHERE ds <= DATE '{as_of}')
        GROUP BY case_id HAVING min(ds) > DATE '{as_of}' - {OPEN_DAYS} ORDER BY case_id""").to_arrow_table().cast(ASKED)


def closed_cases(db: duckdb.DuckDBPyConnection, as_of: dt.date) -> Closed:
    """Return the cases with an outcome that had arrived by a day. A reversed outcome counts as the one after it.

    Args:
        db: as of `open_cases`.
    """
    parties = ", ".join(repr(party) for party in PARTIES)
    found = db.sql(f"""
        WITH arrived AS (SELECT case_id, min(ds) AS arrived, arg_min(claim_cents, ds) AS claim_cents FROM cases
                         WHERE ds <= DATE '{as_of}' GROUP BY case_id
                         HAVING min(ds) > DATE '{as_of}' - {CLOSED_DAYS}),
             ended AS (SELECT case_id, min(ds) AS ended, arg_max(responsible, (ds, closed_at)) AS responsible,
                              arg_max(second_responsible, (ds, closed_at)) AS second,
                              arg_max(paid_cents, (ds, closed_at)) AS paid_cents
                       FROM case_outcomes WHERE ds <= DATE '{as_of}' GROUP BY case_id),
             both_days AS (SELECT *, unnest(list_distinct([arrived, greatest(arrived, ended - 1)])) AS as_of
                           FROM arrived JOIN ended USING (case_id) WHERE ended > arrived)
        SELECT case_id, as_of, coalesce(list_position([{parties}], responsible), 0) - 1 AS label,
               coalesce(list_position([{parties}], second), 0) - 1 AS second,
               CASE WHEN paid_cents / nullif(claim_cents, 0) > 1 THEN 1 ELSE paid_cents / nullif(claim_cents, 0) END
                   AS paid_share
        FROM both_days ORDER BY case_id, as_of""").to_arrow_table()
    label, second = (found[name].to_numpy().astype(int) for name in ("label", "second"))
    return Closed(found.select(["case_id", "as_of"]).cast(ASKED), label, second,
                   found["paid_share"].to_numpy(zero_copy_only=False).astype(float))
