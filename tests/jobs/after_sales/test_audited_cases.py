"""Judged cases, their groups and what the nights said of them, as arrays."""

import datetime as dt

import numpy as np
import pyarrow as pa

from features.case.definitions import PARTIES
from jobs.after_sales.audited_cases import ATTRIBUTION, audited_cases
from jobs.after_sales.case_groups import case_groups
from jobs.after_sales.judged_cases import judged_cases
from tests.support.judged_case_tables import event_views

DAY = dt.date(2026, 3, 20)
SHARES = dict(zip((f"share_{party}" for party in PARTIES), (0.1, 0.7, 0.1, 0.1)))
TO_SELLER, TO_BUYER = {"points_to": "seller"}, {"points_to": "buyer"}


def audited(*attributions, cases="abc"):
    opened = {"opened_at": "2026-03-01 10:00", "kind": "refund", "reason": "damaged", "seller_id": "s1"}
    ended = [{"case_id": name, "closed_at": f"{day} 10:00", "responsible": "seller", "ds": day,
              "second_responsible": "buyer" if name == "a" else None}
             for name, day in zip(cases, ("2026-03-13", "2026-03-14", "2026-03-20"))]
    db = event_views(cases=[opened | {"case_id": name, "ds": "2026-03-01"} for name in cases], case_outcomes=ended)
    judged = judged_cases(db, DAY)
    return audited_cases(judged, case_groups(db, judged.select(["case_id"])),
                         pa.Table.from_pylist(list(attributions), ATTRIBUTION) if attributions else None)


def test_a_model_that_does_not_decide_abstains_and_without_shares_there_is_none():
    cases = audited({"case_id": "a", "decided": True, "responsible": "seller", "evidence": [], **SHARES},
                    {"case_id": "b", "decided": False, "evidence": [], **SHARES},
                    {"case_id": "c", "decided": False, "evidence": []})
    assert cases.model.tolist() == ["seller", None, None] and cases.attributed.tolist() == [True, True, False]
    assert cases.has_evidence.all() and cases.shares["seller"].tolist()[:2] == [0.7, 0.7]
    assert np.isnan(cases.shares["seller"][2])


def test_evidence_is_kind_reason_and_the_parties_pointed_at_in_any_order():
    cases = audited({"case_id": "a", "decided": False, "evidence": [TO_SELLER, TO_BUYER, TO_SELLER]},
                    {"case_id": "b", "decided": False, "evidence": [TO_BUYER, TO_SELLER]})
    assert cases.evidence[0] == cases.evidence[1] == "refund, damaged, buyer, seller"
    assert cases.has_evidence.tolist() == [True, True, False] and set(cases.case_kind) == {"refund, damaged"}


def test_seven_days_end_with_the_day_and_only_reviewed_cases_are_reviewed():
    cases = audited()
    assert cases.decided_in(1, DAY).tolist() == [False, True, True]
    assert cases.is_reviewed.tolist() == [True, False, False] and not cases.has_evidence.any()
    assert cases.groups["seller size"].tolist() == ["small"] * 3 and cases.cluster.tolist() == [0] * 3


def test_no_case_gives_empty_arrays():
    cases = audited(cases="")
    assert len(cases.desk) == len(cases.paid_share) == len(cases.shares["buyer"]) == 0
