"""Rows of attributions without a table: what is missing, what the law and the claim change, and what nobody knows."""

from dataclasses import replace

import pyarrow as pa
import pytest

from features.inputs.tables import TABLES
from jobs.after_sales import responsibility
from jobs.after_sales.attribution_rows import _regions, attribution_rows
from jobs.after_sales.case_model import fit_case_model
from jobs.after_sales.image_copies import EMPTY
from jobs.after_sales.policy import read_resolution_policy
from jobs.settings import REPOSITORY
from tests.support.builders import TODAY, at
from tests.support.case_tables import attached, case, day, order, parcel
from tests.support.closed_rows import closed

POLICY = read_resolution_policy(REPOSITORY / "policies")


@pytest.fixture(scope="module")
def model():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(responsibility, "ROUNDS", 8)
        world = closed(1_000)
        return fit_case_model(world.rows, world.label, world.second, world.paid_share, tuple(TABLES)).model


def rows(tables, model=None, **more):
    with attached(tables) as db:
        return attribution_rows(db, TODAY, EMPTY.empty_table(), POLICY, model, set(tables), seed=1, **more)


def test_the_most_helpful_evidence_that_a_case_does_not_have_is_named(model):
    model = replace(model, thresholds={}, helpful={"refund": ["no_such_evidence", "not_handed_out", "wear_is_noted"]})
    tables = {"cases": [case("k1", 0, order_id="o1"), case("k2", 0, order_id="o2"), case("k3", 0, kind="dispute")],
              "orders": [order("o1", -40), order("o2", -40)],
              "shipments": [parcel("t1", -1, "o1", shipped_at=at(day(-30)), delivered_at=None)]}
    assert [(row["case_id"], row["missing_evidence"]) for row in rows(tables, model)] == [
        ("k1", "wear_is_noted"), ("k2", "not_handed_out"), ("k3", None)]


def test_a_case_without_claim_goes_to_a_person_and_has_no_estimate(model):
    known, unknown = rows({"cases": [case("k1", 0), case("k2", 0, claim_cents=None)]}, model)
    assert known["expected_paid"] is not None and known["cost_by_option"]
    assert (unknown["recommendation"], unknown["cost_by_option"], unknown["expected_paid"]) == ("escalate", [], None)
    assert unknown["share_buyer"] is not None


def test_the_region_is_the_last_one_known_by_the_day():
    user = {"user_id": "u1", "registered_at": at(day(-90)), "region": "eu"}
    tables = {"users": [user | {"ds": day(-90)}, user | {"region": "uk", "ds": day(-9)},
                        user | {"region": "us", "ds": day(1)}]}
    asked = pa.table({"user_id": ["u1", "u2", None]})
    with attached(tables) as db:
        assert _regions(db, asked, TODAY).tolist() == ["uk", "", ""]
        assert _regions(db, asked, day(-10)).tolist() == ["eu", "", ""]


def test_rows_do_not_depend_on_what_arrived_after_the_day(model):
    tables = {"cases": [case(f"k{number}", -number, order_id=f"o{number}") for number in range(9)],
              "orders": [order(f"o{number}", -20) for number in range(9)]}
    later = {"cases": [*tables["cases"], case("a0", 1)], "orders": [*tables["orders"], order("o9", 2)],
             "shipments": [parcel("t1", 3, "o1")]}
    assert rows(later, model) == rows(tables | {"shipments": []}, model)


def test_without_open_cases_there_is_no_row(model):
    assert rows({"cases": []}, model) == [] and rows({"cases": [case("k1", 1)]}) == []


def test_evidence_is_listed_with_whom_it_points_to():
    (row,) = rows({"cases": [case("k1", 0, reason="changed_mind")]})
    assert row["evidence"] == [{"name": "changed_their_mind", "points_to": "buyer", "strength": "strong"}]
