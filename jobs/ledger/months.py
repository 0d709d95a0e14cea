"""What each month has cost, by the entries of the ledger up to a day."""

import datetime as dt
from typing import Any

import pyarrow as pa

from jobs.ledger.accounts import (
    BOOKED,
    EXPECTED_COMPENSATION,
    FRICTION,
    GROSS_LOSS,
    HOLDOUT_COST,
    PAID_COMPENSATION,
    PREVENTED,
    PREVENTED_ASSUMED,
    RECOVERED,
    REVERSED,
    REVIEW_COST,
    UNREPORTED,
)
from jobs.storage.query import connect

BOOKED_COLUMNS = {"gross_cents": (GROSS_LOSS, REVERSED), "recovered_cents": (RECOVERED,),
                  "false_positive_direct_cents": (PAID_COMPENSATION,), "review_cents": (REVIEW_COST,)}
ESTIMATED_COLUMNS = {"unreported": UNREPORTED, "prevented": PREVENTED, "prevented_assumed": PREVENTED_ASSUMED,
                     "false_positive_friction": FRICTION, "holdout": HOLDOUT_COST,
                     "expected_compensation": EXPECTED_COMPENSATION}
IN_NET = ("unreported", "false_positive_friction", "holdout")
KEY = "month, risk, borne_by"


def months(entries: pa.Table, ds: dt.date) -> list[dict[str, Any]]:
    """Return the rows of `loss_monthly` of a day, without the run.

    Booked money is added up. Of the estimates of a key the latest counts, and ends of intervals add up: the parts of a
    sum are taken as perfectly correlated, which makes the interval too wide and never too narrow.
    A row without booked money and without an estimate of `IN_NET` has no net: nothing is known of it.

    Args:
        entries: of the ledger, with `ds` up to the day or later ones too, which are left out.
    """
    with connect() as db:
        db.register("entry", entries)
        return db.sql(_sql(ds)).to_arrow_table().to_pylist()


def _sql(ds: dt.date) -> str:
    booked = ", ".join(f"coalesce(sum(amount_cents) FILTER (account IN {_names(accounts)}), 0)::BIGINT AS {column}"
                       for column, accounts in BOOKED_COLUMNS.items())
    # A sum of doubles depends on the order of its terms.
    estimated = ", ".join(f"sum({of} ORDER BY {of}) FILTER (account = '{account}') AS {column}{end}"
                          for column, account in ESTIMATED_COLUMNS.items()
                          for of, end in (("lo", "_lo"), ("estimate", ""), ("hi", "_hi")))
    net = ", ".join(f"{_net(end)}::DOUBLE AS net{end}" for end in ("_lo", "", "_hi"))
    columns = ", ".join([*(f"coalesce({column}, 0)::BIGINT AS {column}" for column in BOOKED_COLUMNS),
                         *(f"{column}{end}" for column in ESTIMATED_COLUMNS for end in ("_lo", "", "_hi"))])
    return f"""
        WITH known AS (SELECT *, coalesce(risk, 'unknown') AS of_risk,
                              CAST(date_trunc('month', incurred_ds) AS DATE) AS month
                       FROM entry WHERE ds <= DATE '{ds}'),
             of_booked AS (SELECT month, of_risk AS risk, borne_by, {booked}
                           FROM known WHERE account IN {_names(BOOKED)} GROUP BY ALL),
             latest AS (FROM known WHERE account NOT IN {_names(BOOKED)} QUALIFY row_number() OVER (
                            PARTITION BY account, of_risk, borne_by, month, experiment ORDER BY ds DESC) = 1),
             of_estimated AS (SELECT month, of_risk AS risk, borne_by, {estimated} FROM latest GROUP BY ALL),
             together AS (FROM of_booked FULL JOIN of_estimated USING ({KEY}))
        SELECT DATE '{ds}' AS ds, {KEY}, {columns}, {net}, DATE '{ds}' AS as_known_ds
        FROM together ORDER BY {KEY}"""


def _net(end: str) -> str:
    booked = "coalesce(gross_cents, 0) - coalesce(recovered_cents, 0) + coalesce(false_positive_direct_cents, 0) " \
             "+ coalesce(review_cents, 0)"
    net = booked + "".join(f" + coalesce({column}{end}, 0)" for column in IN_NET)
    return f"(CASE WHEN coalesce(gross_cents, {', '.join(IN_NET)}) IS NOT NULL THEN {net} END)"


def _names(accounts: tuple[str, ...]) -> str:
    return f"({', '.join(repr(account) for account in accounts)})"
