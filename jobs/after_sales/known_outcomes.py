"""What became of cases by a day, and which evidence they had in their dossiers: what verdicts are scored by."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from features.case.evidence_definitions import EVIDENCE
from jobs.after_sales import case_facts
from jobs.after_sales.case_lake import CaseLake
from jobs.after_sales.case_rows import ASKED
from jobs.after_sales.closed_case_evidence import case_evidence


@dataclass(frozen=True)
class KnownOutcome:
    """What is known of a case.

    Attributes:
        first: the day on which its first outcome arrived; None while it is open.
        responsible: of the last outcome, may be "undetermined"; second: of a second review; None where none is known.
    """

    first: dt.date | None
    responsible: str | None
    second: str | None


def known_outcomes(db: duckdb.DuckDBPyConnection) -> dict[str, KnownOutcome]:
    """Return by case what is known. A reversed outcome counts as the one after it.

    Args:
        db: has the views of `open_money.attach`.
    """
    found = db.sql("""
        SELECT case_id, min(o.ds), arg_max(responsible, (o.ds, closed_at)),
               arg_max(second_responsible, (o.ds, closed_at))
        FROM (SELECT DISTINCT case_id FROM cases) LEFT JOIN case_outcomes o USING (case_id) GROUP BY case_id""")
    return {case: KnownOutcome(*rest) for case, *rest in found.fetchall()}


def dossier_evidence(cases: CaseLake, days: Mapping[str, dt.date]) -> dict[str, tuple[dt.date, frozenset[str]]]:
    """Return by case the day of its dossier, and the names of the evidence that the dossier shows as present.

    Args:
        days: by case, the day that the dossier was asked for. A case that had not arrived by its day is left out.
    """
    arrived = dict(cases.db.sql("SELECT case_id, min(ds) FROM cases GROUP BY case_id").fetchall())
    by_day: dict[dt.date, list[str]] = {}
    for case, day in days.items():
        if case in arrived and arrived[case] <= day:
            by_day.setdefault(day, []).append(case)
    asked = pa.concat_tables([ASKED.empty_table(), *(case_facts.looked_at(cases.db, names, day)
                                                     for day, names in sorted(by_day.items()))])
    found = case_evidence(cases.db, asked, cases.copies, cases.tables)
    return {case: (day, frozenset(each.name for each, value in zip(EVIDENCE, row) if value == 1)) for case, day, row in
            zip(found.rows["case_id"].to_pylist(), found.rows["as_of"].to_pylist(), found.present)}
