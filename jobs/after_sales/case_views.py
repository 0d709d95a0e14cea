"""The views that are joined to a case: each as of the day on which the case is looked at.

A case is looked at as of a day: rows that had arrived by then count, and no others. Histories are running sums over the
days of arrival, so that the work is linear in the rows whatever the number of cases of a seller.
"""

from features.case.definitions import HISTORY_DAYS, PARTIES

CASE = """
    SELECT a.as_of, c.case_id, c.ds AS case_ds, c.opened_at, c.order_id, c.user_id, c.seller_id, c.kind, c.reason,
           c.claim_cents, c.evidence_id, c.text, c.image_hash
    FROM asked a JOIN cases c USING (case_id) WHERE c.ds <= a.as_of
    QUALIFY row_number() OVER (PARTITION BY c.case_id, a.as_of ORDER BY c.ds, c.opened_at) = 1"""

ORDER = """
    SELECT c.case_id, c.as_of, o.ordered_at, o.product_id, o.category, o.quantity, o.amount_cents, o.discount_cents,
           o.ship_by, o.seller_id
    FROM case_asked c JOIN orders o USING (order_id) WHERE o.ds <= c.as_of
    QUALIFY row_number() OVER (PARTITION BY c.case_id, c.as_of ORDER BY o.ds, o.ordered_at) = 1"""

# Of several parcels the latest one: an earlier one may have come back.
PARCEL = """
    SELECT c.case_id, c.as_of, s.ds AS parcel_ds, s.shipped_at, s.delivered_at, s.carrier, s.handover, s.weight_grams
    FROM case_asked c JOIN shipments s USING (order_id) WHERE s.ds <= c.as_of
    QUALIFY row_number() OVER (PARTITION BY c.case_id, c.as_of ORDER BY s.shipped_at DESC, s.ds DESC, s.shipment_id) = 1"""

# The geometric mean of the product's other parcels, by running sums over arrival days.
USUAL_WEIGHT = """
    WITH weighed AS (SELECT o.product_id, greatest(s.ds, o.ds) AS ds, count(*) AS parcels,
                            sum(ln(s.weight_grams) ORDER BY s.shipment_id) AS logs
                     FROM shipments s JOIN orders o USING (order_id) WHERE s.weight_grams > 0 GROUP BY ALL),
         running AS (SELECT product_id, ds, sum(parcels) OVER by_day AS parcels, sum(logs) OVER by_day AS logs
                     FROM weighed WINDOW by_day AS (PARTITION BY product_id ORDER BY ds))
    SELECT c.case_id, c.as_of,
           exp((r.logs - coalesce(ln(nullif(p.weight_grams, 0)), 0))
               / nullif(r.parcels - (coalesce(p.weight_grams, 0) > 0)::INT, 0)) AS usual_grams
    FROM case_asked c JOIN case_order o USING (case_id, as_of) LEFT JOIN case_parcel p USING (case_id, as_of)
    ASOF JOIN running r ON r.product_id = o.product_id AND r.ds <= c.as_of"""

# Words with which a description promises more than goods usually keep.
BOLD_WORDS = "guarantee|lifetime|100 ?%|original|waterproof|unbreakable|best |every |real |champion|professional|!"
LISTING = f"""
    SELECT c.case_id, c.as_of, arg_max(l.description, (l.changed_at, l.ds)) AS description,
           arg_max(l.price_cents, (l.changed_at, l.ds)) AS price_cents, count(*) AS versions,
           len(regexp_extract_all(lower(arg_max(l.description, (l.changed_at, l.ds))), '{BOLD_WORDS}')) AS bold_words
    FROM case_asked c JOIN case_order o USING (case_id, as_of) JOIN listings l ON l.product_id = o.product_id
    WHERE l.ds <= c.as_of AND l.changed_at <= o.ordered_at GROUP BY ALL"""

CONVERSATION = """
    SELECT c.case_id, c.as_of, count(*) AS messages,
           count(*) FILTER (m.role = 'buyer') AS of_buyer, count(*) FILTER (m.role = 'seller') AS of_seller,
           count(*) FILTER (m.role = 'agent') AS of_agent,
           string_agg(m.role || ': ' || m.text, chr(10) ORDER BY m.sent_at, m.message_id) AS conversation,
           lower(string_agg(m.text, chr(10)) FILTER (m.role = 'buyer')) AS buyer_words,
           lower(string_agg(m.text, chr(10)) FILTER (m.role = 'seller')) AS seller_words,
           lower(string_agg(m.text, chr(10)) FILTER (m.role = 'agent')) AS agent_words
    FROM case_asked c JOIN messages m USING (case_id) WHERE m.ds <= c.as_of GROUP BY c.case_id, c.as_of"""

COPIES = "SELECT * FROM image_copies"

# A case changes a history on the day of its arrival, and with each of its outcomes: the party that was responsible
# before loses what the new one gains.
CHANGES = f"""
    WITH opened AS (
             SELECT c.case_id, c.ds, c.user_id, coalesce(c.seller_id, o.seller_id) AS seller_id, c.reason,
                    o.product_id, s.carrier AS carried_by, coalesce(c.claim_cents, 0) AS claimed
             FROM (FROM cases QUALIFY row_number() OVER (PARTITION BY case_id ORDER BY ds, opened_at) = 1) c
             LEFT JOIN (FROM orders QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY ds, ordered_at) = 1) o
               USING (order_id)
             LEFT JOIN (SELECT order_id, arg_max(carrier, (shipped_at, ds, shipment_id)) AS carrier
                        FROM shipments GROUP BY order_id) s USING (order_id)),
         ended AS (
             SELECT case_id, ds, responsible, coalesce(paid_cents, 0) AS paid,
                    lag(responsible) OVER of_case AS before, lag(coalesce(paid_cents, 0)) OVER of_case AS paid_before,
                    row_number() OVER of_case = 1 AS is_first
             FROM case_outcomes WINDOW of_case AS (PARTITION BY case_id ORDER BY ds, closed_at))
    SELECT o.* EXCLUDE (case_id, claimed), 1 AS cases, 0 AS closed, 0 AS claimed, 0 AS paid,
           {', '.join(f'0 AS {party}' for party in PARTIES)}
    FROM opened o
    UNION ALL BY NAME
    SELECT o.* EXCLUDE (case_id, claimed, ds), greatest(o.ds, e.ds) AS ds, 0 AS cases, is_first::INT AS closed,
           CASE WHEN is_first THEN o.claimed ELSE 0 END AS claimed, paid - coalesce(paid_before, 0) AS paid,
           {', '.join(f"coalesce(responsible = '{party}', false)::INT - coalesce(before = '{party}', false)::INT "
                      f"AS {party}" for party in PARTIES)}
    FROM opened o JOIN ended e USING (case_id)"""
COUNTS = ("cases", "closed", "claimed", "paid", *PARTIES)

# Of each history: the columns of a change that it is by, and the same of a case.
KEYS = {"hb": (("user_id",), ("c.user_id",)), "hs": (("seller_id",), ("coalesce(c.seller_id, o.seller_id)",)),
        "hp": (("product_id",), ("o.product_id",)), "hc": (("carried_by",), ("p.carrier",)),
        "hr": (("seller_id", "reason"), ("coalesce(c.seller_id, o.seller_id)", "c.reason"))}
WITH_ORDERS = "hb", "hs"


def history(view: str) -> str:
    """Return the SQL of a history of the arrival days (as_of - HISTORY_DAYS, as_of], without the case itself.

    A case that arrived in these days is in the sums itself, but it had no outcome yet: cases are looked at while they
    are open.
    """
    columns, of_case = KEYS[view]
    keys = ", ".join(columns)
    sums = ", ".join(f"sum({name}) AS {name}" for name in COUNTS)
    running = ", ".join(f"sum({name}) OVER by_day AS {name}" for name in COUNTS)
    on = " AND ".join(f"{{0}}.{column} = k.{column}" for column in columns)
    own = f"(k.case_ds > k.as_of - {HISTORY_DAYS})::INT"
    counted = ", ".join(f"coalesce(n.{name}, 0) - coalesce(b.{name}, 0){' - ' + own if name == 'cases' else ''} AS {name}"
                        for name in COUNTS)
    return f"""
        WITH daily AS (SELECT {keys}, ds, {sums} FROM case_change GROUP BY ALL),
             running AS (SELECT {keys}, ds, {running} FROM daily
                         WINDOW by_day AS (PARTITION BY {keys} ORDER BY ds)),
             k AS (SELECT c.case_id, c.as_of, c.case_ds, c.as_of - {HISTORY_DAYS} AS begin,
                          {', '.join(f'{sql} AS {column}' for sql, column in zip(of_case, columns))}
                   FROM case_asked c LEFT JOIN case_order o USING (case_id, as_of)
                   LEFT JOIN case_parcel p USING (case_id, as_of))
        SELECT k.case_id, k.as_of, {counted}{_orders(view)}{_days(view)}
        FROM k ASOF LEFT JOIN running n ON {on.format('n')} AND n.ds <= k.as_of
        ASOF LEFT JOIN running b ON {on.format('b')} AND b.ds <= k.begin{_more(view)}
        WHERE {' AND '.join(f'k.{column} IS NOT NULL' for column in columns)}"""


def _orders(view: str) -> str:
    return ", coalesce(m.orders, 0) - coalesce(z.orders, 0) AS orders" if view in WITH_ORDERS else ""


def _days(view: str) -> str:
    return ", d.days / nullif(d.parcels, 0) AS mean_days" if view == "hc" else ""


def _more(view: str) -> str:
    """Return the joins of what else a history has: orders of a buyer or seller, days on the way of a carrier."""
    if view in WITH_ORDERS:
        key = KEYS[view][0][0]
        running = f"""(SELECT {key}, ds, sum(count(*)) OVER (PARTITION BY {key} ORDER BY ds) AS orders
                       FROM orders GROUP BY {key}, ds)"""
        return (f" ASOF LEFT JOIN {running} m ON m.{key} = k.{key} AND m.ds <= k.as_of"
                f" ASOF LEFT JOIN {running} z ON z.{key} = k.{key} AND z.ds <= k.begin")
    if view == "hc":
        return """ ASOF LEFT JOIN (
                SELECT carrier AS carried_by, ds, sum(count(*)) OVER by_day AS parcels,
                       sum(sum(date_diff('hour', shipped_at, delivered_at))) OVER by_day / 24.0 AS days
                FROM shipments WHERE delivered_at IS NOT NULL GROUP BY carrier, ds
                WINDOW by_day AS (PARTITION BY carrier ORDER BY ds)) d ON d.carried_by = k.carried_by AND d.ds <= k.as_of"""
    return ""


# In this order: a view may read those above it.
VIEWS = {"case_asked": CASE, "case_order": ORDER, "case_parcel": PARCEL, "case_weight": USUAL_WEIGHT,
         "case_listing": LISTING, "case_conversation": CONVERSATION, "case_change": CHANGES,
         **{f"case_{view}": history(view) for view in KEYS}}
JOINED = {"o": "case_order", "p": "case_parcel", "w": "case_weight", "l": "case_listing", "t": "case_conversation",
          **{view: f"case_{view}" for view in KEYS}}
