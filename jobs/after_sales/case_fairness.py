"""The rows of `case_fairness_weekly`: measures of decisions by group, and the tests of unequal treatment.

An error is a difference to a random second review, so that errors are measured on re-reviewed cases. A desk that says
undetermined blames nobody.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.case.definitions import NAMES, PARTIES
from jobs.after_sales.case_groups import ATTRIBUTES
from jobs.after_sales.case_rows import feature_matrix
from jobs.after_sales.decisions import Ratio
from jobs.after_sales.fairness_findings import Finding, finding_rows
from jobs.after_sales.fairness_tests import equalised_odds_of, proxy_findings, same_evidence_gaps, swap_findings
from jobs.after_sales.group_measures import mean_by_group, share_by_group
from jobs.after_sales.judged_cases import REVERSAL_DAYS, WEEKS
from jobs.after_sales.same_evidence import strata_of
from jobs.storage.query import connect

SPANS = (1, WEEKS)
MOST_ROWS = 2_000  # for the swap, which decides them once a group, and for the proxies
BANDS = 20  # of equal count, of the model's share of a party


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
        groups: name of the group by attribute; cluster: the seller.
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


def audited_cases(judged: pa.Table, groups: pa.Table, attributions: pa.Table | None = None) -> AuditedCases:
    """Return the cases of `judged_cases` with their groups.

    Args:
        groups: of `case_groups`, with a row for each case.
        attributions: columns of `case_attribution_daily` (case_id, decided, responsible, evidence and the shares), at
            most one row a case, such as that of the last day before its outcome. Without them evidence is kind and
            reason alone.
    """
    with connect() as db:
        db.register("judged", judged)
        db.register("groups_of", groups)
        db.register("attributions", attributions if attributions is not None else _NO_ATTRIBUTION)
        found = db.sql("""
            SELECT j.*, g.* EXCLUDE (case_id), a.case_id IS NOT NULL AS has_evidence,
                   a.share_buyer IS NOT NULL AS attributed,
                   CASE WHEN a.decided THEN a.responsible END AS model,
                   a.* LIKE 'share_%', concat_ws(', ', j.kind, j.reason) AS case_kind,
                   concat_ws(', ', j.kind, j.reason,
                             list_sort(list_distinct([each.points_to FOR each IN a.evidence]))) AS evidence
            FROM judged j JOIN groups_of g USING (case_id) LEFT JOIN attributions a USING (case_id)
            ORDER BY j.case_id""").to_arrow_table()
    names = {name: _objects(found[name]) for name in (*ATTRIBUTES, "responsible", "second", "case_kind",
                                                      "evidence", "model", "cluster")}
    numbers = {name: found[name].to_numpy(zero_copy_only=False).astype(float)
               for name in ("hours", "paid_share", *(f"share_{party}" for party in PARTIES))}
    return AuditedCases(
        found["decided_on"].to_numpy().astype("datetime64[D]"), names["responsible"], names["second"],
        numbers["hours"], numbers["paid_share"], _objects(found["reversed"]).astype(bool),
        names["case_kind"].astype(str), names["evidence"].astype(str),
        _objects(found["has_evidence"]).astype(bool), {party: numbers[f"share_{party}"] for party in PARTIES}, names["model"],
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


def model_rows(rows: pa.Table, groups: pa.Table, decide: Callable[[pa.Table], Sequence] | None, as_of: dt.date,
               run_id: str) -> list[dict]:
    """Return the rows of the counterfactual swap and of the proxies, of at most `MOST_ROWS` cases, as 13 weeks.

    Args:
        rows: of `case_rows`, one a case; more than `MOST_ROWS` are drawn from with the day as seed.
        groups: of `case_groups`; a case without a row is left out.
        decide: gives the model's decision about each row, None where it abstains; None: there is no model.
    """
    with connect() as db:
        db.register("case_rows", rows)
        db.register("groups_of", groups)
        joined = db.sql(f"""
            SELECT r.*, g.* EXCLUDE (case_id) FROM case_rows r JOIN groups_of g USING (case_id)
            ORDER BY md5(concat(r.case_id, '{as_of}')), r.case_id LIMIT {MOST_ROWS}""").to_arrow_table()
    features = dict(zip(NAMES, feature_matrix(joined).T))
    found: list[Finding] = []
    for attribute in ATTRIBUTES if len(joined) else ():
        if decide:
            found += swap_findings(decide, joined, attribute)
        found += proxy_findings(features, _objects(joined[attribute]), _objects(joined["cluster"]).astype(str), attribute)
    return finding_rows(found, as_of, WEEKS, run_id)


def _findings(cases: AuditedCases, attribute: str, as_of: dt.date, weeks: int) -> Iterator[Finding]:
    group = cases.groups[attribute]
    measured = []
    for (decider, metric), ratio in _ratios(cases, as_of, weeks).items():
        at = ratio.counted
        measured += [Finding(attribute, "gap", decider, metric, measure)
                     for measure in share_by_group(ratio.hit[at], group[at], cases.cluster[at])]
    yield from measured
    for metric in ("hours", "paid_share"):
        value, at = _adjusted(cases, metric, as_of, weeks)
        yield from (Finding(attribute, "gap", "desk", metric, measure)
                    for measure in mean_by_group(value, group[at], cases.cluster[at]))
    yield from equalised_odds_of(measured)
    yield from _same_evidence(cases, attribute, as_of, weeks)


def _adjusted(cases: AuditedCases, metric: str, as_of: dt.date, weeks: int) -> tuple[np.ndarray, np.ndarray]:
    """Return values of re-reviewed cases, and (cases,) which they are of.

    Values are what they would be if all groups had the same kinds, reasons and second reviews: otherwise a category
    with many returns would look favoured, because returns are paid in full.
    """
    value = getattr(cases, metric)
    at = _reviewed(cases) & _decided_in(cases, as_of, weeks) & ~np.isnan(value)
    value, stratum = value[at], strata_of([cases.case_kind[at], cases.second[at].astype(str)])
    mean = np.bincount(stratum, value) / np.maximum(np.bincount(stratum), 1)
    return value - mean[stratum] + (value.mean() if len(value) else 0.0), at


def _ratios(cases: AuditedCases, as_of: dt.date, weeks: int) -> dict[tuple[str, str], Ratio]:
    """Return the shares that are measured on re-reviewed cases, by decider and metric."""
    is_reviewed = _reviewed(cases)
    reviewed = _decided_in(cases, as_of, weeks) & is_reviewed
    attributed, decided = reviewed & cases.attributed, _known(cases.model)
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
    """Yield the gaps of decisions about equal evidence: of all decided cases, because no truth is needed.

    Evidence about the desk's decisions is equal where the model's share of the party is: a prognostic score (Hansen
    2008). For the model itself that would be no test, so that there the parties count to which evidence points.
    """
    group, recent = cases.groups[attribute], _decided_in(cases, as_of, weeks) & cases.has_evidence
    decided = recent & cases.attributed & _known(cases.model)
    for party in PARTIES:
        for decider, decision, at, strata in (("desk", cases.desk, recent, prognostic_strata(cases, party)),
                                              ("model", cases.model, decided, cases.evidence)):
            yield from same_evidence_gaps(attribute, decider, party, decision[at] == party, group[at],
                                          cases.cluster[at], strata[at])


def prognostic_strata(cases: AuditedCases, party: str) -> np.ndarray:
    """Return labels of strata, (cases,): kind, reason and the band of the model's share of a party.

    Where there is no share the parties to which evidence points take its place.
    """
    share = cases.shares[party]
    known = ~np.isnan(share)
    edges = np.quantile(share[known], np.arange(1, BANDS) / BANDS) if known.any() else np.zeros(0)
    bands = np.searchsorted(edges, share).astype(str)
    return np.where(known, np.char.add(np.char.add(cases.case_kind, "; "), bands), cases.evidence)


def _decided_in(cases: AuditedCases, last: dt.date, weeks: int) -> np.ndarray:
    end = np.datetime64(last, "D")
    return (cases.decided_on > end - 7 * weeks) & (cases.decided_on <= end)


def _reviewed(cases: AuditedCases) -> np.ndarray:
    return _known(cases.second)


def _known(values: np.ndarray) -> np.ndarray:
    return np.array([value is not None for value in values], bool)


_NO_ATTRIBUTION = pa.schema([
    ("case_id", pa.string()), ("decided", pa.bool_()), ("responsible", pa.string()),
    ("evidence", pa.list_(pa.struct([("points_to", pa.string())]))),
    *((f"share_{party}", pa.float64()) for party in PARTIES)]).empty_table()


def _objects(column: pa.ChunkedArray) -> np.ndarray:
    found = np.empty(len(column), object)
    found[:] = column.to_pylist()
    return found
