"""The step audit_cases over a small lake: one night, two clocks, nights again, a replay, and what is missing."""

import datetime as dt
import json
import random
from functools import partial

import pytest

from jobs import attribute_cases, audit_cases, train_cases
from jobs.after_sales import fairness_table
from jobs.settings import load_settings
from jobs.storage import run_manifest
from jobs.storage.catalog.after_sales_tables import FAIRNESS_TESTS
from jobs.storage.lake import Lake, Pin
from jobs.storage.row_checksum import row_checksum
from tests.support import case_homes
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, YESTERDAY, ago, at
from tests.support.case_homes import enter
from tests.support.homes import copy_of
from tests.support.landed_cases import landed_cases

pytestmark = pytest.mark.engine("sail")
TABLE, NIGHTS = "case_fairness_weekly", 12
night = partial(case_homes.night, audit_cases, TABLE)
BEFORE = ago(5)


def sellers(lake_root):
    """Every fourth of the 40 sellers is on the islands."""
    land(lake_root, "sellers", [{"seller_id": f"s{number}", "registered_at": at(ago(60 + 10 * number)),
                                 "region": "islands" if number % 4 == 0 else "coast", "ds": ago(50)}
                                for number in range(40)])


@pytest.fixture(scope="module")
def attributed(spark, tmp_path_factory):
    """A home with 640 closed cases, a champion, and its attributions of some nights."""
    home = tmp_path_factory.mktemp("cases")
    with pytest.MonkeyPatch.context() as patch:
        enter(patch, home, spark)
        landed_cases(home / "lake")
        sellers(home / "lake")
        train_cases.main(["--ds", str(TODAY), "--run-id", "t1"])
        attribute_cases.main(["--from", str(ago(NIGHTS)), "--ds", str(TODAY), "--run-id", "a1"])
    return home


@pytest.fixture
def copied(attributed, spark, tmp_path, monkeypatch):
    """A copy of that home."""
    copy_of(attributed, tmp_path)
    enter(monkeypatch, tmp_path / "home", spark)
    return tmp_path / "home"


@pytest.fixture
def home(spark, tmp_path, monkeypatch):
    """A home without anything."""
    enter(monkeypatch, tmp_path, spark)
    return tmp_path


def digest(home, *days: dt.date) -> str:
    return row_checksum(Lake(str(home / "lake")), TABLE, list(days))


def test_a_night_measures_the_desk_and_the_model(copied):
    rows = night(copied, TODAY)
    assert {row["weeks"]: row["week"] for row in rows} == {1: ago(6), 13: ago(90)}
    assert {row["test"] for row in rows} == set(FAIRNESS_TESTS)
    by_decider = {row["decider"]: row for row in rows if row["attribute"] == "seller region" and row["weeks"] == 13
                  and row["group"] == "islands" and row["metric"] in ("undetermined", "abstention")}
    # The model speaks of the cases that a night saw open, the desk of all.
    assert by_decider["desk"]["n"] > by_decider["model"]["n"] > 20
    swaps = [row for row in rows if row["test"] == "counterfactual swap"]
    assert {row["value"] for row in swaps} == {0.0}
    assert sum(row["n"] for row in swaps if row["attribute"] == "seller region") == 640
    output = json.loads((copied / "lake" / "_runs" / "n1.json").read_text())["outputs"][TABLE]
    assert output["model"] == "1" and output["stage"] == "fairness"


def test_what_arrives_later_changes_nothing_and_what_had_arrived_does(copied):
    root = copied / "lake"
    known = digest_of(copied, BEFORE)
    for table in ("cases", "case_outcomes", "orders", "messages"):
        later(root, table)
    # A night that looks at closed cases again, such as another system's.
    land(root, "case_attribution_daily", [row | {"ds": TODAY, "decided": True, "responsible": "platform"}
                                          for row in rows_on(root, "case_attribution_daily", ago(NIGHTS))])
    assert digest_of(copied, BEFORE) == known
    land(root, "case_outcomes", [row | {"responsible": "platform"} for row in rows_on(root, "case_outcomes", BEFORE)])
    assert digest_of(copied, BEFORE) != known


def digest_of(home, day: dt.date) -> str:
    night(home, day)
    return digest(home, day)


def rows_on(root, table: str, day: dt.date) -> list[dict]:
    return Lake(str(root)).arrow(table, [day]).to_table().to_pylist()


def later(root, table: str) -> None:
    """Leave every second row of the days after the one that is audited, and let all else be said of the platform."""
    for day in [day for day in Lake(str(root)).days(table) if day > BEFORE]:
        land(root, table, [row | {name: "platform" for name in ("responsible", "second_responsible") if name in row}
                           for row in rows_on(root, table, day)[::2]])


def test_nights_days_together_and_another_order_of_rows_give_the_same_rows(copied):
    together = night(copied, YESTERDAY, TODAY) and digest(copied, YESTERDAY, TODAY)
    night(copied, YESTERDAY, run="n2")
    night(copied, TODAY, run="n3")
    assert digest(copied, YESTERDAY, TODAY) == together
    for table in ("cases", "case_outcomes", "orders", "messages", "sellers", "case_attribution_daily"):
        rows = Lake(str(copied / "lake")).arrow(table).to_table().to_pylist()
        random.Random(3).shuffle(rows)
        land(copied / "lake", table, rows)
    night(copied, YESTERDAY, TODAY, run="n4")
    assert digest(copied, YESTERDAY, TODAY) == together


def test_a_run_is_repeated_with_its_model_and_the_attributions_that_it_read(copied):
    root, config = copied / "lake", load_settings()
    then = night(copied, TODAY) and digest(copied, TODAY)
    manifest = run_manifest.read(Lake(str(root)), "n1")
    train_cases.main(["--ds", str(ago(8)), "--run-id", "t2"])
    attribute_cases.main(["--from", str(ago(3)), "--ds", str(TODAY), "--run-id", "a2"])
    later(root, "case_outcomes")
    assert night(copied, TODAY, run="n2") and digest(copied, TODAY) != then
    pins = {name: Pin(str(root), version) for name, version in manifest["outputs"][TABLE]["inputs"].items()}
    (copied / "copy").mkdir()
    fairness_table.repeat(config, Lake(str(copied / "copy"), "r1", pins), [TODAY], manifest)
    copy = Lake(str(copied / "copy"))
    assert row_checksum(copy, TABLE, [TODAY]) == then
    assert run_manifest.read(copy, "r1")["outputs"][TABLE]["model"] == "1"


def test_without_a_champion_and_attributions_the_desk_is_measured_and_nothing_is_swapped(home):
    landed_cases(home / "lake")
    rows = night(home, TODAY)
    assert {row["decider"] for row in rows} == {"desk", "features"} and not (home / "mlflow.db").exists()
    assert {row["test"] for row in rows} == {"gap", "equalised odds", "proxies"}


def test_without_photos_messages_and_orders_there_are_rows(home):
    landed_cases(home / "lake", without=("messages", "orders"))
    land(home / "lake", "cases", [row | {"image_hash": None} for row in
                                  Lake(str(home / "lake")).arrow("cases").to_table().to_pylist()])
    assert {row["group"] for row in night(home, TODAY) if row["attribute"] == "buyer tenure"} == {"unknown"}


def test_without_any_decided_case_the_day_is_empty(home):
    (home / "lake").mkdir()
    assert night(home, TODAY) == []
    landed_cases(home / "lake", 0)
    assert night(home, TODAY, run="n2") == []
