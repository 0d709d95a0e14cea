"""The histories that are joined to a case: earlier cases of its buyer, seller, product, carrier and reason.

A case counts in a history from the day on which it had arrived, and what it is a history of was known: the product of
a case is not known before its order arrives. Each change is a row that adds on its day of arrival, and one that takes
away when it is too old, so that one running sum a history is enough whatever the number of cases of a seller.
"""

from features.case.definitions import HISTORY_DAYS, PARTIES

# What a case counts for, and since when that is known: the carrier is that of the first parcel that arrived.
KNOWN = """
    SELECT c.case_id, coalesce(c.claim_cents, 0) AS claimed, c.user_id, c.ds AS user_ds,
           coalesce(c.seller_id, o.seller_id) AS seller_id,
           CASE WHEN c.seller_id IS NULL THEN greatest(c.ds, o.ds) ELSE c.ds END AS seller_ds,
           c.reason, o.product_id, greatest(c.ds, o.ds) AS order_ds, s.carrier AS carried_by,
           greatest(c.ds, s.ds) AS parcel_ds
    FROM case_first c LEFT JOIN order_first o USING (order_id)
    LEFT JOIN (FROM shipments WHERE carrier IS NOT NULL QUALIFY row_number() OVER (
        PARTITION BY order_id ORDER BY ds, shipped_at, shipment_id) = 1) s USING (order_id)"""

# The party that was responsible before loses what the new one gains.
ENDED = f"""
    SELECT case_id, ds, min(ds) OVER (PARTITION BY case_id) AS first_ds, row_number() OVER of_case = 1 AS is_first,
           coalesce(paid_cents, 0) - coalesce(lag(coalesce(paid_cents, 0)) OVER of_case, 0) AS paid,
           {', '.join(f"coalesce(responsible = '{party}', false)::INT"
                      f" - coalesce(lag(responsible) OVER of_case = '{party}', false)::INT AS {party}"
                      for party in PARTIES)}
    FROM case_outcomes WINDOW of_case AS (PARTITION BY case_id ORDER BY ds, closed_at)"""
COUNTS = ("cases", "closed", "claimed", "paid", *PARTIES)

# Of each history: the columns of `KNOWN` that it is by, the same of a case, and the day since which they are known.
KEYS = {"hb": (("user_id",), ("c.user_id",), "user_ds"),
        "hs": (("seller_id",), ("coalesce(c.seller_id, o.seller_id)",), "seller_ds"),
        "hp": (("product_id",), ("o.product_id",), "order_ds"), "hc": (("carried_by",), ("p.carrier",), "parcel_ds"),
        "hr": (("seller_id", "reason"), ("coalesce(c.seller_id, o.seller_id)", "c.reason"), "seller_ds")}
WITH_ORDERS = "hb", "hs"


def changes(view: str) -> str:
    """Return the SQL of the changes of a history: its keys, case, arrival day, and what is added to each count.

    A closed case counts from its first outcome, as what its last one says, for `HISTORY_DAYS`.
    """
    columns, _, since = KEYS[view]
    keys = ", ".join(columns)
    none = ", ".join(f"0 AS {name}" for name in COUNTS[1:])
    taken = ", ".join(f"-{name} AS {name}" for name in COUNTS)
    return f"""
        WITH added AS (
                 SELECT case_id, {keys}, {since} AS ds, {since} + {HISTORY_DAYS} AS until, 1 AS cases, {none}
                 FROM case_known
                 UNION ALL BY NAME
                 SELECT k.case_id, {keys}, greatest({since}, e.ds) AS ds,
                        greatest({since}, e.first_ds) + {HISTORY_DAYS} AS until, 0 AS cases, is_first::INT AS closed,
                        CASE WHEN is_first THEN k.claimed ELSE 0 END AS claimed, paid, {', '.join(PARTIES)}
                 FROM case_known k JOIN case_ended e USING (case_id)),
             counted AS (FROM added WHERE ds < until AND {' AND '.join(f'{name} IS NOT NULL' for name in columns)})
        SELECT case_id, {keys}, ds, {', '.join(COUNTS)} FROM counted
        UNION ALL BY NAME SELECT case_id, {keys}, until AS ds, {taken} FROM counted"""


def history(view: str) -> str:
    """Return the SQL of a history of the arrival days (as_of - HISTORY_DAYS, as_of], without the case itself."""
    columns, of_case, _ = KEYS[view]
    keys = ", ".join(columns)
    sums = ", ".join(f"sum({name}) AS {name}" for name in COUNTS)
    running = ", ".join(f"sum({name}) OVER by_day AS {name}" for name in COUNTS)
    others = ", ".join(f"coalesce(n.{name}, 0) - coalesce(own.{name}, 0) AS {name}" for name in COUNTS)
    return f"""
        WITH daily AS (SELECT {keys}, ds, {sums} FROM case_change_{view} GROUP BY ALL),
             running AS (SELECT {keys}, ds, {running} FROM daily
                         WINDOW by_day AS (PARTITION BY {keys} ORDER BY ds)),
             k AS (SELECT c.case_id, c.as_of, {', '.join(f'{sql} AS {column}' for sql, column in zip(of_case, columns))}
                   FROM case_asked c LEFT JOIN case_order o USING (case_id, as_of)
                   LEFT JOIN case_parcel p USING (case_id, as_of)),
             own AS (SELECT k.case_id, k.as_of, {sums} FROM k JOIN case_change_{view} x USING (case_id, {keys})
                     WHERE x.ds <= k.as_of GROUP BY ALL)
        SELECT k.case_id, k.as_of, {others}{_more_columns(view)}
        FROM k LEFT JOIN own USING (case_id, as_of)
        ASOF LEFT JOIN running n ON {' AND '.join(f'n.{name} = k.{name}' for name in columns)} AND n.ds <= k.as_of
        {_more_joins(view)}
        WHERE {' AND '.join(f'k.{column} IS NOT NULL' for column in columns)}"""


def _more_columns(view: str) -> str:
    if view in WITH_ORDERS:
        return ", coalesce(m.orders, 0) AS orders"
    return ", d.days / nullif(d.parcels, 0) AS mean_days" if view == "hc" else ""


def _more_joins(view: str) -> str:
    """Return the joins of what else a history has: orders of a buyer or seller, days on the way of a carrier."""
    if view in WITH_ORDERS:
        (key,) = KEYS[view][0]
        return f"""ASOF LEFT JOIN (
                SELECT {key}, ds, sum(sum(orders)) OVER (PARTITION BY {key} ORDER BY ds) AS orders
                FROM (SELECT {key}, ds, 1 AS orders FROM order_first
                      UNION ALL SELECT {key}, ds + {HISTORY_DAYS}, -1 FROM order_first) GROUP BY {key}, ds) m
            ON m.{key} = k.{key} AND m.ds <= k.as_of"""
    if view == "hc":
        return """ASOF LEFT JOIN (
                SELECT carrier AS carried_by, ds, sum(count(*)) OVER by_day AS parcels,
                       sum(sum(date_diff('hour', shipped_at, delivered_at))) OVER by_day / 24.0 AS days
                FROM (FROM shipments WHERE delivered_at IS NOT NULL
                      QUALIFY row_number() OVER (PARTITION BY shipment_id ORDER BY ds, delivered_at) = 1)
                GROUP BY carrier, ds WINDOW by_day AS (PARTITION BY carrier ORDER BY ds)) d
            ON d.carried_by = k.carried_by AND d.ds <= k.as_of"""
    return ""


HISTORIES = {"case_known": KNOWN, "case_ended": ENDED,
             **{name: sql for view in KEYS for name, sql in ((f"case_change_{view}", changes(view)),
                                                             (f"case_{view}", history(view)))}}
