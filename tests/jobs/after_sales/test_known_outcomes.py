"""What became of cases, and the evidence of their dossiers as of a day."""

import pytest

from jobs.after_sales.case_lake import open_lake
from jobs.after_sales.known_outcomes import KnownOutcome, dossier_evidence, known_outcomes
from jobs.storage.lake import Lake
from tests.support.builders import TODAY, YESTERDAY, ago, at
from tests.support.case_market import OPENED, WAIT, case_market


@pytest.fixture
def cases(tmp_path):
    case_market(tmp_path, case_outcomes=[{"case_id": "c00", "closed_at": at(ago(2)), "responsible": "carrier",
                                          "ds": ago(2)}])
    with open_lake(Lake(str(tmp_path)), TODAY) as found:
        yield found


def test_the_last_outcome_counts_and_a_second_review_stays_known(cases):
    found = known_outcomes(cases.db)
    assert found["c00"] == KnownOutcome(ago(OPENED - WAIT), "carrier", "seller")
    assert found["c01"] == KnownOutcome(ago(OPENED - 1 - WAIT), "buyer", None)
    assert found["open"] == KnownOutcome(None, None, None)


def test_evidence_is_as_of_the_day_of_the_dossier(cases):
    found = dossier_evidence(cases, {"c00": TODAY, "c01": ago(OPENED - 1), "open": ago(5), "nobody": TODAY})
    assert {case: day for case, (day, _) in found.items()} == {"c00": ago(OPENED - WAIT + 1), "c01": ago(OPENED - 1)}
    assert "seller_admits" in found["c00"][1] and "buyer_changes_story" in found["c01"][1]
    assert "seller_admits" not in found["c01"][1]
    assert dossier_evidence(cases, {"open": YESTERDAY})["open"][0] == YESTERDAY
    assert dossier_evidence(cases, {}) == {}
