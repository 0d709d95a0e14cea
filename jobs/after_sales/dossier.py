"""Dossiers: everything that is known of a case as of a day, for a person or for any agent that judges cases."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc

from features.case.definitions import CASE_FEATURES, NAMES
from features.case.evidence import PARTIES
from features.case.evidence_definitions import EVIDENCE
from jobs.after_sales import case_facts
from jobs.after_sales.case_lake import CaseLake
from jobs.after_sales.case_rows import feature_matrix
from jobs.after_sales.closed_case_evidence import CaseEvidence, ClosedCases, with_evidence
from jobs.after_sales.evidence_rates import EvidenceRate
from jobs.after_sales.policy import OPTIONS, ResolutionPolicy
from jobs.after_sales.resolution import resolutions
from jobs.after_sales.similar_cases import distances, nearest
from jobs.statistics.shares import Interval
from jobs.storage.catalog import CASE_ATTRIBUTION_DAILY
from jobs.storage.lake import Lake

SIMILAR = 5
MOST_COMPARED = 20_000  # closed cases of the same kind and reason: the last ones
SIZE_OF_SELLER = ("seller_orders", "seller_cases")  # left out of the features: `groups` has the size
DIGITS = 6  # decimals of numbers in a dossier
STATES = {1.0: "present", 0.0: "absent"}


@dataclass(frozen=True, eq=False)
class _Known:
    """What the dossiers of one day have in common."""

    lake: Lake
    cases: CaseLake
    policy: ResolutionPolicy
    until: dt.date
    day: dt.date
    closed: ClosedCases
    rates: Sequence[EvidenceRate]


def dossiers(lake: Lake, cases: CaseLake, policy: ResolutionPolicy, asked: Sequence[str],
             until: dt.date) -> list[dict[str, Any]]:
    """Return the dossier of each case, in the order asked. docs/after-sales.md explains the keys.

    A dossier is as of `until`. Of a case that was closed by then it is as of the last day before its first outcome, and
    `outcomes` alone shows what came later.

    Raises:
        UserError: a case had not arrived by the day.
    """
    days = case_facts.looked_at(cases.db, asked, until)
    found = {}
    for day in sorted(set(days["as_of"].to_pylist())):
        closed, mine = with_evidence(cases.db, day, cases.copies, cases.tables,
                                    days.filter(pc.equal(days["as_of"], day)))
        case_facts.collect(cases.db, mine.rows["case_id"].to_pylist())
        known = _Known(lake, cases, policy, until, day, closed, closed.rates)
        for place in range(len(mine.rows)):
            of = mine.where(np.array([place]))
            found[of.rows["case_id"][0].as_py()] = _dossier(known, of)
    return [found[case] for case in asked]


def _dossier(known: _Known, of: CaseEvidence) -> dict[str, Any]:
    db, case, day = known.cases.db, of.rows["case_id"][0].as_py(), known.day
    features = {name: of.rows[name][0].as_py() for name in NAMES}
    facts = case_facts.facts(db, case, day)
    groups = case_facts.groups(db, case, day, _number(features["seller_orders"]))
    attribution = attribution_of(known.lake, case, day)
    evidence = _evidence(of.present[0], known.rates, features)
    outcomes = case_facts.rows(db, case_facts.OUTCOMES, case, known.until)
    return {
        "case_id": case, "ds": known.until, "as_of": day,
        "is_open": not outcomes or outcomes[0]["arrived_on"] > day, "facts": facts,
        "words": case_facts.rows(db, case_facts.WORDS, case, day),
        "features": [{"name": each.name, "value": round(features[each.name], DIGITS), "unit": each.unit,
                      "meaning": each.meaning} for each in CASE_FEATURES
                     if features[each.name] is not None and each.name not in SIZE_OF_SELLER],
        "evidence": evidence, "parties": _parties(evidence), "attribution": attribution,
        "policy": _policy(known.policy, facts["case"], groups, attribution, features["days_from_delivery"]),
        "similar_cases": _similar(known, of),
        "missing": {"ask_for": attribution and attribution["missing_evidence"],
                    "not_known": [each["name"] for each in evidence if each["state"] == "not known"]},
        "outcomes": outcomes, "groups": groups}


def attribution_of(lake: Lake, case: str, day: dt.date) -> dict[str, Any] | None:
    """Return the row of a case in `case_attribution_daily` of the last night by a day; None without one."""
    name = CASE_ATTRIBUTION_DAILY.name
    nights = [night for night in lake.days(name) if night <= day]
    if not nights:
        return None
    found = lake.arrow(name, nights[-1:]).to_table(filter=pc.field("case_id") == case).to_pylist()
    return found[0] if found else None


def _evidence(present: np.ndarray, rates: Sequence[EvidenceRate], features: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each piece of evidence with its state, and what it was worth in closed cases."""
    return [{"name": rate.evidence.name, "points_to": rate.evidence.points_to, "strength": rate.evidence.strength,
             "meaning": rate.evidence.meaning, "state": STATES.get(float(value), "not known"),
             "lacks": [need for need in rate.evidence.needed_columns if need in features and features[need] is None],
             "closed_cases": _worth(rate)} for value, rate in zip(present, rates)]


def _worth(rate: EvidenceRate) -> dict[str, Any] | None:
    if not rate.present:
        return None
    return {"known": rate.known, "present": rate.present, "rate": _ends(rate.rate), "at_fault": _ends(rate.at_fault),
            "otherwise": _ends(rate.otherwise), "lift": _ends(rate.lift), "points_elsewhere": rate.points_elsewhere}


def _parties(evidence: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """Return the evidence against each party, and for it: what would speak against it, and is known not to be there."""
    return {party: {key: [each["name"] for each in evidence if (each["points_to"], each["state"]) == (party, state)]
                    for key, state in (("against", "present"), ("for", "absent"))} for party in PARTIES}


def _policy(policy: ResolutionPolicy, case: Mapping[str, Any], groups: Mapping[str, str | None],
            attribution: Mapping[str, Any] | None, days_from_delivery: float | None) -> dict[str, Any]:
    """Return what the policy recommends, by the night's shares, and what the law excludes."""
    found = resolutions(policy, np.full((1, len(PARTIES)), np.nan), [_number(case["claim_cents"])], [case["kind"]],
                        [groups["buyer_region"] or ""], [_number(days_from_delivery)])
    sources = {law.name: law.source for law in policy.law}
    return {"recommendation": attribution and attribution["recommendation"],
            "cost_by_option": attribution and attribution["cost_by_option"],
            "excluded": [{"option": option, "law": law, "source": sources[law]}
                         for option, law in zip(OPTIONS, found.excluded_by[0]) if law]}


def _similar(known: _Known, of: CaseEvidence) -> list[dict[str, Any]]:
    """Return the nearest closed cases of the same kind and reason, the nearest first, with their last outcomes."""
    same = np.ones(len(known.closed.rows), bool)
    for name in ("kind", "reason"):
        same &= np.array(known.closed.rows[name].to_pylist(), object) == of.rows[name][0].as_py()
    names = np.array(known.closed.rows["case_id"].to_pylist(), object)
    places = np.flatnonzero(same)[-MOST_COMPARED:]  # rows are ordered by day
    compared = known.closed.where(places)
    distance = distances(feature_matrix(compared.rows), compared.present, feature_matrix(of.rows)[0], of.present[0])
    chosen = nearest(distance, names[places], SIMILAR)
    outcomes = case_facts.last_outcomes(known.cases.db, [str(names[places[place]]) for place in chosen], known.day)
    shared = (compared.present == 1) & (of.present[0] == 1)
    return [{**outcomes[str(names[places[place]])], "distance": round(float(distance[place]), DIGITS),
             "shared_evidence": [each.name for each, is_shared in zip(EVIDENCE, shared[place]) if is_shared]}
            for place in chosen]


def _ends(of: Interval) -> dict[str, float | None]:
    return {name: round(float(value), DIGITS) if np.isfinite(value) else None
            for name, value in (("value", of.value), ("low", of.low), ("high", of.high))}


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)

