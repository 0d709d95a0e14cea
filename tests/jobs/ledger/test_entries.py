"""Entries: their sums are the positions of every day, corrections reverse what was booked, and nothing is edited."""

import datetime as dt
import random

import pyarrow as pa
import pytest

from jobs.ledger.accounts import BOOKED, GROSS_LOSS, REVERSED
from jobs.ledger.entries import KEY, entries
from jobs.ledger.positions import POSITIONS
from tests.support.builders import TODAY

SCHEMA = pa.schema([*POSITIONS, ("ds", pa.date32()), ("entry_id", pa.string())])


def position(number: int, cents: int, account=GROSS_LOSS, risk="brushing", incurred=TODAY) -> dict:
    return {"account": account, "source_table": "verdicts", "source_id": f"v{number}", "borne_by": "buyer",
            "risk": risk, "entity": "seller", "entity_id": "s1", "incurred_ds": incurred, "amount_cents": cents,
            "method": "m", "policy_version": None}


def day(number: int) -> dt.date:
    return TODAY + dt.timedelta(days=number)


def booked(days: list[list[dict]]) -> list[dict]:
    """The entries of days that follow each other, each with its positions."""
    found: list[dict] = []
    for number, positions in enumerate(days):
        found += entries(pa.Table.from_pylist(found, SCHEMA), pa.Table.from_pylist(positions, POSITIONS), day(number))
    return found


def amounts(rows: list[dict]) -> list[tuple]:
    return [((row["ds"] - TODAY).days, row["account"], row["source_id"], row["amount_cents"]) for row in rows]


def test_a_position_is_booked_once():
    assert amounts(booked([[position(1, 5)], [position(1, 5)], [position(1, 5), position(2, 7)]])) == [
        (0, "gross_loss", "v1", 5), (2, "gross_loss", "v2", 7)]


def test_what_is_taken_back_is_reversed_on_the_day_on_which_that_is_known():
    assert amounts(booked([[position(1, 5)], [], []])) == [(0, "gross_loss", "v1", 5), (1, "reversed", "v1", -5)]


def test_a_correction_reverses_and_books_anew():
    assert amounts(booked([[position(1, 5)], [position(1, 8)], [position(1, 8, risk="click_farm")]])) == [
        (0, "gross_loss", "v1", 5), (1, "reversed", "v1", -5), (1, "gross_loss", "v1", 8),
        (2, "reversed", "v1", -8), (2, "gross_loss", "v1", 8)]


def test_a_loss_that_comes_back_is_booked_again():
    assert amounts(booked([[position(1, 5)], [], [position(1, 5)], []])) == [
        (0, "gross_loss", "v1", 5), (1, "reversed", "v1", -5), (2, "gross_loss", "v1", 5), (3, "reversed", "v1", -5)]


def test_other_accounts_are_reversed_on_themselves():
    one = position(1, 5, "recovered")
    assert amounts(booked([[one], []])) == [(0, "recovered", "v1", 5), (1, "recovered", "v1", -5)]


@pytest.mark.parametrize("seed", range(30))
def test_sums_of_entries_are_the_positions_of_every_day(seed):
    draw = random.Random(seed)
    accounts = [account for account in BOOKED if account != REVERSED]
    days = [[position(number, draw.randint(1, 9), accounts[number % len(accounts)], draw.choice("ab"),
                      day(-draw.randint(1, 2))) for number in range(8) if draw.random() < 0.6] for _ in range(12)]
    found = booked(days)
    assert len({row["entry_id"] for row in found}) == len(found)
    for number, positions in enumerate(days):
        sums: dict[tuple, int] = {}
        for row in found:
            if row["ds"] <= day(number):
                account = GROSS_LOSS if row["account"] == REVERSED else row["account"]
                key = (account, *(row[name] for name in (*KEY[1:], "risk", "incurred_ds")))
                sums[key] = sums.get(key, 0) + row["amount_cents"]
        assert {key: total for key, total in sums.items() if total} == {
            tuple(row[name] for name in (*KEY, "risk", "incurred_ds")): row["amount_cents"] for row in positions}
    # The order of earlier rows does not matter, and a day again is the same day.
    draw.shuffle(earlier := [row for row in found if row["ds"] < day(11)])
    again = entries(pa.Table.from_pylist(earlier, SCHEMA), pa.Table.from_pylist(days[11], POSITIONS), day(11))
    assert again == [row for row in found if row["ds"] == day(11)]
