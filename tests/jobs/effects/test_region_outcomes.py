"""What happened in a region on a day: which events count, on which day, and in which region."""

import datetime as dt

import pyarrow as pa
import pytest

from features.inputs.tables import TABLES
from jobs.decisions import open_money
from jobs.decisions.policy_files import read_policies
from jobs.effects.region_outcomes import outcomes
from jobs.storage.catalog import EXPERIMENT_UNITS
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from jobs.storage.query import connect
from tests.support.arrow_lake import land
from tests.support.builders import at
from tests.support.policy_folders import SWITCHBACK, policy_folder

FIRST = dt.date(2026, 1, 8)  # the second block of seven days
LATER = FIRST + dt.timedelta(days=400)


def day(number: int) -> dt.date:
    return FIRST + dt.timedelta(days=number)


@pytest.fixture
def counted(tmp_path):
    """Return a function that lands rows and gives {(region, day of the block): value}, without zeros, and `mature`."""
    def of(metric: str, as_of: dt.date = LATER, regions=("north", "so|uth"), **rows) -> tuple[dict, set]:
        for table, landed in rows.items():
            by_day: dict[dt.date, list] = {}
            for number, row in enumerate(landed):
                by_day.setdefault(row["ds"], []).append({TABLES[table].key: f"{table}{number}"} | row)
            for landed_on in sorted(by_day):
                land(tmp_path / "lake", table, by_day[landed_on])
        (experiment,) = read_policies(policy_folder(tmp_path / "policies", {
            "experiments/turns.toml": SWITCHBACK})).experiments
        units = pa.Table.from_pylist([{"unit": f"{region}|{FIRST}", "first_ds": FIRST, "arm": "holdout"}
                                      for region in regions], arrow_schema(EXPERIMENT_UNITS))
        with connect() as db:
            open_money.attach(db, Lake(str(tmp_path / "lake")), as_of)
            found = outcomes(db, experiment, units, metric, as_of).to_pylist()
        assert len(found) == 7 * len(regions)
        return ({(row["region"], (row["day"] - FIRST).days): row["value"] for row in found if row["value"]},
                {row["mature"] for row in found})
    return of


def seller(name: str, region: str | None, arrived: int = -60) -> dict:
    return {"seller_id": name, "registered_at": at(day(arrived)), "region": region, "ds": day(arrived)}


def order(number: int, cents: int, seller_id="s1", arrived: int | None = None) -> dict:
    return {"ordered_at": at(day(number)), "user_id": "u1", "seller_id": seller_id, "quantity": 1,
            "amount_cents": cents, "ds": day(number if arrived is None else arrived)}


SELLERS = [seller("s1", "north"), seller("s2", "so|uth"), seller("s3", None)]


def test_events_count_on_the_day_before_theirs_because_a_night_decides_the_next_day(counted):
    orders = [order(0, 1), order(1, 2), order(1, 4), order(7, 8), order(8, 16), order(3, 32, "s2"), order(3, 64, "s3")]
    found, mature = counted("trade_cents", sellers=SELLERS, orders=orders)
    assert found == {("north", 0): 6, ("north", 6): 8, ("so|uth", 2): 32} and mature == {True}
    assert counted("orders")[0][("north", 0)] == 2


def test_rows_that_arrive_too_late_are_left_out_on_every_day_alike(counted):
    orders = [order(1, 1, arrived=4), order(1, 2, arrived=5), order(7, 4, arrived=10), order(7, 8, arrived=11)]
    assert counted("trade_cents", sellers=SELLERS, orders=orders)[0] == {("north", 0): 1, ("north", 6): 4}


def test_figures_are_final_days_of_arrival_after_the_last_event(counted):
    assert counted("trade_cents", day(9), sellers=SELLERS, orders=[order(1, 1)])[1] == {False}
    assert counted("trade_cents", day(10))[1] == {True}


def test_an_account_that_moves_stays_in_the_region_of_its_first_registration(counted):
    sellers = [*SELLERS, {"seller_id": "s1", "registered_at": at(day(-60)), "region": "so|uth", "ds": day(2)}]
    orders = [order(1, 1), order(5, 2)]
    assert counted("trade_cents", sellers=sellers, orders=orders)[0] == {("north", 0): 1, ("north", 4): 2}


def test_the_latest_state_of_a_case_counts_once(counted):
    cases = [{"case_id": "c1", "opened_at": at(day(2)), "user_id": "u1", "seller_id": "s1", "kind": "refund",
              "ds": day(2)}]
    paid = [{"case_id": "c1", "closed_at": at(day(number)), "paid_cents": cents, "ds": day(number)}
            for number, cents in ((3, 100), (6, 40))]
    assert counted("case_paid_cents", sellers=SELLERS, orders=[order(1, 1)], cases=cases, case_outcomes=paid)[0] == {
        ("north", 1): 40}


