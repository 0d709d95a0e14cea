"""A random draw of decided cases, for tests that read the features of every case."""

import datetime as dt

import pyarrow as pa

from jobs.after_sales.case_rows import ASKED
from jobs.after_sales.judged_cases import WEEKS
from jobs.storage.query import connect

MOST_ROWS = 2_000  # the swap decides each of them once a group


def drawn_cases(judged: pa.Table, as_of: dt.date) -> pa.Table:
    """Return at most `MOST_ROWS` cases that were decided in the 13 weeks to a day, drawn with the day as seed.

    A case that arrived together with its outcome is left out: it never was open.

    Args:
        judged: of `judged_cases`.

    Returns:
        case_id, as_of: the last day before its first outcome; ordered by case.
    """
    with connect() as db:
        db.register("judged", judged)
        return db.sql(f"""
            SELECT case_id, decided_on - 1 AS as_of FROM (
                SELECT * FROM judged WHERE arrived_on < decided_on AND decided_on > DATE '{as_of}' - {7 * WEEKS}
                ORDER BY md5(concat(case_id, '{as_of}')), case_id LIMIT {MOST_ROWS})
            ORDER BY case_id""").to_arrow_table().cast(ASKED)
