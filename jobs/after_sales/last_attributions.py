"""What the nights last said of cases before they were decided."""

import pyarrow as pa

from jobs.after_sales.audited_cases import ATTRIBUTION
from jobs.storage.catalog import CASE_ATTRIBUTION_DAILY
from jobs.storage.lake import Lake
from jobs.storage.query import connect


def last_attributions(lake: Lake, judged: pa.Table) -> pa.Table:
    """Return of each case its last row in `case_attribution_daily` before the day on which its first outcome arrived.

    Args:
        judged: of `judged_cases`.

    Returns:
        The columns of `ATTRIBUTION`, at most one row a case, ordered by case; none where there is no such table.
    """
    name = CASE_ATTRIBUTION_DAILY.name
    if not lake.has(name) or not len(judged):
        return ATTRIBUTION.empty_table()
    with connect() as db:
        db.register("judged", judged)
        (first, last), = db.sql("SELECT min(arrived_on), max(decided_on) FROM judged").fetchall()
        db.register("attributions", lake.arrow(name, [day for day in lake.days(name) if first <= day < last]))
        return db.sql(f"""
            SELECT {", ".join(f"a.{each}" for each in ATTRIBUTION.names)}
            FROM attributions a JOIN judged j USING (case_id) WHERE a.ds < j.decided_on
            QUALIFY row_number() OVER (PARTITION BY case_id ORDER BY a.ds DESC) = 1
            ORDER BY case_id""").to_arrow_table()
