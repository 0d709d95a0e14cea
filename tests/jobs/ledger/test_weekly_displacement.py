"""Weekly displacement of a lake: planted new accounts, weeks of enrolment, and nights that repeat."""

import datetime as dt
import random

import pyarrow as pa
import pytest

from jobs import update_loss_ledger
from jobs.decisions import open_money
from jobs.decisions.policy_files import read_policies
from jobs.ledger import weekly_displacement
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.kept_rows import kept_rows
from jobs.storage.lake import Lake
from jobs.storage.query import connect
from jobs.storage.row_checksum import row_checksum
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, ago, at
from tests.support.policy_folders import EXPERIMENT, SWITCHBACK, changed, policy_folder

CASES = changed(EXPERIMENT, 'metric = "loss_cents"', 'metric = "cases"')
FIRST = 30  # days before TODAY on which the units entered; their figures are final after 14 and 3 days
TREATED, HOLDOUT = 60, 40


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A lake with an experiment: held-out sellers have ten cases each, treated ones four, and half of them come back.

    Each new account of a treated seller has four cases. Four of the held-out sellers have a new account without any.
    """
    policies = read_policies(policy_folder(tmp_path / "policies", {"experiments/one.toml": CASES}))
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path))
    monkeypatch.setenv("VIGIL_POLICIES", str(tmp_path / "policies"))
    units, sellers, cases = [], [], []
    for number in range(TREATED + HOLDOUT):
        is_treated, first = number < TREATED, FIRST + 7 * (number % 2)
        units.append(unit(policies.experiments[0], f"s{number}", "treated" if is_treated else "holdout", first))
        sellers.append(seller(f"s{number}", 200, number))
        cases += [case(f"s{number}", first - 2, place) for place in range(4 if is_treated else 10)]
        if is_treated and number % 4 < 2 or number >= TREATED + HOLDOUT - 4:
            sellers.append(seller(f"new{number}", first - 3, number))
            cases += [case(f"new{number}", first - 5, place) for place in range(4 if is_treated else 0)]
    for table, rows in (("experiment_units", units), ("sellers", sellers), ("cases", cases)):
        land(tmp_path / "lake", table, rows)
    return tmp_path


def unit(experiment, name, arm, first) -> dict:
    return {"ds": ago(first), "first_ds": ago(first), "experiment": experiment.name, "unit": name, "entity": "seller",
            "experiment_version": experiment.version, "members": [name], "propensity": 0.5, "stratum": 0, "arm": arm,
            "expected_loss_cents": 1.0, "run_id": "r", "covariates": []}


def seller(name, registered, device) -> dict:
    return {"seller_id": name, "registered_at": at(ago(registered)), "device_id": f"d{device}", "ds": ago(registered)}


def case(about, opened, place) -> dict:
    return {"case_id": f"c{about}.{place}", "opened_at": at(ago(opened)), "seller_id": about, "kind": "refund",
            "ds": ago(opened)}


def displaced(home, ds=TODAY) -> dict:
    """The rows of a day by (first day of the week, weeks)."""
    lake = Lake(str(home / "lake"))
    with connect() as db:
        open_money.attach(db, lake, ds)
        found = weekly_displacement.rows(db, kept_rows(lake, catalog.EXPERIMENT_UNITS, lambda day: day <= ds),
                                         read_policies(home / "policies").experiments, ds)
    assert found == pa.Table.from_pylist(found, arrow_schema(catalog.DISPLACEMENT_WEEKLY)).drop(["run_id"]).to_pylist()
    return {((ds - row["week"]).days, row["weeks"]): row for row in found}


def test_planted_new_accounts_are_the_quotient(home):
    rows = displaced(home)
    together = rows[181, 26]
    assert (together["treated"], together["holdout"], together["metric"]) == (60, 40, "cases")
    # Six cases fewer of each member, and four of every second new account.
    assert together["success"] == pytest.approx(-60 * 6) and together["net_effect"] == pytest.approx(60 * 4)
    assert together["quotient_lo"] < together["quotient"] == pytest.approx(-1 / 3)
    assert together["quotient_hi"] > -1 / 3 and together["undefined"] is None
    assert (together["treated_back"], together["holdout_back"]) == (30, 4)
    assert together["come_back_lo"] < together["come_back"] == pytest.approx(0.4)


def test_units_count_in_the_week_in_which_they_entered(home):
    rows = displaced(home)
    # Days 30 and 37 lie in the weeks that begin 34 and 41 days before.
    assert set(rows) == {(34, 1), (41, 1), (181, 26)}
    for name in ("treated", "holdout", "treated_back", "holdout_back"):
        assert rows[34, 1][name] + rows[41, 1][name] == rows[181, 26][name]


def test_units_count_from_the_day_on_which_their_figures_are_final(home):
    assert displaced(home, ago(FIRST + 7 - 16)) == {}
    early = displaced(home, ago(FIRST + 7 - 17))
    assert {row["treated"] for row in early.values()} == {30}
    assert len(displaced(home, ago(FIRST - 17))) == 3


def test_nothing_from_after_the_day_is_read(home):
    before = displaced(home, ago(5))
    lake = Lake(str(home / "lake"))
    rows = lake.arrow("cases").to_table().to_pylist()
    late = [case(f"s{number}", 1, "late") | {"opened_at": at(ago(FIRST - 2))} for number in range(TREATED)]
    land(home / "lake", "cases", [*rows, *late])
    assert displaced(home, ago(5)) == before


def test_a_world_in_which_nothing_changes_is_undefined_or_holds_0(home):
    lake = Lake(str(home / "lake"))
    units = lake.arrow("experiment_units").to_table().to_pylist()
    draw, arms = random.Random(1), [row["arm"] for row in units]
    held = 0
    for _ in range(10):
        draw.shuffle(arms)  # arms that have nothing to do with the losses
        land(home / "lake", "experiment_units", [row | {"arm": arm} for row, arm in zip(units, arms)])
        row = displaced(home)[181, 26]
        held += row["quotient"] is None or row["quotient_lo"] <= 0 <= row["quotient_hi"]
        assert (row["quotient"] is None) == ("holds 0" in (row["undefined"] or ""))
    assert held >= 9


def test_few_units_say_nothing_and_the_row_says_so(home):
    lake = Lake(str(home / "lake"))
    units = lake.arrow("experiment_units").to_table().to_pylist()
    land(home / "lake", "experiment_units", [row for row in units if row["arm"] == "treated" or row["unit"] < "s63"])
    row = displaced(home)[181, 26]
    assert (row["success"], row["quotient"], row["net_effect"]) == (None, None, None)
    assert row["undefined"].startswith("60 treated and 3 held-out units are final")
    assert row["come_back"] is not None


def test_units_of_another_version_do_not_count(home):
    (home / "policies" / "experiments" / "one.toml").write_text(changed(CASES, 'salt = "one"', 'salt = "two"'))
    assert displaced(home) == {}


def test_a_control_that_acts_has_no_row(home):
    (home / "policies" / "experiments" / "one.toml").write_text(
        changed(CASES, 'control = "holdout"', 'control = "treated"'))
    (experiment,) = read_policies(home / "policies").experiments
    units = Lake(str(home / "lake")).arrow("experiment_units").to_table().to_pylist()
    land(home / "lake", "experiment_units", [row | {"experiment_version": experiment.version} for row in units])
    assert displaced(home) == {}


def test_a_switchback_has_no_row(home):
    (home / "policies" / "experiments" / "one.toml").write_text(
        changed(SWITCHBACK, 'metric = "loss_cents"', 'metric = "cases"'))
    (experiment,) = read_policies(home / "policies").experiments
    units = Lake(str(home / "lake")).arrow("experiment_units").to_table().to_pylist()
    land(home / "lake", "experiment_units", [row | {"experiment_version": experiment.version} for row in units])
    assert experiment.is_switchback and displaced(home) == {}


def test_nights_days_together_and_another_order_of_rows_are_the_same(home):
    days, lake = [ago(number) for number in (2, 1, 0)], Lake(str(home / "lake"))

    def run(first: dt.date, last: dt.date, name: str) -> str:
        update_loss_ledger.main(["--from", str(first), "--ds", str(last), "--run-id", name])
        return row_checksum(lake, "displacement_weekly", days)
    together = run(days[0], days[-1], "together")
    for day in days:
        nights = run(day, day, f"night{day}")
    assert nights == together
    for table in ("experiment_units", "sellers", "cases"):
        rows = lake.arrow(table).to_table().to_pylist()
        random.Random(2).shuffle(rows)
        land(home / "lake", table, rows)
    assert run(days[0], days[-1], "shuffled") == together
    assert lake.arrow("displacement_weekly").to_table().num_rows == 9
