"""The evidence of closed cases as of a day, and its rates: each case on the last day before its first outcome."""

import datetime as dt
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from features.case.evidence import PARTIES
from features.case.evidence_definitions import EVIDENCE
from jobs.after_sales.case_evidence import evidence_of
from jobs.after_sales.case_rows import ASKED, case_rows
from jobs.after_sales.closed_cases import closed_cases
from jobs.after_sales.evidence_rates import EvidenceRate, evidence_rates

UNDETERMINED = "undetermined"


@dataclass(frozen=True, eq=False)
class CaseEvidence:
    """Rows of cases, and which evidence of `EVIDENCE` each has.

    Attributes:
        rows: of `case_rows`. present: (rows, evidence) 1, 0, or NaN where it is not known.
    """

    rows: pa.Table
    present: np.ndarray

    def where(self, chosen: np.ndarray) -> "CaseEvidence":
        """Return the rows of a mask or of positions, in the order of the positions."""
        places = np.arange(len(self.rows))[chosen]
        return CaseEvidence(self.rows.take(pa.array(places)), self.present[places])


@dataclass(frozen=True, eq=False)
class ClosedCases(CaseEvidence):
    """Closed cases, a row each.

    Attributes:
        responsible: (rows,) the party of the last outcome known, or "undetermined".
    """

    responsible: np.ndarray

    @property
    def rates(self) -> list[EvidenceRate]:
        """The rates of each of `EVIDENCE`."""
        return evidence_rates(EVIDENCE, self.present, self.responsible)


def case_evidence(db: duckdb.DuckDBPyConnection, asked: pa.Table, copies: pa.Table, tables: list[str]) -> CaseEvidence:
    """Return the rows and the evidence of cases as of days; arguments as of `case_rows` and `evidence_of`."""
    rows = case_rows(db, asked, copies)
    found = evidence_of(rows, EVIDENCE, tables)
    return CaseEvidence(rows, np.stack([found[each.name] for each in EVIDENCE], axis=1))


def with_evidence(db: duckdb.DuckDBPyConnection, as_of: dt.date, copies: pa.Table, tables: list[str],
                 also: pa.Table | None = None) -> tuple[ClosedCases, CaseEvidence]:
    """Return the cases that were closed as of a day, and the rows of further cases from the same computation.

    A reversed outcome counts as the one after it. A case that was closed on the day of its arrival is left out: no day
    shows it open.

    Args:
        db: has the views of `open_money.attach`, up to the day or later.
        also: (case_id, as_of) of further cases; the temporary tables of `case_rows` then hold their facts.
    """
    of = closed_cases(db, as_of)
    case = np.array(of.asked["case_id"].to_pylist(), object)
    last = np.append(case[1:] != case[:-1], True)[:len(case)]
    closed = of.asked.filter(pa.array(last, pa.bool_()))
    also = ASKED.empty_table() if also is None else also
    asked = pa.concat_tables([closed, also]).group_by(["case_id", "as_of"]).aggregate([])
    found = case_evidence(db, asked, copies, tables)
    place = {key: number for number, key in enumerate(_keys(found.rows))}
    mine, others = ([place[key] for key in _keys(table) if key in place] for table in (closed, also))
    responsible = np.array([*PARTIES, UNDETERMINED], object)[of.label[last]]
    chosen = found.where(np.array(mine, int))
    return ClosedCases(chosen.rows, chosen.present, responsible), found.where(np.array(others, int))


def _keys(table: pa.Table) -> list[tuple]:
    return list(zip(table["case_id"].to_pylist(), table["as_of"].to_pylist()))
