"""What open cases will be paid: means add up, and the interval of a sum holds it as often as it says."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from jobs.ledger.case_estimates import METHOD, of_cases, paid_sum
from jobs.storage.catalog import CASE_ATTRIBUTION_DAILY
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.query import connect
from tests.support.builders import TODAY, at

CASES = pa.schema([("case_id", pa.string()), ("opened_at", pa.timestamp("us", "UTC")), ("claim_cents", pa.int64()),
                   ("ds", pa.date32())])
JULY, AUGUST = dt.date(2026, 7, 30), dt.date(2026, 8, 2)


def case(name: str, opened: dt.date = AUGUST, claim: int | None = 1_000, arrived: dt.date = AUGUST) -> dict:
    return {"case_id": name, "opened_at": at(opened, 23), "claim_cents": claim, "ds": arrived}


def said(name: str, mean: float | None, kind: str = "return", seller: str | None = "s1") -> dict:
    return {"ds": TODAY, "case_id": name, "kind": kind, "seller_id": seller, "expected_paid_mean": mean}


def found(cases: list[dict], attributed: list[dict]) -> dict:
    with connect() as db:
        db.register("cases", pa.Table.from_pylist(cases, CASES))
        rows = list(of_cases(db, pa.Table.from_pylist(attributed, arrow_schema(CASE_ATTRIBUTION_DAILY))))
    assert {(row["account"], row["method"], row["source_table"]) for row in rows} <= {
        ("expected_compensation", METHOD, "case_attribution_daily")}
    return {(row["risk"], row["borne_by"], row["incurred_ds"]): row for row in rows}


def test_means_add_up_by_kind_and_by_the_month_of_the_opening():
    rows = found([case("k1"), case("k2"), case("k3", JULY), case("k4"), case("k5"), case("k6")],
                 [said("k1", 300.0), said("k2", 50.0), said("k3", 7.0), said("k4", 20.0, "dispute"),
                  said("k5", 4.0, "refund"), said("k6", 1.0, "cancellation")])
    july, august = JULY.replace(day=1), AUGUST.replace(day=1)
    assert {key: row["estimate"] for key, row in rows.items()} == {
        ("return", "seller", august): 300 + 50, ("return", "seller", july): 7, ("dispute", "platform", august): 20,
        (None, "seller", august): 4, ("cancellation", "seller", august): 1}
    assert all(row["lo"] <= row["estimate"] <= row["hi"] for row in rows.values())


def test_a_case_counts_by_its_first_delivery():
    again = case("k1", JULY, 200, JULY)
    rows = found([case("k1", AUGUST, 9_000), again], [said("k1", 150.0)])
    assert list(rows) == [("return", "seller", JULY.replace(day=1))]
    assert [row["hi"] for row in rows.values()] == [200]


def test_cases_without_an_estimate_or_a_claim_are_left_out():
    cases = [case("k1"), case("k2"), case("k3", claim=None), case("k4", claim=0)]
    rows = found(cases, [said("k1", 300.0), said("k2", None), said("k3", 5.0), said("k4", 0.0), said("gone", 5.0)])
    assert [row["estimate"] for row in rows.values()] == [300]
    assert found(cases, []) == {} and found([], [said("k1", 1.0)]) == {}


@pytest.mark.parametrize(("mean", "ends"), [(50.0, (0, 50)), (500.0, (0, 1_000)), (950.0, (950, 1_000)),
                                            (0.0, (0, 0)), (1_000.0, (1_000, 1_000)), (1_000.5, (1_000, 1_000))])
def test_the_interval_of_one_case_lies_within_its_claim_and_holds_the_estimate(mean, ends):
    total, low, high = paid_sum(np.array([1_000.0]), np.array([mean]), np.array(["a"], object))
    assert (total, low, high) == (min(mean, 1_000), *ends)


def test_cases_of_a_seller_are_paid_together_and_those_of_others_are_not():
    claim, mean = np.full(100, 1_000.0), np.full(100, 500.0)
    together = paid_sum(claim, mean, np.array(["a"] * 100, object))
    apart = paid_sum(claim, mean, np.array([f"s{number}" for number in range(100)], object))
    assert together == (50_000, 0, 100_000) and apart[0] == 50_000
    # A binomial of 100 halves has a standard deviation of 5.
    assert apart[1:] == (pytest.approx(50_000 - 1.28 * 5_000, abs=1_100),
                         pytest.approx(50_000 + 1.28 * 5_000, abs=1_100))


def test_the_order_of_cases_changes_no_bit():
    draw = np.random.default_rng(2)
    claim, cluster = draw.integers(1, 90_000, 300).astype(float), draw.choice([f"s{n}" for n in range(40)], 300)
    mean, order = claim * draw.random(300), draw.permutation(300)
    assert paid_sum(claim, mean, cluster) == paid_sum(claim[order], mean[order], cluster[order])


@pytest.mark.parametrize(("shared", "parts", "least", "most"), [(1.0, 0.0, 0.75, 0.87), (0.0, 0.0, 0.8, 0.97),
                                                                (0.5, 0.3, 0.8, 0.97)],
                         ids=["sellers pay all or nothing", "each case apart", "between, and in part"])
def test_the_interval_holds_the_sum_that_is_paid(shared, parts, least, most):
    """Of 600 months of 120 cases: a seller's cases are paid together, apart, or partly, with known means."""
    draw, held = np.random.default_rng(4), 0
    for _ in range(600):
        claim = np.round(draw.lognormal(8, 0.7, 120))
        seller = draw.integers(0, 60, 120)
        share = draw.choice([0.05, 0.3, 0.6, 0.9], 120)
        own, common = draw.random(120), draw.random(60)[seller]
        is_paid = np.where(draw.random(60)[seller] < shared, common, own) < share
        # A part of the claims spreads each payment around its mean, less than all or nothing does.
        paid = claim * np.where(draw.random(120) < parts, share, is_paid)
        _, low, high = paid_sum(claim, claim * share, seller.astype(str))
        held += low <= paid.sum() <= high
    assert least <= held / 600 <= most
