"""What `make acceptance` is built of: it must notice what is wrong with a run."""

import datetime as dt
import sqlite3
from dataclasses import replace

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from jobs.errors import UserError
from tests.acceptance import __main__ as acceptance
from tests.acceptance import expectations, lake_checks, raw_counts, runs
from tests.acceptance.expectations import Expected, equal
from tests.support.builders import day

DAY = day("2011-12-09")
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
# Two orders, one of them twice, one with a negative quantity, and one taken back.
LINES = ("1,a,A,6,2011-12-09 08:26:00,2.55,10.0,France\n" * 2 + "2,b,B,1,2011-12-09 08:30:00,1.00,11.0,Spain\n"
         "3,b,B,-5,2011-12-09 08:31:00,1.00,12.0,Italy\n" "C4,a,A,-6,2011-12-09 09:00:00,2.55,10.0,France\n")
SHOP = Expected("shop", "make nightly", DAY, "../raw", ["user-refund_abuse"], levels=["none"],
                empty=["texts", "experiment_units", "effect_daily", "loss_ledger", "loss_monthly",
                       "governance_funnel_daily", "displacement_weekly"],
                events={"orders": {"rows_in": 4, "kept": 2, "quarantined": 1, "dropped": 1},
                        "cases": {"rows_in": 1, "kept": 1, "quarantined": 0, "dropped": 0}},
                published={"seller_risk_daily": 2, "user_risk_daily": 2, "order_risk_daily": 2})
# A live decision, and what a risk table says of a row without one.
DECISION = {"mode": "live", "suppressed_by": None, "entity_id": "1", "action": "review", "decision_id": "d1"}
UNDECIDED = {"decision_id": None, "action": "none"}


@pytest.fixture
def home(tmp_path):
    """A home as a run of the small shop should leave it, and its raw files beside it."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / f"{DAY}.csv").write_text(HEADER + LINES)
    log = [{"table": table, **account} for table, account in SHOP.events.items()]
    tables = {"orders": [{"order_id": "1"}, {"order_id": "2"}], "cases": [{"case_id": "4"}], "ingest_log": log,
              "quarantine": [{"table": "orders"}], "texts": []}
    for entity in ("seller", "user", "order"):
        rows = [{"risk_level": None}, {"risk_level": None}]
        tables |= {f"{entity}_{kind}": rows for kind in ("features", "scores", "risk_daily")}
    tables |= {"exposure_daily": [{"entity": entity, "risk": "brushing", "rows": 2}
                                  for entity in ("seller", "user", "order")],
               "decision_daily": [DECISION], "review_queue_daily": [{"queue": "sellers", "minutes": 20.0}],
               "experiment_units": [], "effect_daily": [], "prevalence_weekly": [{"risk": "brushing"}],
               "loss_ledger": [], "loss_monthly": [], "governance_funnel_daily": [],
               "displacement_weekly": [], "goal_daily": [{"goal": "losses"}],
               "case_attribution_daily": [{"case_id": "4"}], "case_fairness_weekly": [{"test": "gap"}]}
    for table, rows in tables.items():
        write(tmp_path, table, rows)
    with sqlite3.connect(tmp_path / "mlflow.db") as db:
        db.execute("CREATE TABLE registered_model_aliases (name TEXT, alias TEXT)")
        db.execute("INSERT INTO registered_model_aliases VALUES ('user-refund_abuse', 'champion')")
    return tmp_path


def write(home, table, rows, on=DAY):
    """Write a table's rows of one day anew."""
    schema = None if rows else pa.schema([("text", pa.string()), ("ds", pa.date32())])
    more = UNDECIDED | {f"{table.removesuffix('_risk_daily')}_id": "1"} if table.endswith("_risk_daily") else {}
    found = pa.Table.from_pylist([more | row | {"ds": on} for row in rows], schema)
    for place, field in enumerate(found.schema):
        if pa.types.is_null(field.type):
            found = found.set_column(place, field.name, found[field.name].cast(pa.string()))
    write_deltalake(f"{home}/lake/{table}", found, mode="overwrite", partition_by=["ds"])


def missed(home, run=SHOP) -> list[str]:
    return [check.what for check in lake_checks.checks(run, home, home / "raw") if not check.holds]


def test_a_run_that_left_what_the_raw_files_hold_is_accepted(home):
    assert missed(home) == []


def test_an_event_table_that_lost_a_row_is_noticed(home):
    write(home, "orders", [{"order_id": "1"}])
    assert missed(home) == ["orders, rows in the lake", "days on which other rows are kept than the log says"]


def test_a_quarantine_that_lost_its_rows_is_noticed(home):
    write(home, "quarantine", [{"table": "cases"}])
    assert missed(home) == ["days on which other rows are quarantined than the log says"]


def test_a_log_that_forgets_the_dropped_row_is_noticed(home):
    write(home, "ingest_log", [{"table": "orders", **SHOP.events["orders"], "dropped": 0},
                               {"table": "cases", **SHOP.events["cases"]}])
    assert missed(home) == ["orders, ingested", "days whose rows in are not kept, quarantined or dropped"]


def test_other_raw_files_are_not_taken_for_a_mistake_of_the_run(home):
    (home / "raw" / f"{DAY}.csv").write_text(HEADER + LINES.replace("Spain", "France"))
    assert missed(home) == ["seller_risk_daily, counted in the raw files"]


@pytest.mark.parametrize(("table", "what"), [
    ("seller_risk_daily", ["tables that are missing"]),
    ("user_scores", ["user_scores, rows of the day"]),
    ("ingest_log", ["tables that are missing"])])
def test_a_table_that_is_not_there_is_noticed(home, table, what):
    (home / "lake" / table).rename(home / "aside")
    assert missed(home) == what


def test_a_risk_table_of_another_day_is_noticed(home):
    write(home, "user_risk_daily", [{"risk_level": None}] * 2, DAY - dt.timedelta(days=1))
    assert missed(home) == ["user_risk_daily, rows of the day"]


def test_an_unused_level_and_a_missing_champion_are_noticed(home):
    assert missed(home, replace(SHOP, levels=["low"], champions=["seller-brushing", "user-refund_abuse"])) == [
        "champions of seller", *(f"{entity}_risk_daily, levels" for entity in ("seller", "user", "order"))]


def test_a_level_besides_the_expected_ones_is_noticed(home):
    write(home, "user_risk_daily", [{"risk_level": None}, {"risk_level": "low"}])
    assert missed(home) == ["user_risk_daily, levels"]


def test_an_action_that_no_decision_asks_for_is_noticed(home):
    asked = {"risk_level": None, "decision_id": "d1", "action": "review"}
    write(home, "user_risk_daily", [asked, {"risk_level": None}])
    assert missed(home) == []
    write(home, "user_risk_daily", [asked | {"action": "hold_payouts"}, {"risk_level": None}])
    assert missed(home) == ["users whose action no live decision asks for"]


def test_an_entity_that_no_exposure_counts_is_noticed(home):
    write(home, "exposure_daily", [{"entity": entity, "risk": "brushing", "rows": 1 + (entity != "user")}
                                   for entity in ("seller", "user", "order")])
    assert missed(home) == ["users in the exposure of each risk"]


def test_a_list_that_is_longer_than_the_reviewers_day_is_noticed(home):
    write(home, "review_queue_daily", [{"queue": "sellers", "minutes": 300.0}] * 2)
    assert missed(home) == ["queues with more minutes than their reviewers have"]


def test_a_table_without_rows_is_noticed_unless_it_may_be_empty(home):
    assert missed(home, replace(SHOP, empty=[])) == ["tables without rows"]


def test_a_command_that_fails_is_a_miss_and_nothing_else_is_looked_at(tmp_path, capsys):
    (check,) = acceptance.accepted(replace(SHOP, command="sh -c 'echo out of order; exit 3'"), tmp_path)
    assert (check.expected, check.found, check.holds) == (0, 3, False)
    assert "| out of order\n" in capsys.readouterr().out


def test_what_was_found_stands_beside_what_was_expected():
    account = {"rows_in": 4_000, "kept": 3_990, "quarantined": 3, "dropped": 7}
    assert acceptance.table({"shop": [equal("orders", account, account), equal("levels", ["low"], [])]})[1:] == [
        "shop  orders  4,000 = 3,990 + 3 + 7  4,000 = 3,990 + 3 + 7",
        "shop  levels  low                    none                   DIFFERS"]


def test_missing_raw_files_are_refused_before_anything_runs(tmp_path):
    (tmp_path / "raw").mkdir()
    with pytest.raises(UserError, match="raw is missing or empty, and the run of shop reads it"):
        acceptance.require_raw_data([SHOP], tmp_path / "repository")
    (tmp_path / "raw" / "a.csv").touch()
    (tmp_path / "repository").mkdir()
    acceptance.require_raw_data([SHOP], tmp_path / "repository")


def test_a_run_sees_no_setting_of_whoever_calls(tmp_path):
    env = {"PATH": "/bin", "HOME": "/root", "VIGIL_LAKE": "s3://lake", "ENGINE": "sail", "MAKEFLAGS": "-- DS=2026"}
    assert runs.environment(tmp_path, env) == {"PATH": "/bin", "HOME": "/root", "VIGIL_HOME": str(tmp_path)}


def test_the_figures_of_the_three_runs_add_up():
    expected = expectations.read()
    assert [run.name for run in expected] == ["demo", "handbook", "shop"]
    accounts = [account for run in expected for account in run.events.values()]
    assert [each for each in accounts if each["rows_in"] != each["kept"] + each["quarantined"] + each["dropped"]] == []


# Counting


def test_a_key_is_kept_again_only_more_than_a_week_after_it_was_kept():
    days = [DAY + dt.timedelta(days=n) for n in (0, 0, 7, 8, 15)]
    assert raw_counts.times_kept(days) == 2  # on the days 0 and 8


def test_a_rule_gives_verdicts_on_sundays_and_after_quiet_days():
    monday = day("2018-06-04")
    days = [monday + dt.timedelta(days=n) for n in (0, 1, 6, 20, 35)]
    # The first Monday, two Sundays, and another Monday after 15 days.
    assert raw_counts.times_said(days, 14) == 4
    assert raw_counts.times_said(days, 15) == 3
