"""The parts of a dossier that take no lake: states of evidence, and the evidence for and against each party."""

import datetime as dt
import json

import numpy as np

from features.case.evidence_definitions import EVIDENCE
from jobs.after_sales.case_lake import open_lake
from jobs.after_sales.dossier import dossiers
from jobs.after_sales.policy import read_resolution_policy
from jobs.settings import REPOSITORY
from jobs.storage.lake import Lake
from tests.support.builders import TODAY, YESTERDAY, ago, at
from tests.support.case_market import case_market


def made(root, until: dt.date, asked: list[str]) -> list[dict]:
    lake = Lake(str(root))
    with open_lake(lake, until) as cases:
        return dossiers(lake, cases, read_resolution_policy(REPOSITORY / "policies"), asked, until)


def test_every_piece_of_evidence_has_one_state_and_is_against_or_for_its_party(tmp_path):
    case_market(tmp_path)
    (found,) = made(tmp_path, TODAY, ["open"])
    assert [each["name"] for each in found["evidence"]] == [each.name for each in EVIDENCE]
    states = {each["name"]: each["state"] for each in found["evidence"]}
    assert set(states.values()) == {"present", "absent", "not known"}
    for key, state in (("against", "present"), ("for", "absent")):
        listed = [name for party in found["parties"].values() for name in party[key]]
        assert sorted(listed) == sorted(name for name, value in states.items() if value == state)
    assert found["missing"] == {"ask_for": None, "not_known": [name for name, value in states.items()
                                                               if value == "not known"]}


def test_no_number_is_nan_and_the_dossier_is_the_same_beside_others(tmp_path):
    case_market(tmp_path)
    alone, beside = made(tmp_path, TODAY, ["open"]), made(tmp_path, TODAY, ["c03", "open", "c20"])
    json.dumps(beside, default=str, allow_nan=False)
    assert [each["case_id"] for each in beside] == ["c03", "open", "c20"] and beside[1] == alone[0]
    values = np.array([each["value"] for each in alone[0]["features"]])
    assert np.array_equal(values, np.round(values, 6))


def test_a_case_that_arrives_with_its_outcome_says_so(tmp_path):
    case_market(tmp_path, case_outcomes=[{"case_id": "open", "closed_at": at(ago(2)), "responsible": "seller",
                                          "ds": ago(2)}])
    (found,) = made(tmp_path, TODAY, ["open"])
    assert (found["as_of"], found["is_open"], len(found["outcomes"])) == (YESTERDAY, False, 1)
    assert made(tmp_path, TODAY, ["c39"])[0]["is_open"]


def test_similar_cases_have_the_last_outcome_that_was_known(tmp_path):
    case_market(tmp_path, case_outcomes=[{"case_id": "c28", "closed_at": at(ago(1)), "outcome": "reversed",
                                          "responsible": "carrier", "paid_cents": 7, "ds": YESTERDAY}])
    for until, case, responsible, paid in ((ago(2), "c36", "seller", 1_000), (TODAY, "open", "carrier", 7)):
        (found,) = made(tmp_path, until, [case])
        similar = {each["case_id"]: each for each in found["similar_cases"]}
        assert len(similar) == 5 and case not in similar
        assert (similar["c28"]["responsible"], similar["c28"]["paid_cents"]) == (responsible, paid)
        assert similar["c28"]["claim_cents"] == 1_000 + 28
