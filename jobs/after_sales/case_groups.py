"""The groups of cases that an audit compares, as of the day on which a case was opened. No group is a feature.

No input table says the buyer's language, so that there is no group of it. A marketplace that knows it adds a column.
"""

import duckdb
import pyarrow as pa

ATTRIBUTES = ("seller size", "seller age", "seller region", "seller category", "seller region and size", "buyer tenure")
UNKNOWN, OTHER = "unknown", "other"
LARGE = 0.8  # quantile of sellers' orders above which a seller is large
MOST_VALUES = 20  # regions and categories with the most cases are groups of their own; the rest is OTHER
CASE_IDS = pa.schema([("case_id", pa.string())])

# Rows of sellers and users that had arrived by the day of opening: the latest fact, and the earliest registration.
_PEOPLE = """
    {name} AS (SELECT a.case_id, min(p.registered_at) AS registered_at, {facts}
               FROM opened a JOIN {table} p USING ({key}) WHERE p.ds <= a.opened_on GROUP BY a.case_id)"""
_LATEST = "arg_max(p.{0}, (p.ds, p.registered_at)) AS {0}"


def case_groups(db: duckdb.DuckDBPyConnection, case_ids: pa.Table) -> pa.Table:
    """Return the group of each case by each of `ATTRIBUTES`, as known by the end of the day on which it was opened.

    A seller is large with more orders than four fifths of the sellers with orders by then, otherwise small.

    Args:
        db: has the views of `open_money.attach`, up to the latest opening or later.
        case_ids: (case_id), without repeated rows; a case that no event names is left out.

    Returns:
        case_id, cluster (the seller; the case itself where nobody knows the seller) and a column of names for each
        of `ATTRIBUTES`, never null; ordered by case_id.
    """
    db.register("grouped_case_ids", case_ids.cast(CASE_IDS))
    return db.sql(f"""
        WITH {_OPENED}, {_SIZES},
        {_PEOPLE.format(name="shop", table="sellers", key="seller_id",
                        facts=", ".join(map(_LATEST.format, ("region", "category"))))},
        {_PEOPLE.format(name="buyer", table="users", key="user_id", facts="count(*) AS rows_of")},
        named AS MATERIALIZED (SELECT o.case_id, coalesce(o.seller_id, o.case_id) AS cluster, {_size()} AS size,
                         {_bands("shop", 90, 365)} AS age, {_bands("buyer", 30, 180)} AS tenure,
                         coalesce(shop.region, '{UNKNOWN}') AS region, coalesce(shop.category, '{UNKNOWN}') AS category
                  FROM opened o LEFT JOIN shop USING (case_id) LEFT JOIN buyer USING (case_id)
                  LEFT JOIN shop_orders s ON s.seller_id = o.seller_id AND s.opened_on = o.opened_on),
        short AS (SELECT * REPLACE ({_frequent("region")}, {_frequent("category")}) FROM named)
        SELECT case_id, cluster, size AS "seller size", age AS "seller age", region AS "seller region",
               category AS "seller category", concat(region, ', ', size) AS "seller region and size",
               tenure AS "buyer tenure"
        FROM short ORDER BY case_id""").to_arrow_table()


# A seller that the case does not name is that of its order, if the order had arrived.
_OPENED = """
    opened AS MATERIALIZED (
        SELECT c.case_id, c.user_id, coalesce(c.seller_id, o.seller_id) AS seller_id, c.opened_at,
               CAST(c.opened_at AS DATE) AS opened_on
        FROM grouped_case_ids JOIN cases c USING (case_id)
        LEFT JOIN orders o ON o.order_id = c.order_id AND o.ds <= CAST(c.opened_at AS DATE)
        QUALIFY row_number() OVER (PARTITION BY c.case_id ORDER BY c.ds, c.opened_at, o.ds, o.ordered_at) = 1)"""

_SIZES = f"""
    running AS MATERIALIZED (SELECT seller_id, ds, sum(count(*)) OVER (PARTITION BY seller_id ORDER BY ds) AS orders
                FROM orders WHERE seller_id IS NOT NULL GROUP BY seller_id, ds),
    asked_of AS (SELECT opened_on, seller_id
                 FROM (SELECT DISTINCT opened_on FROM opened), (SELECT DISTINCT seller_id FROM running)),
    known_orders AS (SELECT k.opened_on, k.seller_id, r.orders
                     FROM asked_of k ASOF JOIN running r ON r.seller_id = k.seller_id AND r.ds <= k.opened_on),
    shop_orders AS (SELECT *, orders > quantile_disc(orders, {LARGE}) OVER (PARTITION BY opened_on) AS is_large
                    FROM known_orders)"""


def _size() -> str:
    return f"CASE WHEN o.seller_id IS NULL THEN '{UNKNOWN}' WHEN s.is_large THEN 'large' ELSE 'small' END"


def _bands(whose: str, first: int, second: int) -> str:
    """Return the SQL of the band of days from registration to opening."""
    days = f"date_diff('day', {whose}.registered_at, o.opened_at)"
    return (f"CASE WHEN {days} IS NULL THEN '{UNKNOWN}' WHEN {days} < {first} THEN 'under {first} days' "
            f"WHEN {days} < {second} THEN '{first} to {second - 1} days' ELSE '{second} days and more' END")


def _frequent(column: str) -> str:
    """Return the SQL of a column with the name OTHER in the place of rare values; ties go by name."""
    frequent = f"SELECT {column} FROM named GROUP BY {column} ORDER BY count(*) DESC, {column} LIMIT {MOST_VALUES}"
    return f"CASE WHEN {column} IN ({frequent}) THEN {column} ELSE '{OTHER}' END AS {column}"
