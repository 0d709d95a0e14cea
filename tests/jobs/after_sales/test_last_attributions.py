"""The last row of each case before its first outcome arrived."""

import pyarrow as pa
import pytest

from jobs.after_sales.audited_cases import ATTRIBUTION
from jobs.after_sales.last_attributions import last_attributions
from jobs.storage.lake import Lake
from tests.support.arrow_lake import land
from tests.support.builders import ago


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path))


def judged(*rows):
    return pa.table({"case_id": [name for name, *_ in rows], "arrived_on": [ago(arrived) for _, arrived, _ in rows],
                     "decided_on": [ago(decided) for *_, decided in rows]})


def said(lake, *rows):
    """Write what nights said: case, days ago, and whom they held responsible."""
    land(lake.root, "case_attribution_daily", [
        {"ds": ago(day), "case_id": name, "decided": party is not None, "responsible": party, "share_seller": 0.75,
         "evidence": [{"name": "seller_admits", "points_to": "seller", "strength": "strong"}]}
        for name, day, party in rows])


def test_the_last_night_before_the_outcome_counts_and_no_night_from_its_day_on(lake):
    said(lake, ("a", 9, "buyer"), ("a", 6, "seller"), ("a", 5, "carrier"), ("a", 4, "platform"), ("b", 5, None))
    found = last_attributions(lake, judged(("a", 9, 5), ("b", 8, 2)))
    assert found.schema.names == ATTRIBUTION.names
    rows = {row["case_id"]: (row["decided"], row["responsible"]) for row in found.to_pylist()}
    assert rows == {"a": (True, "seller"), "b": (False, None)}
    assert found["evidence"].to_pylist()[0][0]["points_to"] == "seller" and found["share_seller"][0].as_py() == 0.75


def test_a_case_that_no_night_saw_and_a_case_that_is_not_judged_have_no_row(lake):
    said(lake, ("a", 9, "buyer"), ("other", 9, "buyer"))
    assert last_attributions(lake, judged(("a", 20, 3), ("b", 20, 3)))["case_id"].to_pylist() == ["a"]
    assert last_attributions(lake, judged(("a", 9, 9))).num_rows == 0


def test_without_the_table_there_is_no_row(lake):
    found = last_attributions(lake, judged(("a", 9, 5)))
    assert found.schema == ATTRIBUTION and not len(found)
