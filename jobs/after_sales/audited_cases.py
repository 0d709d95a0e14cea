"""Decided cases with their groups, as the arrays that an audit measures."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.case.definitions import PARTIES
from jobs.after_sales.case_groups import ATTRIBUTES
from jobs.storage.query import connect

ATTRIBUTION = pa.schema([
    ("case_id", pa.string()), ("decided", pa.bool_()), ("responsible", pa.string()),
    ("evidence", pa.list_(pa.struct([("points_to", pa.string())]))),
    *((f"share_{party}", pa.float64()) for party in PARTIES)])


@dataclass(frozen=True, eq=False)
class AuditedCases:
    """Decided cases with their groups; every array has shape (cases,).

    Attributes:
        decided_on: arrival of the first outcome, datetime64[D].
        desk: whom the desk held responsible first; second: whom the second review does, None where there is none.
        hours, paid_share: as of `judged_cases`, NaN where not known; reversed: bool.
        case_kind: kind and reason; evidence: the same, and the parties to which evidence points.
        has_evidence: whether the night looked at the case while it was open.
        shares: by party the model's share, NaN where there is none.
        model: whom the model holds responsible, None where it abstains; attributed: whether it said anything.
        groups: name of the group by attribute; cluster: a code of the seller.
    """

    decided_on: np.ndarray
    desk: np.ndarray
    second: np.ndarray
    hours: np.ndarray
    paid_share: np.ndarray
    reversed: np.ndarray
    case_kind: np.ndarray
    evidence: np.ndarray
    has_evidence: np.ndarray
    shares: Mapping[str, np.ndarray]
    model: np.ndarray
    attributed: np.ndarray
    groups: Mapping[str, np.ndarray]
    cluster: np.ndarray

    def decided_in(self, weeks: int, last: dt.date) -> np.ndarray:
        """Return which cases were decided in the weeks to a day, (cases,) bool."""
        end = np.datetime64(last, "D")
        return (self.decided_on > end - 7 * weeks) & (self.decided_on <= end)

    @property
    def is_reviewed(self) -> np.ndarray:
        """(cases,) whether a second review is known."""
        return is_known(self.second)


def audited_cases(judged: pa.Table, groups: pa.Table, attributions: pa.Table | None = None) -> AuditedCases:
    """Return the cases of `judged_cases` with their groups.

    Args:
        groups: of `case_groups`, with a row for each case.
        attributions: columns of `case_attribution_daily` (case_id, decided, responsible, evidence and the shares), at
            most one row a case, such as that of the last day before its outcome. A case without one is not compared
            with others of the same evidence.
    """
    with connect() as db:
        db.register("judged", judged)
        db.register("groups_of", groups)
        db.register("attributions", attributions if attributions is not None else ATTRIBUTION.empty_table())
        found = db.sql("""
            SELECT j.*, g.* EXCLUDE (case_id), a.case_id IS NOT NULL AS has_evidence,
                   a.share_buyer IS NOT NULL AS attributed,
                   CASE WHEN a.decided THEN a.responsible END AS model,
                   a.* LIKE 'share_%', concat_ws(', ', j.kind, j.reason) AS case_kind,
                   concat_ws(', ', j.kind, j.reason,
                             list_sort(list_distinct([each.points_to FOR each IN a.evidence]))) AS evidence
            FROM judged j JOIN groups_of g USING (case_id) LEFT JOIN attributions a USING (case_id)
            ORDER BY j.case_id""").to_arrow_table()
    names = {name: objects_of(found[name]) for name in (*ATTRIBUTES, "responsible", "second", "case_kind",
                                                      "evidence", "model", "cluster")}
    numbers = {name: found[name].to_numpy(zero_copy_only=False).astype(float)
               for name in ("hours", "paid_share", *(f"share_{party}" for party in PARTIES))}
    return AuditedCases(
        found["decided_on"].to_numpy().astype("datetime64[D]"), names["responsible"], names["second"],
        numbers["hours"], numbers["paid_share"], objects_of(found["reversed"]).astype(bool),
        names["case_kind"].astype(str), names["evidence"].astype(str),
        objects_of(found["has_evidence"]).astype(bool), {party: numbers[f"share_{party}"] for party in PARTIES},
        names["model"],
        objects_of(found["attributed"]).astype(bool), {name: names[name].astype(str) for name in ATTRIBUTES},
        np.unique(names["cluster"].astype(str), return_inverse=True)[1])


def is_known(values: np.ndarray) -> np.ndarray:
    """Return which values are not None, (rows,) bool."""
    return np.array([value is not None for value in values], bool)


def objects_of(column: pa.ChunkedArray) -> np.ndarray:
    """Return the values of a column as Python objects, None where null."""
    found = np.empty(len(column), object)
    found[:] = column.to_pylist()
    return found
