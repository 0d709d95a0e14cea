"""Months of the ledger: booked money adds up, the latest estimate counts, and a past day is as it was known."""

import datetime as dt

import pyarrow as pa

from jobs.ledger.months import months
from jobs.storage.catalog import LOSS_LEDGER
from jobs.storage.catalog.arrow_types import arrow_schema

JULY, AUGUST = dt.date(2026, 7, 1), dt.date(2026, 8, 1)


def day(number: int) -> dt.date:
    return dt.date(2026, 8, number)


def entry(ds: int, account: str, amount=None, incurred=JULY, risk="brushing", borne_by="buyer", experiment=None,
          estimate=None) -> dict:
    lo, hi = (None, None) if estimate is None else (estimate - 10, estimate + 20)
    return {"ds": day(ds), "account": account, "amount_cents": amount, "incurred_ds": incurred, "risk": risk,
            "borne_by": borne_by, "experiment": experiment, "estimate": estimate, "lo": lo, "hi": hi}


def known(*rows: dict, on: int = 20) -> dict:
    found = months(pa.Table.from_pylist(list(rows), arrow_schema(LOSS_LEDGER)), day(on))
    return {(row["month"], row["risk"], row["borne_by"]): row for row in found}


def test_booked_money_adds_up_by_month_risk_and_party():
    found = known(entry(1, "gross_loss", 100), entry(2, "gross_loss", 50, dt.date(2026, 7, 31)),
                  entry(3, "reversed", -100), entry(3, "gross_loss", 7, AUGUST), entry(4, "recovered", 20),
                  entry(4, "paid_compensation", 5, risk=None, borne_by="platform"),
                  entry(5, "review_cost", 9, borne_by="platform"))
    july = found[JULY, "brushing", "buyer"]
    assert (july["gross_cents"], july["recovered_cents"], july["net"], july["net_lo"]) == (50, 20, 30, 30)
    assert found[AUGUST, "brushing", "buyer"]["gross_cents"] == 7
    assert found[JULY, "unknown", "platform"]["false_positive_direct_cents"] == 5
    assert found[JULY, "brushing", "platform"]["review_cents"] == found[JULY, "brushing", "platform"]["net"] == 9
    assert july["unreported"] is None and len(found) == 4


def test_the_latest_estimate_of_a_key_counts_and_those_of_experiments_add_up():
    found = known(entry(1, "unreported", estimate=100.0), entry(2, "unreported", estimate=80.0),
                  entry(2, "prevented", estimate=30.0, experiment="a"),
                  entry(3, "prevented", estimate=5.0, experiment="b"), entry(3, "gross_loss", 1))
    row = found[JULY, "brushing", "buyer"]
    assert (row["unreported_lo"], row["unreported"], row["unreported_hi"]) == (70, 80, 100)
    assert (row["prevented_lo"], row["prevented"], row["prevented_hi"]) == (15, 35, 75)
    assert (row["net_lo"], row["net"], row["net_hi"]) == (71, 81, 101)  # what was prevented is no part of it


def test_a_withdrawn_estimate_is_gone():
    assert known(entry(1, "unreported", estimate=100.0), entry(2, "unreported"))[
        JULY, "brushing", "buyer"]["unreported"] is None


def test_a_month_as_of_a_past_day_is_what_was_known_then():
    rows = [entry(1, "gross_loss", 100), entry(5, "reversed", -100), entry(1, "unreported", estimate=9.0),
            entry(6, "unreported", estimate=1.0)]
    for on in range(1, 8):
        assert known(*rows, on=on) == known(*(row for row in rows if row["ds"] <= day(on)), on=on)
    assert known(*rows, on=4)[JULY, "brushing", "buyer"]["gross_cents"] == 100


def test_what_cases_will_be_paid_is_no_part_of_the_net():
    found = known(entry(1, "expected_compensation", estimate=100.0, borne_by="seller"),
                  entry(2, "expected_compensation", estimate=60.0, borne_by="seller"), entry(2, "gross_loss", 7))
    alone, beside = found[JULY, "brushing", "seller"], found[JULY, "brushing", "buyer"]
    assert [alone[f"expected_compensation{end}"] for end in ("_lo", "", "_hi")] == [50, 60, 80]
    assert [alone[f"net{end}"] for end in ("_lo", "", "_hi")] == [None] * 3 and alone["gross_cents"] == 0
    assert (beside["expected_compensation"], beside["net"]) == (None, 7)
    both = known(entry(1, "expected_compensation", estimate=100.0), entry(2, "gross_loss", 7))
    assert both[JULY, "brushing", "buyer"]["net"] == 7
