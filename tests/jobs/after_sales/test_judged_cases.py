"""What the desk decided first, and what followed."""

import datetime as dt

from jobs.after_sales.judged_cases import judged_cases
from tests.support.judged_case_tables import event_views

AS_OF = dt.date(2026, 4, 30)


def case(name="a", day="2026-03-01", claim=1_000):
    return {"case_id": name, "opened_at": f"{day} 10:00", "kind": "refund", "claim_cents": claim, "ds": day}


def outcome(day, responsible, name="a", second=None, paid=None):
    return {"case_id": name, "closed_at": f"{day} 16:00", "responsible": responsible, "second_responsible": second,
            "paid_cents": paid, "ds": day}


def judged(*outcomes, cases=None, as_of=AS_OF):
    found = judged_cases(event_views(cases=cases or [case()], case_outcomes=outcomes), as_of)
    return {row["case_id"]: row for row in found.to_pylist()}


def test_the_first_outcome_is_the_desks_and_another_party_within_28_days_reverses_it():
    row = judged(outcome("2026-03-03", "seller", second="buyer", paid=400), outcome("2026-03-31", "buyer"))["a"]
    assert row["responsible"] == "seller" and row["second"] == "buyer" and row["reversed"]
    assert (row["arrived_on"], row["decided_on"]) == (dt.date(2026, 3, 1), dt.date(2026, 3, 3))
    assert row["hours"] == 2 * 24 + 6 and row["paid_share"] == 400 / 1_000


def test_a_later_or_an_equal_outcome_reverses_nothing():
    assert not judged(outcome("2026-03-03", "seller"), outcome("2026-04-01", "buyer"))["a"]["reversed"]
    assert not judged(outcome("2026-03-03", "seller"), outcome("2026-03-20", "seller"))["a"]["reversed"]


def test_what_arrives_after_the_day_is_not_known():
    later = [outcome("2026-03-03", "seller"), outcome("2026-03-20", "buyer", second="buyer")]
    row = judged(*later, as_of=dt.date(2026, 3, 19))["a"]
    assert not row["reversed"] and row["second"] is None
    assert judged(*later, as_of=dt.date(2026, 3, 2)) == {}


def test_days_of_13_weeks_and_of_the_reversals_before_them_count():
    days = {"in": AS_OF - dt.timedelta(7 * 13 + 28 - 1), "out": AS_OF - dt.timedelta(7 * 13 + 28)}
    found = judged(*(outcome(day, "buyer", name) for name, day in days.items()),
                   cases=[case(name, "2025-12-20") for name in days])
    assert list(found) == ["in"]


def test_a_payment_above_the_claim_counts_as_all_of_it_and_no_claim_has_no_share():
    found = judged(outcome("2026-03-03", "seller", paid=1_500), outcome("2026-03-03", "seller", "b", paid=5),
                   cases=[case(), case("b", claim=0)])
    assert found["a"]["paid_share"] == 1 and found["b"]["paid_share"] is None
