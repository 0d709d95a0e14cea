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
    # Tables, not parts of one query: DuckDB plans the whole of it a hundred times slower.
    for name, sql in STEPS.items():
        db.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
    return db.sql(f"""
        SELECT case_id, cluster, size AS "seller size", age AS "seller age", region AS "seller region",
               category AS "seller category", concat(region, ', ', size) AS "seller region and size",
               tenure AS "buyer tenure"
        FROM (SELECT * REPLACE ({_frequent("region")}, {_frequent("category")}) FROM group_named)
        ORDER BY case_id""").to_arrow_table()


def _people(table: str, key: str, facts: tuple[str, ...]) -> str:
    """Return the SQL of what had arrived by the day of opening: the earliest registration and the latest facts."""
    latest = "".join(f", arg_max(p.{name}, (p.ds, p.registered_at)) AS {name}" for name in facts)
    return (f"SELECT o.case_id, min(p.registered_at) AS registered_at{latest} "
            f"FROM group_opened o JOIN {table} p USING ({key}) WHERE p.ds <= o.opened_on GROUP BY o.case_id")


def _bands(whose: str, first: int, second: int) -> str:
    """Return the SQL of the band of days from registration to opening."""
    days = f"date_diff('day', {whose}.registered_at, o.opened_at)"
    return (f"CASE WHEN {days} IS NULL THEN '{UNKNOWN}' WHEN {days} < {first} THEN 'under {first} days' "
            f"WHEN {days} < {second} THEN '{first} to {second - 1} days' ELSE '{second} days and more' END")


def _frequent(column: str) -> str:
    """Return the SQL of a column with the name OTHER in the place of rare values; ties go by name."""
    order = f"count(*) DESC, {column} LIMIT {MOST_VALUES}"
    frequent = f"SELECT {column} FROM group_named GROUP BY {column} ORDER BY {order}"
    return f"CASE WHEN {column} IN ({frequent}) THEN {column} ELSE '{OTHER}' END AS {column}"


# In this order: a step may read those above it.
STEPS = {
    # A seller that the case does not name is that of its order, if the order had arrived.
    "group_opened": """
        SELECT c.case_id, c.user_id, coalesce(c.seller_id, o.seller_id) AS seller_id, c.opened_at,
               CAST(c.opened_at AS DATE) AS opened_on
        FROM grouped_case_ids JOIN cases c USING (case_id)
        LEFT JOIN orders o ON o.order_id = c.order_id AND o.ds <= CAST(c.opened_at AS DATE)
        QUALIFY row_number() OVER (PARTITION BY c.case_id ORDER BY c.ds, c.opened_at, o.ds, o.ordered_at) = 1""",
    "group_sizes": f"""
        WITH running AS (SELECT seller_id, ds, sum(count(*)) OVER (PARTITION BY seller_id ORDER BY ds) AS orders
                         FROM orders WHERE seller_id IS NOT NULL GROUP BY seller_id, ds),
             asked AS (SELECT opened_on, seller_id
                       FROM (SELECT DISTINCT opened_on FROM group_opened), (SELECT DISTINCT seller_id FROM running))
        SELECT a.opened_on, a.seller_id,
               r.orders > quantile_disc(r.orders, {LARGE}) OVER (PARTITION BY a.opened_on) AS is_large
        FROM asked a ASOF JOIN running r ON r.seller_id = a.seller_id AND r.ds <= a.opened_on""",
    "group_shop": _people("sellers", "seller_id", ("region", "category")),
    "group_buyer": _people("users", "user_id", ()),
    "group_named": f"""
        SELECT o.case_id, coalesce(o.seller_id, o.case_id) AS cluster,
               CASE WHEN o.seller_id IS NULL THEN '{UNKNOWN}' WHEN s.is_large THEN 'large' ELSE 'small' END AS size,
               {_bands("shop", 90, 365)} AS age, {_bands("buyer", 30, 180)} AS tenure,
               coalesce(shop.region, '{UNKNOWN}') AS region, coalesce(shop.category, '{UNKNOWN}') AS category
        FROM group_opened o LEFT JOIN group_shop shop USING (case_id) LEFT JOIN group_buyer buyer USING (case_id)
        LEFT JOIN group_sizes s ON s.seller_id = o.seller_id AND s.opened_on = o.opened_on""",
}
