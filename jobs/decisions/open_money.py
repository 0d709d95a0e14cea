"""Money that is still at risk: what an entity could still take or lose as of a day."""

import datetime as dt

import duckdb

from features.inputs.tables import TABLES
from jobs.storage.lake import Lake

SETTLED_DAYS = 14  # orders are paid out to sellers, and commissions to creators, after as many days
SENT_DAYS = 3  # a buyer's order of so many days can still be stopped
CLAIM_DAYS = 60  # a claim without an outcome counts as open for so long
GRANT_DAYS = 30  # a grant that nobody has used counts as open for so long

# Parts of an entity's open money, as SQL over (entity_id, as_of, cents, days of arrival before as_of). Money counts
# from its arrival: of a day, the last n arrival days are those after the day minus n.
ORDERS_OF = "SELECT {id} AS entity_id, ds, amount_cents AS cents, {days} AS days FROM orders WHERE {id} IS NOT NULL"
PARTS = {
    "seller": {"orders": ORDERS_OF.format(id="seller_id", days=SETTLED_DAYS)},
    "creator": {"orders": ORDERS_OF.format(id="creator_id", days=SETTLED_DAYS)},
    "user": {
        "orders": ORDERS_OF.format(id="user_id", days=SENT_DAYS),
        "cases": f"SELECT user_id AS entity_id, ds, claim_cents AS cents, {CLAIM_DAYS} AS days, case_id FROM cases "
                 "WHERE user_id IS NOT NULL AND kind <> 'cancellation'",
        "incentives": f"SELECT user_id AS entity_id, ds, amount_cents AS cents, {GRANT_DAYS} AS days FROM incentives "
                      "WHERE order_id IS NULL",
    },
    "order": {"orders": "SELECT order_id AS entity_id, ds, amount_cents AS cents, 36500 AS days FROM orders"},
}


def attach(db: duckdb.DuckDBPyConnection, lake: Lake, until: dt.date) -> None:
    """Register every event table as a view of its rows that arrived up to a day; a missing table is empty."""
    for name, table in TABLES.items():
        if lake.has(name):
            db.register(f"all_{name}", lake.arrow(name, [day for day in lake.days(name) if day <= until]))
            db.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM all_{name}")
        else:
            columns = ", ".join(f"CAST(NULL AS {duckdb_type(column.type)}) AS {column.name}"
                                for column in table.columns)
            db.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {columns}, CAST(NULL AS DATE) AS ds WHERE false")


def duckdb_type(spark_type: str) -> str:
    """Return DuckDB's name of a Spark SQL type of an event column."""
    return {"string": "VARCHAR", "timestamp": "TIMESTAMPTZ"}.get(spark_type, spark_type.upper())


def open_money(db: duckdb.DuckDBPyConnection, entity: str, subjects: str,
               arrived_on: dt.date | None = None) -> duckdb.DuckDBPyRelation:
    """Return the open money of entities, each as of a day of its own.

    Args:
        db: has the views of `attach`.
        subjects: name of a relation (entity_id, as_of), without repeated rows.
        arrived_on: the only day on which money of the subjects arrived, if it is known, so that no other day is read.

    Returns:
        (entity_id, as_of, open_cents bigint), one row per row of `subjects`; 0 where nothing is open.
    """
    earliest = db.sql(f"SELECT min(as_of) FROM {subjects}").fetchall()[0][0]
    parts = " UNION ALL BY NAME ".join(f"({_still_open(source, sql, earliest, arrived_on)})"
                                       for source, sql in PARTS[entity].items())
    return db.sql(f"""
        WITH money AS ({parts})
        SELECT s.entity_id, s.as_of, CAST(coalesce(sum(m.cents), 0) AS BIGINT) AS open_cents
        FROM {subjects} s LEFT JOIN money m
          ON m.entity_id = s.entity_id AND m.ds <= s.as_of AND m.ds > s.as_of - m.days
             AND (m.closed IS NULL OR m.closed > s.as_of)
        GROUP BY s.entity_id, s.as_of""")


def _still_open(source: str, sql: str, earliest: dt.date | None, arrived_on: dt.date | None) -> str:
    """Return a part with `closed`, the arrival day from which its money is not open any more; null while it is.

    Rows that are too old for the earliest subject are left out, so that DuckDB joins only the recent days.
    """
    recent = f"SELECT * FROM ({sql}) WHERE ds > DATE '{earliest or dt.date.max}' - days"
    if arrived_on:
        recent += f" AND ds = DATE '{arrived_on}'"
    if source != "cases":
        return f"SELECT entity_id, ds, cents, days, CAST(NULL AS DATE) AS closed FROM ({recent})"
    return f"""SELECT c.entity_id, c.ds, c.cents, c.days, o.closed FROM ({recent}) c
               LEFT JOIN (SELECT case_id, min(ds) AS closed FROM case_outcomes GROUP BY case_id) o USING (case_id)"""
