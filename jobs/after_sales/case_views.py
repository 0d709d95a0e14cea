"""The views that are joined to a case: each as of the day on which the case is looked at.

A case is looked at as of a day: rows that had arrived by then count, and no others. A case, order, message or version
of a listing that is delivered again counts as it was delivered first.
"""

from jobs.after_sales.case_histories import HISTORIES, KEYS

FIRST_CASE = "FROM cases QUALIFY row_number() OVER (PARTITION BY case_id ORDER BY ds, opened_at) = 1"
FIRST_ORDER = """
    SELECT order_id, ds, ordered_at, user_id, seller_id, product_id, category, quantity, amount_cents, discount_cents,
           ship_by
    FROM orders QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY ds, ordered_at) = 1"""

CASE = """
    SELECT a.as_of, c.case_id, c.ds AS case_ds, c.opened_at, c.order_id, c.user_id, c.seller_id, c.kind, c.reason,
           c.claim_cents, c.evidence_id, c.text, c.image_hash
    FROM asked a JOIN case_first c USING (case_id) WHERE c.ds <= a.as_of"""

ORDER = """
    SELECT c.case_id, c.as_of, o.ordered_at, o.product_id, o.category, o.quantity, o.amount_cents, o.discount_cents,
           o.ship_by, o.seller_id
    FROM case_asked c JOIN order_first o USING (order_id) WHERE o.ds <= c.as_of"""

# Of several parcels the latest one: an earlier one may have come back.
PARCEL = """
    SELECT c.case_id, c.as_of, s.ds AS parcel_ds, s.shipped_at, s.delivered_at, s.carrier, s.handover, s.weight_grams
    FROM case_asked c JOIN shipments s USING (order_id) WHERE s.ds <= c.as_of
    QUALIFY row_number() OVER (
        PARTITION BY c.case_id, c.as_of ORDER BY s.shipped_at DESC, s.ds DESC, s.shipment_id) = 1"""

# The geometric mean of the product's parcels of other orders, by running sums over arrival days. Logarithms are whole
# billionths: a running sum of doubles would depend on the rows beside it.
WEIGHED = """
    SELECT s.order_id, o.product_id, greatest(s.ds, o.ds) AS ds, 1 AS parcels,
           CAST(round(ln(s.weight_grams) * 1e9) AS BIGINT) AS logs
    FROM (FROM shipments QUALIFY row_number() OVER (PARTITION BY shipment_id ORDER BY ds, shipped_at) = 1) s
    JOIN order_first o USING (order_id) WHERE s.weight_grams > 0 AND o.product_id IS NOT NULL"""
USUAL_WEIGHT = """
    WITH running AS (SELECT product_id, ds, sum(sum(parcels)) OVER by_day AS parcels, sum(sum(logs)) OVER by_day AS logs
                     FROM case_weighed GROUP BY product_id, ds
                     WINDOW by_day AS (PARTITION BY product_id ORDER BY ds)),
         own AS (SELECT c.case_id, c.as_of, sum(w.parcels) AS parcels, sum(w.logs) AS logs
                 FROM case_asked c JOIN case_weighed w USING (order_id) WHERE w.ds <= c.as_of GROUP BY ALL),
         k AS (SELECT c.case_id, c.as_of, o.product_id, coalesce(w.parcels, 0) AS parcels, coalesce(w.logs, 0) AS logs
               FROM case_asked c JOIN case_order o USING (case_id, as_of) LEFT JOIN own w USING (case_id, as_of))
    SELECT k.case_id, k.as_of, exp((r.logs - k.logs) / nullif(r.parcels - k.parcels, 0) / 1e9) AS usual_grams
    FROM k ASOF JOIN running r ON r.product_id = k.product_id AND r.ds <= k.as_of"""

# Words with which a description claims more than goods usually keep.
BOLD_WORDS = "guarantee|lifetime|100 ?%|original|waterproof|unbreakable|best |every |real |champion|professional|!"
LISTING = f"""
    SELECT c.case_id, c.as_of, l.description, l.price_cents, count(*) OVER of_case AS versions,
           len(regexp_extract_all(lower(l.description), '{BOLD_WORDS}')) AS bold_words
    FROM case_asked c JOIN case_order o USING (case_id, as_of)
    JOIN (FROM listings QUALIFY row_number() OVER (PARTITION BY listing_version_id ORDER BY ds, changed_at) = 1) l
      ON l.product_id = o.product_id
    WHERE l.ds <= c.as_of AND l.changed_at <= o.ordered_at WINDOW of_case AS (PARTITION BY c.case_id, c.as_of)
    QUALIFY row_number() OVER (
        PARTITION BY c.case_id, c.as_of ORDER BY l.changed_at DESC, l.ds DESC, l.listing_version_id) = 1"""

CONVERSATION = """
    WITH said AS (SELECT * FROM messages
                  QUALIFY row_number() OVER (PARTITION BY message_id ORDER BY ds, sent_at) = 1)
    SELECT c.case_id, c.as_of, count(*) AS messages,
           count(*) FILTER (m.role = 'buyer') AS of_buyer, count(*) FILTER (m.role = 'seller') AS of_seller,
           count(*) FILTER (m.role = 'agent') AS of_agent,
           string_agg(m.role || ': ' || m.text, chr(10) ORDER BY m.sent_at, m.message_id) AS conversation,
           lower(string_agg(m.text, chr(10)) FILTER (m.role = 'buyer')) AS buyer_words,
           lower(string_agg(m.text, chr(10)) FILTER (m.role = 'seller')) AS seller_words,
           lower(string_agg(m.text, chr(10)) FILTER (m.role = 'agent')) AS agent_words
    FROM case_asked c JOIN said m USING (case_id) WHERE m.ds <= c.as_of GROUP BY c.case_id, c.as_of"""

# In this order: a view may read those above it.
VIEWS = {"case_first": FIRST_CASE, "order_first": FIRST_ORDER, "case_asked": CASE, "case_order": ORDER,
         "case_parcel": PARCEL, "case_weighed": WEIGHED, "case_weight": USUAL_WEIGHT, "case_listing": LISTING,
         "case_conversation": CONVERSATION, **HISTORIES}
JOINED = {"o": "case_order", "p": "case_parcel", "w": "case_weight", "l": "case_listing", "t": "case_conversation",
          **{view: f"case_{view}" for view in KEYS}}
