"""Evidence of closed cases: one row a case, on the last day before its first outcome, with the last party known."""

import numpy as np
import pyarrow as pa
import pytest

from features.case.evidence_definitions import EVIDENCE
from jobs.after_sales.case_lake import open_lake
from jobs.after_sales.case_rows import ASKED
from jobs.after_sales.closed_case_evidence import with_evidence
from jobs.storage.lake import Lake
from tests.support.builders import TODAY, ago, at
from tests.support.case_market import CLOSED, OPENED, WAIT, case_market

ADMITS = [each.name for each in EVIDENCE].index("seller_admits")


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    root = tmp_path_factory.mktemp("lake")
    case_market(root, case_outcomes=[
        {"case_id": "c00", "closed_at": at(ago(5)), "responsible": "carrier", "ds": ago(5)},
        {"case_id": "c02", "closed_at": at(ago(5)), "responsible": "undetermined", "ds": ago(5)}])
    return Lake(str(root))


def found(lake, day, also=None):
    with open_lake(lake, day) as cases:
        return with_evidence(cases.db, day, cases.copies, cases.tables, also)


def test_a_closed_case_is_one_row_on_the_last_day_before_its_first_outcome(lake):
    closed, others = found(lake, TODAY)
    assert sorted(closed.rows["case_id"].to_pylist()) == [f"c{n:02}" for n in range(CLOSED)] and len(others.rows) == 0
    days = dict(zip(closed.rows["case_id"].to_pylist(), closed.rows["as_of"].to_pylist()))
    assert days["c07"] == ago(OPENED - 7 - WAIT + 1)


def test_the_party_is_that_of_the_last_outcome_known(lake):
    closed, _ = found(lake, TODAY)
    party = dict(zip(closed.rows["case_id"].to_pylist(), closed.responsible))
    assert [party[name] for name in ("c00", "c01", "c02", "c04")] == ["carrier", "buyer", "undetermined", "seller"]
    assert closed.rates[ADMITS].cases == CLOSED - 1 and closed.rates[ADMITS].present == CLOSED / 2 - 1
    earlier, _ = found(lake, ago(6))
    assert set(earlier.responsible) == {"buyer", "seller"}


def test_further_cases_are_computed_beside_them_and_change_nothing(lake):
    alone, _ = found(lake, TODAY)
    also = pa.Table.from_pylist([{"case_id": "open", "as_of": TODAY}, {"case_id": "nobody", "as_of": TODAY},
                                 {"case_id": "c01", "as_of": alone.rows["as_of"][1].as_py()}], ASKED)
    closed, others = found(lake, TODAY, also)
    assert others.rows["case_id"].to_pylist() == ["open", "c01"] and others.present[0, ADMITS] == 1
    assert closed.rows.equals(alone.rows) and np.array_equal(closed.present, alone.present, equal_nan=True)
