"""The audit of a small demo marketplace (simulated), with the desk's bias and without it."""

import datetime as dt

import pyarrow as pa
import pytest

from features.case.definitions import PARTIES
from features.inputs.tables import TABLES
from jobs.after_sales.audited_cases import audited_cases
from jobs.after_sales.case_fairness import fairness_rows, model_rows
from jobs.after_sales.case_groups import case_groups
from jobs.after_sales.case_model import fit_case_model, one_row_a_case
from jobs.after_sales.case_rows import case_rows
from jobs.after_sales.closed_cases import closed_cases
from jobs.after_sales.image_copies import EMPTY
from jobs.after_sales.judged_cases import judged_cases
from jobs.simulate import __main__ as simulate
from jobs.storage.query import connect
from jobs.studies.landed_views import attach
from tests.support.demo_markets import UNTIL, arguments

pytestmark = pytest.mark.slow
BIAS, AGAINST = 0.1, "islands, small"


@pytest.fixture(scope="module")
def markets(tmp_path_factory):
    """The same marketplace twice, by the desk's bias: views of what had arrived."""
    found = {}
    for bias in (0, BIAS):
        home = tmp_path_factory.mktemp("market")
        simulate.main(arguments(home, "--desk-bias", str(bias), "--second-reviews", "1"))
        found[bias] = connect()
        attach(found[bias], home / "landing", list(TABLES), UNTIL)
    return found


def audit(db) -> list[dict]:
    judged = judged_cases(db, UNTIL)
    return fairness_rows(audited_cases(judged, case_groups(db, judged.select(["case_id"]))), UNTIL, "r")


def false_blame(rows) -> dict[str, dict]:
    return {row["group"]: row for row in rows if row["metric"] == "false_blame_seller" and row["test"] == "gap"
            and row["attribute"] == "seller region and size" and row["weeks"] == 13}


def test_the_planted_bias_lies_in_its_interval_and_without_it_nothing_is_called(markets):
    unbiased, biased = (audit(markets[bias]) for bias in (0, BIAS))
    before, after = false_blame(unbiased), false_blame(biased)
    assert after[AGAINST]["gap_lo"] <= BIAS <= after[AGAINST]["gap_hi"]
    # The same cases are judged twice, and so few of them that the change is not precisely the bias.
    assert after[AGAINST]["n"] == before[AGAINST]["n"] > 20
    assert 0 < after[AGAINST]["value"] - before[AGAINST]["value"] < 3 * BIAS
    elsewhere = [group for group in before if not group.startswith("islands")]
    assert len(elsewhere) > 4 and all(before[group]["value"] == after[group]["value"] for group in elsewhere)
    assert not [row for row in unbiased if row["q"] is not None and row["q"] <= 0.05]


def test_the_swap_changes_no_decision_of_a_fitted_model(markets):
    db = markets[BIAS]
    closed = closed_cases(db, UNTIL)
    rows = case_rows(db, closed.asked, EMPTY.empty_table())
    place = {key: number for number, key in enumerate(_keys(closed.asked))}
    at = [place[key] for key in _keys(rows)]
    model = fit_case_model(rows, closed.label[at], closed.second[at], closed.paid_share[at], list(TABLES)).model
    last = rows.filter(pa.array(one_row_a_case(rows, 0))).slice(0, 300)
    found = model_rows(last, case_groups(db, last.select(["case_id"])), _likeliest(model), UNTIL, "r")
    swaps = [row for row in found if row["test"] == "counterfactual swap"]
    assert len(swaps) > 20 and {row["value"] for row in swaps} == {0.0}
    assert len(set(_likeliest(model)(last))) > 1  # not the same decision about all


def _likeliest(model):
    # With so few cases the thresholds let nothing be decided, and an abstention would hide a change.
    return lambda rows: [PARTIES[party] for party in model.attribute(rows).likeliest]


def _keys(table: pa.Table) -> list[tuple[str, dt.date]]:
    return list(zip(table["case_id"].to_pylist(), table["as_of"].to_pylist()))
