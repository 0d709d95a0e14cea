"""The rows of `case_fairness_weekly`: measures of decisions by group, and the tests of unequal treatment."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from features.case.definitions import NAMES, PARTIES
from jobs.after_sales.audited_cases import AuditedCases, is_known, objects_of
from jobs.after_sales.case_groups import ATTRIBUTES
from jobs.after_sales.case_measures import adjusted, prognostic_strata, ratios_of
from jobs.after_sales.case_rows import feature_matrix
from jobs.after_sales.fairness_findings import Finding, finding_rows
from jobs.after_sales.fairness_tests import equalised_odds_of, proxy_findings, same_evidence_gaps, swap_findings
from jobs.after_sales.group_measures import mean_by_group, shares_by_group
from jobs.after_sales.judged_cases import WEEKS
from jobs.after_sales.same_evidence import strata_of
from jobs.storage.query import connect

SPANS = (1, WEEKS)


def fairness_rows(cases: AuditedCases, as_of: dt.date, run_id: str) -> list[dict]:
    """Return the rows of gaps, equalised odds and same evidence, for the week to a day and for the 13 weeks to it.

    q is by all p-values of a span together. A span without a case has no row.
    """
    rows = []
    strata = {("desk", party): strata_of([prognostic_strata(cases, party)]) for party in PARTIES}
    strata |= dict.fromkeys([("model", party) for party in PARTIES], strata_of([cases.evidence]))
    for weeks in SPANS:
        found = [finding for attribute in ATTRIBUTES for finding in (
            *_measured(cases, attribute, as_of, weeks), *_same_evidence(cases, attribute, as_of, weeks, strata))]
        rows += finding_rows(found, as_of, weeks, run_id)
    return rows


def model_rows(rows: pa.Table, groups: pa.Table, decide: Callable[[pa.Table], Sequence] | None, as_of: dt.date,
               run_id: str) -> list[dict]:
    """Return the rows of the counterfactual swap and of the proxies, as 13 weeks.

    Args:
        rows: of `case_rows`, one a case, such as those of `drawn_cases`.
        groups: of `case_groups`; a case without a row is left out.
        decide: gives the model's decision about each row, None where it abstains; None: there is no model.
    """
    with connect() as db:
        db.register("case_rows", rows)
        db.register("groups_of", groups)
        joined = db.sql("SELECT r.*, g.* EXCLUDE (case_id) FROM case_rows r JOIN groups_of g USING (case_id) "
                        "ORDER BY r.case_id").to_arrow_table()
    features = dict(zip(NAMES, feature_matrix(joined).T))
    found: list[Finding] = []
    for attribute in ATTRIBUTES if len(joined) else ():
        if decide:
            found += swap_findings(decide, joined, attribute)
        group, cluster = (objects_of(joined[name]).astype(str) for name in (attribute, "cluster"))
        found += proxy_findings(features, group, cluster, attribute)
    return finding_rows(found, as_of, WEEKS, run_id)


def _measured(cases: AuditedCases, attribute: str, as_of: dt.date, weeks: int) -> Iterator[Finding]:
    """Yield the gaps of shares and means, and equalised odds."""
    group = cases.groups[attribute]
    ratios = ratios_of(cases, as_of, weeks)
    shares = shares_by_group((each.hit[each.counted], group[each.counted], cases.cluster[each.counted])
                             for each in ratios.values())
    measured = [Finding(attribute, "gap", decider, metric, measure)
                for (decider, metric), of_groups in zip(ratios, shares) for measure in of_groups]
    yield from measured
    for metric in ("hours", "paid_share"):
        value, at = adjusted(cases, metric, as_of, weeks)
        yield from (Finding(attribute, "gap", "desk", metric, measure)
                    for measure in mean_by_group(value, group[at], cases.cluster[at]))
    yield from equalised_odds_of(measured)


def _same_evidence(cases: AuditedCases, attribute: str, as_of: dt.date, weeks: int,
                   strata: Mapping[tuple[str, str], np.ndarray]) -> Iterator[Finding]:
    """Yield the gaps of decisions about equal evidence: of all decided cases, because no truth is needed.

    Evidence about the desk's decisions is equal where the model's share of the party is, which is a prognostic score
    (Hansen 2008, Biometrika 95). For the model itself that would be no test: there the parties count to which
    evidence points.
    """
    group, recent = cases.groups[attribute], cases.decided_in(weeks, as_of) & cases.has_evidence
    decided = recent & cases.attributed & is_known(cases.model)
    for party in PARTIES:
        for decider, decision, at in (("desk", cases.desk, recent), ("model", cases.model, decided)):
            yield from same_evidence_gaps(attribute, decider, party, decision[at] == party, group[at],
                                          cases.cluster[at], strata[decider, party][at])
