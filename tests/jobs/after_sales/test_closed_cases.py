"""Open and closed cases: the label of the last outcome, second reviews, paid shares, and the days of a case."""

import numpy as np
import pytest

from jobs.after_sales.closed_cases import closed_cases, open_cases
from tests.support.case_tables import attached, case, day, drawn_tables, first_by, outcome, shuffled


def closed(tables, as_of=0):
    """{(case, days from TODAY): (label, second, paid share)}."""
    with attached(tables) as db:
        found = closed_cases(db, day(as_of))
    keys = zip(found.asked["case_id"].to_pylist(), found.asked["as_of"].to_pylist(), strict=True)
    return {(name, (ds - day(0)).days): tuple(values) for (name, ds), values in zip(
        keys, np.column_stack([found.label, found.second, found.paid_share]).tolist(), strict=True)}


def opened(tables, as_of=0):
    with attached(tables) as db:
        return open_cases(db, day(as_of)).to_pylist()


def test_a_case_is_looked_at_when_it_arrived_and_on_the_day_before_its_first_outcome():
    tables = {"cases": [case("k1", -20), case("k2", -20), case("k3", -20), case("k4", -20)],
              "case_outcomes": [outcome("k1", -5, "buyer"), outcome("k1", -2, "seller"), outcome("k2", -19, "carrier"),
                                outcome("k3", -20, "seller")]}
    assert list(closed(tables)) == [("k1", -20), ("k1", -6), ("k2", -20)]
    assert list(closed(tables, -6)) == [("k2", -20)]


def test_the_label_is_that_of_the_last_outcome_known_by_the_day():
    tables = {"cases": [case("k1", -20)], "case_outcomes": [
        outcome("k1", -5, "undetermined"), outcome("k1", -2, "platform"), outcome("k1", 3, "seller")]}
    assert [closed(tables, number)["k1", -20][0] for number in (-5, -2, 2, 3)] == [-1, 3, 3, 1]


def test_a_second_review_stays_when_a_reversal_follows():
    tables = {"cases": [case("k1", -20), case("k2", -20)], "case_outcomes": [
        outcome("k1", -5, "seller", second_responsible="buyer"), outcome("k1", -2, "carrier"),
        outcome("k2", -5, "seller", second_responsible="undetermined")]}
    found = closed(tables)
    assert (found["k1", -20][:2], found["k2", -20][:2]) == ((2, 0), (1, -1))


def test_the_paid_share_is_within_0_and_1_and_unknown_without_claim_or_payment():
    def of(claim, paid):
        return closed({"cases": [case("k1", -20, claim_cents=claim)],
                        "case_outcomes": [outcome("k1", -19, "buyer", paid_cents=paid)]})["k1", -20][2]
    assert (of(800, 200), of(800, 900), of(800, 0)) == (0.25, 1, 0)
    assert np.isnan([of(None, 200), of(0, 200), of(800, None), of(None, None)]).all()


def test_an_open_case_has_no_outcome_and_arrived_within_60_days():
    tables = {"cases": [case("b", 0), case("a", -59), case("old", -60), case("closed", -3), case("later", 1)],
              "case_outcomes": [outcome("closed", 0, "undetermined"), outcome("b", 1, "buyer")]}
    assert opened(tables) == [{"case_id": "a", "as_of": day(0)}, {"case_id": "b", "as_of": day(0)}]
    assert [row["case_id"] for row in opened(tables, -1)] == ["a", "closed", "old"]


def test_a_case_that_is_delivered_again_is_as_old_as_its_first_delivery():
    tables = {"cases": [case("k1", -70), case("k1", -3), case("k2", -370), case("k2", -9)],
              "case_outcomes": [outcome("k2", -1, "seller")]}
    assert opened(tables) == [] and closed(tables) == {}
    assert list(closed({"cases": [case("k1", -40, claim_cents=100), case("k1", -9, claim_cents=400)],
                         "case_outcomes": [outcome("k1", -1, "seller", paid_cents=100)]}).items()) == [
        (("k1", -40), (1, -1, 1)), (("k1", -2), (1, -1, 1))]


def test_without_cases_nothing_is_open_or_closed():
    assert opened({}) == [] and closed({}) == {}


@pytest.mark.parametrize("seed", range(3))
def test_later_rows_and_the_order_of_rows_change_nothing(seed):
    tables = drawn_tables(seed)
    for number in (-60, 0):
        known = {name: [row for row in rows if row["ds"] <= day(number)] for name, rows in tables.items()}
        expected = repr(closed(known, number))
        assert repr(closed(shuffled(tables, seed), number)) == expected and len(expected) > 1_000
        assert opened(shuffled(tables, seed), number) == opened(known, number)


def test_labels_are_those_of_a_loop():
    tables = drawn_tables(9)
    last = {row["case_id"]: row["responsible"] for row in sorted(tables["case_outcomes"], key=lambda row: row["ds"])
            if row["ds"] <= day(0)}
    names = ("undetermined", "buyer", "seller", "carrier", "platform")
    found = {name: names[int(label) + 1] for (name, _), (label, *_) in closed(tables).items()}
    first = first_by(tables["case_outcomes"], "case_id", "closed_at")
    arrived = first_by(tables["cases"], "case_id", "opened_at")
    assert found == {name: last[name] for name in last if arrived[name]["ds"] < first[name]["ds"]}
