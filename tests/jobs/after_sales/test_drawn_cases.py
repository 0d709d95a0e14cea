"""Which decided cases are drawn, and as of which day."""

import datetime as dt

import pyarrow as pa

from jobs.after_sales import drawn_cases as module
from jobs.after_sales.drawn_cases import drawn_cases

DAY = dt.date(2026, 4, 30)


def judged(*rows):
    return pa.Table.from_pylist([{"case_id": name, "arrived_on": DAY - dt.timedelta(arrived),
                                  "decided_on": DAY - dt.timedelta(decided)} for name, arrived, decided in rows],
                                pa.schema([("case_id", pa.string()), ("arrived_on", pa.date32()),
                                           ("decided_on", pa.date32())]))


def test_a_case_is_looked_at_on_the_last_day_before_its_first_outcome():
    assert drawn_cases(judged(("b", 9, 0), ("a", 4, 3)), DAY).to_pylist() == [
        {"case_id": "a", "as_of": DAY - dt.timedelta(3 + 1)}, {"case_id": "b", "as_of": DAY - dt.timedelta(1)}]


def test_cases_that_never_were_open_or_were_decided_before_the_13_weeks_are_left_out():
    found = drawn_cases(judged(("at once", 5, 5), ("first", 95, 7 * 13 - 1), ("before", 95, 7 * 13)), DAY)
    assert found["case_id"].to_pylist() == ["first"]


def test_a_day_draws_the_same_cases_in_any_order_and_another_day_others(monkeypatch):
    monkeypatch.setattr(module, "MOST_ROWS", 10)
    rows = [(f"c{number}", 20, 10) for number in range(40)]
    found = drawn_cases(judged(*rows), DAY)
    assert len(found) == 10 and found == drawn_cases(judged(*reversed(rows)), DAY)
    assert set(found["case_id"].to_pylist()) != set(
        drawn_cases(judged(*rows), DAY - dt.timedelta(1))["case_id"].to_pylist())


def test_no_case_gives_no_row():
    assert drawn_cases(judged(), DAY).num_rows == 0
