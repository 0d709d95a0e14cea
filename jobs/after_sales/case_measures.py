"""What an audit of cases measures: shares, values at equal circumstances, and strata of equal evidence.

An error is a difference to a random second review, so that errors are measured on re-reviewed cases. A desk that says
undetermined blames nobody.
"""

import datetime as dt

import numpy as np

from features.case.definitions import PARTIES
from jobs.after_sales.audited_cases import AuditedCases, is_known
from jobs.after_sales.decisions import Ratio
from jobs.after_sales.judged_cases import REVERSAL_DAYS
from jobs.after_sales.same_evidence import strata_of

BANDS = 20  # of equal count, of the model's share of a party


def adjusted(cases: AuditedCases, metric: str, as_of: dt.date, weeks: int) -> tuple[np.ndarray, np.ndarray]:
    """Return values of re-reviewed cases, and (cases,) which they are of.

    Values are what they would be if all groups had the same kinds, reasons and second reviews: otherwise a category
    with many returns would look favoured, because returns are paid in full.
    """
    value = getattr(cases, metric)
    at = cases.is_reviewed & cases.decided_in(weeks, as_of) & ~np.isnan(value)
    value, stratum = value[at], strata_of([cases.case_kind[at], cases.second[at].astype(str)])
    mean = np.bincount(stratum, value) / np.maximum(np.bincount(stratum), 1)
    return value - mean[stratum] + (value.mean() if len(value) else 0.0), at


def ratios_of(cases: AuditedCases, as_of: dt.date, weeks: int) -> dict[tuple[str, str], Ratio]:
    """Return the shares that are measured on re-reviewed cases, by decider and metric."""
    is_reviewed = cases.is_reviewed
    reviewed = cases.decided_in(weeks, as_of) & is_reviewed
    attributed, decided = reviewed & cases.attributed, is_known(cases.model)
    last = as_of - dt.timedelta(REVERSAL_DAYS)
    found = {("desk", "undetermined"): Ratio(reviewed, cases.desk == "undetermined"),
             ("desk", "reversal"): Ratio(cases.decided_in(weeks, last) & is_reviewed, cases.reversed)}
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


def prognostic_strata(cases: AuditedCases, party: str) -> np.ndarray:
    """Return labels of strata, (cases,): kind, reason and the band of the model's share of a party.

    Where there is no share the parties to which evidence points take its place.
    """
    share = cases.shares[party]
    known = ~np.isnan(share)
    edges = np.quantile(share[known], np.arange(1, BANDS) / BANDS) if known.any() else np.zeros(0)
    bands = np.searchsorted(edges, share).astype(str)
    return np.where(known, np.char.add(np.char.add(cases.case_kind, "; "), bands), cases.evidence)
