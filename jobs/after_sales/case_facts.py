"""What is known of a case as of a day: the case, its order, parcels and listing, the words, outcomes and groups."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from features.inputs.tables import CASES
from jobs.after_sales.case_rows import ASKED
from jobs.errors import UserError

# Parameters: the case and the day. `case_asked`, `case_order` and `case_weight` are tables of `case_rows`; those that
# begin with `own_` are the events about a few cases, of `collect`.
FEW = "SELECT {0} FROM case_asked LEFT JOIN case_order USING (case_id, as_of) WHERE list_contains($cases, case_id)"
OWN = {"messages": ("case_id", "case_id"), "case_outcomes": ("case_id", "case_id"),
       "shipments": ("order_id", "order_id"), "listings": ("product_id", "product_id"), "users": ("user_id", "user_id"),
       "sellers": ("seller_id", "coalesce(case_asked.seller_id, case_order.seller_id)")}
OF_CASE = "case_id = $case AND as_of = $day"
CASE = f"""
    SELECT c.case_id, c.kind, c.reason, c.claim_cents, c.opened_at, c.case_ds AS arrived_on, c.order_id, c.user_id,
           coalesce(c.seller_id, o.seller_id) AS seller_id, c.evidence_id, c.image_hash
    FROM case_asked c LEFT JOIN case_order o USING (case_id, as_of) WHERE {OF_CASE}"""
ORDER = f"""
    SELECT ordered_at, product_id, category, quantity, amount_cents, discount_cents, ship_by
    FROM case_order WHERE {OF_CASE}"""
PARCELS = f"""
    SELECT s.shipment_id, s.carrier, s.shipped_at, s.delivered_at, s.handover, s.weight_grams, w.usual_grams
    FROM case_asked c JOIN own_shipments s USING (order_id) LEFT JOIN case_weight w USING (case_id, as_of)
    WHERE {OF_CASE} AND s.ds <= $day
    QUALIFY row_number() OVER (PARTITION BY s.shipment_id ORDER BY s.ds DESC) = 1
    ORDER BY s.shipped_at, s.shipment_id"""
LISTING = f"""
    SELECT l.listing_version_id, l.changed_at, l.title, l.description, l.price_cents
    FROM case_order o JOIN own_listings l USING (product_id)
    WHERE {OF_CASE} AND l.ds <= $day AND l.changed_at <= o.ordered_at
    ORDER BY l.changed_at DESC, l.ds DESC, l.listing_version_id LIMIT 1"""
WORDS = f"""
    SELECT written_at, role, text FROM (
        SELECT opened_at AS written_at, 'complaint' AS role, text, '' AS id FROM case_asked
        WHERE {OF_CASE} AND text IS NOT NULL
        UNION ALL BY NAME
        SELECT sent_at AS written_at, role, text, message_id AS id FROM own_messages
        WHERE case_id = $case AND ds <= $day)
    ORDER BY written_at, id"""
OUTCOMES = """
    SELECT ds AS arrived_on, closed_at, outcome, responsible, paid_cents, appealed FROM own_case_outcomes
    WHERE case_id = $case AND ds <= $day ORDER BY ds, closed_at"""
# Parameters: the cases and the day.
LAST_OUTCOMES = """
    WITH ended AS (FROM case_outcomes WHERE list_contains($cases, case_id) AND ds <= $day
                   QUALIFY row_number() OVER (PARTITION BY case_id ORDER BY ds DESC, closed_at DESC) = 1),
         claims AS (SELECT case_id, arg_min(claim_cents, ds) AS claim_cents FROM cases
                    WHERE list_contains($cases, case_id) GROUP BY case_id)
    SELECT case_id, closed_at, outcome, responsible, claim_cents, paid_cents
    FROM ended JOIN claims USING (case_id)"""

# Attributes of people stand apart: no fact and no evidence is one of them.
GROUPS = f"""
    WITH own AS ({CASE}),
         buyer AS (SELECT arg_max(region, (ds, registered_at)) AS region, min(registered_at) AS since FROM own_users
                   WHERE user_id = (SELECT user_id FROM own) AND ds <= $day),
         seller AS (SELECT arg_max(region, (ds, registered_at)) AS region, min(registered_at) AS since FROM own_sellers
                    WHERE seller_id = (SELECT seller_id FROM own) AND ds <= $day)
    SELECT b.region AS buyer_region, b.since AS buyer_since, s.region AS seller_region, s.since AS seller_since
    FROM buyer b, seller s"""
AGES = ((30, "under a month"), (365, "under a year"), (np.inf, "a year or more"))
SIZES = ((20, "up to 20 orders"), (200, "up to 200 orders"), (np.inf, "more than 200 orders"))


def looked_at(db: duckdb.DuckDBPyConnection, cases: Sequence[str], until: dt.date) -> pa.Table:
    """Return (case_id, as_of): the day, or of a closed case the last day before its first outcome; ordered by case.

    A case that arrived when it had an outcome already is looked at on the day of its arrival.

    Raises:
        UserError: a case had not arrived by the day.
    """
    found = db.execute("""
        SELECT case_id, arrived, ended FROM (SELECT case_id, min(ds) AS arrived FROM cases GROUP BY case_id)
        LEFT JOIN (SELECT case_id, min(ds) AS ended FROM case_outcomes WHERE ds <= $day GROUP BY case_id)
          USING (case_id)
        WHERE arrived <= $day AND list_contains($cases, case_id) ORDER BY case_id""",
                       {"day": until, "cases": list(cases)}).fetchall()
    if missing := sorted(set(cases) - {case for case, *_ in found}):
        raise UserError(f"{CASES.name}: found no case {', '.join(missing)} that had arrived by {until}, expected ids "
                        "of that table; list some: make sql Q=\"select case_id from cases order by ds desc limit 5\"")
    days = [until if ended is None else max(arrived, min(until, ended - dt.timedelta(1)))
            for _, arrived, ended in found]
    return pa.table([[case for case, *_ in found], days], schema=ASKED)


def collect(db: duckdb.DuckDBPyConnection, cases: Sequence[str]) -> None:
    """Keep the events about a few cases as tables, after `case_rows` of them; queries of a case read these alone."""
    for table, (key, of_case) in OWN.items():
        db.execute(f"CREATE OR REPLACE TEMP TABLE own_{table} AS SELECT * FROM {table} "
                   f"WHERE {key} IN ({FEW.format(of_case)})", {"cases": list(cases)})


def facts(db: duckdb.DuckDBPyConnection, case: str, day: dt.date) -> dict[str, Any]:
    """Return the facts of a case as of a day: `case`, `order` and `listing` (None without one), and `parcels`.

    Args:
        db: after `case_rows` of the case and the day, and `collect`. Values are as stored: private ones are masked.
    """
    of = {name: rows(db, sql, case, day) for name, sql in (("case", CASE), ("order", ORDER), ("listing", LISTING))}
    return {**{name: next(iter(found), None) for name, found in of.items()}, "parcels": rows(db, PARCELS, case, day)}


def groups(db: duckdb.DuckDBPyConnection, case: str, day: dt.date, seller_orders: float) -> dict[str, str | None]:
    """Return what is known of the parties as people: regions, ages of their accounts, and the seller's size, in bands.

    Args:
        seller_orders: of `HISTORY_DAYS`, NaN where they are not known.
    """
    (found,) = rows(db, GROUPS, case, day)
    ages = {f"{who}_age": _band(AGES, (day - since.date()).days if since else np.nan)
            for who, since in (("buyer", found.pop("buyer_since")), ("seller", found.pop("seller_since")))}
    return dict(sorted({**found, **ages, "seller_size": _band(SIZES, seller_orders)}.items()))


def last_outcomes(db: duckdb.DuckDBPyConnection, cases: Sequence[str], day: dt.date) -> dict[str, dict[str, Any]]:
    """Return by case the last outcome that had arrived by a day, with the claim. A case without one is left out."""
    found = db.sql(LAST_OUTCOMES, params={"cases": list(cases), "day": day}).to_arrow_table().to_pylist()
    return {row["case_id"]: row for row in found}


def rows(db: duckdb.DuckDBPyConnection, sql: str, case: str, day: dt.date) -> list[dict[str, Any]]:
    """Return the rows of a query of this module as dictionaries."""
    return db.sql(sql, params={"case": case, "day": day}).to_arrow_table().to_pylist()


def _band(bands: Sequence[tuple[float, str]], value: float) -> str | None:
    return None if np.isnan(value) else next(name for most, name in bands if value <= most)
