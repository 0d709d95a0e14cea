"""The rows of `case_fairness_weekly`: measures of decisions by group, and the tests of unequal treatment.

An error is a difference to a random second review, so that errors are measured on re-reviewed cases. A desk that says
undetermined blames nobody.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.case.definitions import PARTIES
from jobs.after_sales.case_groups import ATTRIBUTES
from jobs.after_sales.decisions import Ratio
from jobs.after_sales.fairness_findings import Finding, finding_rows
from jobs.after_sales.fairness_tests import equalised_odds_of, same_evidence_gaps
from jobs.after_sales.group_measures import mean_by_group, share_by_group
from jobs.after_sales.judged_cases import REVERSAL_DAYS, WEEKS
from jobs.storage.query import connect

SPANS = (1, WEEKS)


@dataclass(frozen=True, eq=False)
class AuditedCases:
    """Decided cases with their groups; every array has shape (cases,).

    Attributes:
        decided_on: arrival of the first outcome, datetime64[D].
        desk: whom the desk held responsible first; second: whom the second review does, None where there is none.
        hours, paid_share: as of `judged_cases`, NaN where not known; reversed: bool.
        evidence: label of a stratum of equal evidence.
        model: whom the model holds responsible, None where it abstains; attributed: whether it said anything.
        groups: name of the group by attribute; cluster: the seller.
    """

    decided_on: np.ndarray
    desk: np.ndarray
    second: np.ndarray
    hours: np.ndarray
    paid_share: np.ndarray
    reversed: np.ndarray
    evidence: np.ndarray
    model: np.ndarray
    attributed: np.ndarray
    groups: Mapping[str, np.ndarray]
    cluster: np.ndarray


def audited_cases(judged: pa.Table, groups: pa.Table, attributions: pa.Table | None = None) -> AuditedCases:
    """Return the cases of `judged_cases` with their groups.

    Args:
        groups: of `case_groups`, with a row for each case.
        attributions: columns of `case_attribution_daily` (case_id, decided, responsible, evidence), at most one row a
            case, such as that of the last day before its outcome. Without them evidence is kind and reason alone.
    """
    with connect() as db:
        db.register("judged", judged)
        db.register("groups_of", groups)
        db.register("attributions", attributions if attributions is not None else _NO_ATTRIBUTION)
        found = db.sql("""
            SELECT j.*, g.* EXCLUDE (case_id), a.case_id IS NOT NULL AND a.decided IS NOT NULL AS attributed,
                   CASE WHEN a.decided THEN a.responsible END AS model,
                   concat_ws(';', coalesce(j.kind, ''), coalesce(j.reason, ''),
                             list_sort(list_distinct([each.points_to FOR each IN a.evidence]))) AS evidence
            FROM judged j JOIN groups_of g USING (case_id) LEFT JOIN attributions a USING (case_id)
            ORDER BY j.case_id""").to_arrow_table()
    names = {name: _objects(found[name]) for name in (*ATTRIBUTES, "responsible", "second", "evidence", "model",
                                                      "cluster")}
    return AuditedCases(
        found["decided_on"].to_numpy().astype("datetime64[D]"), names["responsible"], names["second"],
        *(found[name].to_numpy(zero_copy_only=False).astype(float) for name in ("hours", "paid_share")),
        _objects(found["reversed"]).astype(bool), names["evidence"], names["model"],
        _objects(found["attributed"]).astype(bool), {name: names[name] for name in ATTRIBUTES},
        names["cluster"].astype(str))


def fairness_rows(cases: AuditedCases, as_of: dt.date, run_id: str) -> list[dict]:
    """Return the rows of gaps, equalised odds and same evidence, for the week to a day and for the 13 weeks to it.

    q is by all p-values of a span together. A span without a case has no row.
    """
    rows = []
    for weeks in SPANS:
        found = [finding for attribute in ATTRIBUTES for finding in _findings(cases, attribute, as_of, weeks)]
        rows += finding_rows(found, as_of, weeks, run_id)
    return rows


def _findings(cases: AuditedCases, attribute: str, as_of: dt.date, weeks: int) -> Iterator[Finding]:
    group = cases.groups[attribute]
    measured = []
    for (decider, metric), ratio in _ratios(cases, as_of, weeks).items():
        at = ratio.counted
        measured += [Finding(attribute, "gap", decider, metric, measure)
                     for measure in share_by_group(ratio.hit[at], group[at], cases.cluster[at])]
    yield from measured
    reviewed = _decided_in(cases, as_of, weeks) & (cases.second != None)  # noqa: E711 (elementwise)
    for metric in ("hours", "paid_share"):
        value = getattr(cases, metric)
        at = reviewed & ~np.isnan(value)
        yield from (Finding(attribute, "gap", "desk", metric, measure)
                    for measure in mean_by_group(value[at], group[at], cases.cluster[at]))
    yield from equalised_odds_of(measured)
    yield from _same_evidence(cases, attribute, as_of, weeks)


def _ratios(cases: AuditedCases, as_of: dt.date, weeks: int) -> dict[tuple[str, str], Ratio]:
    """Return the shares that are measured on re-reviewed cases, by decider and metric."""
    is_reviewed = cases.second != None  # noqa: E711 (elementwise)
    reviewed = _decided_in(cases, as_of, weeks) & is_reviewed
    attributed, decided = reviewed & cases.attributed, cases.model != None  # noqa: E711
    last = as_of - dt.timedelta(REVERSAL_DAYS)
    found = {("desk", "undetermined"): Ratio(reviewed, cases.desk == "undetermined"),
             ("desk", "reversal"): Ratio(_decided_in(cases, last, weeks) & is_reviewed, cases.reversed)}
    found |= {("desk", metric): ratio for metric, ratio in errors(cases.desk, cases.second, reviewed).items()}
    if attributed.any():
        found |= {("model", "abstention"): Ratio(attributed, ~decided)}
        found |= {("model", metric): ratio for metric, ratio in
                  errors(cases.model, cases.second, attributed & decided).items()}
    return found


def errors(decision: np.ndarray, second: np.ndarray, counted: np.ndarray) -> dict[str, Ratio]:
    """Return false and missed blame of each party against second reviews that name a party.

    False blame is the share of blamed ones among cases for which the second review holds another party responsible;
    missed blame the share of those not blamed among cases for which it holds the party responsible.
    """
    named = counted & np.isin(second.astype(str), PARTIES)
    found = {}
    for party in PARTIES:
        found[f"false_blame_{party}"] = Ratio(named & (second != party), decision == party)
        found[f"missed_blame_{party}"] = Ratio(named & (second == party), decision != party)
    return found


def _same_evidence(cases: AuditedCases, attribute: str, as_of: dt.date, weeks: int) -> Iterator[Finding]:
    """Yield the gaps of decisions about equal evidence: of all decided cases, because no truth is needed."""
    recent = _decided_in(cases, as_of, weeks)
    deciders: Sequence[tuple[str, np.ndarray, np.ndarray]] = (
        ("desk", cases.desk, recent), ("model", cases.model, recent & cases.attributed & (cases.model != None)))  # noqa: E711
    for decider, decision, at in deciders:
        yield from same_evidence_gaps(attribute, decider, decision[at], cases.groups[attribute][at],
                                      cases.cluster[at], cases.evidence[at])


def _decided_in(cases: AuditedCases, last: dt.date, weeks: int) -> np.ndarray:
    end = np.datetime64(last, "D")
    return (cases.decided_on > end - 7 * weeks) & (cases.decided_on <= end)


_NO_ATTRIBUTION = pa.schema([
    ("case_id", pa.string()), ("decided", pa.bool_()), ("responsible", pa.string()),
    ("evidence", pa.list_(pa.struct([("points_to", pa.string())])))]).empty_table()


def _objects(column: pa.ChunkedArray) -> np.ndarray:
    found = np.empty(len(column), object)
    found[:] = column.to_pylist()
    return found
