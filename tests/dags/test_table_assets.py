"""Each audited table is an asset of the task that commits it, and only a commit makes an event, with its facts."""

from dataclasses import dataclass

import pytest

from dags import table_assets
from jobs.storage import catalog, run_manifest
from jobs.storage.lake import Lake


@dataclass
class _Event:
    extra: dict | None


def names(stage):
    return [asset.name for asset in table_assets.assets_of(stage)]


def test_the_decided_tables_are_the_assets_of_decide():
    assert names("decisions") == ["decision_daily", "review_queue_daily", "experiment_units", "exposure_daily"]


def test_the_published_tables_are_the_assets_of_publish():
    assert names("publish") == [f"{entity}_risk_daily" for entity in ("seller", "user", "creator", "order")]


def test_the_tables_of_effects_are_the_assets_of_estimate_effects():
    assert names("effects") == ["effect_daily", "prevalence_weekly"]


def test_the_tables_of_the_ledger_are_the_assets_of_its_step():
    assert names("ledger") == ["loss_ledger", "loss_monthly", "governance_funnel_daily", "displacement_weekly",
                               "goal_daily"]


def test_each_step_about_cases_has_its_own_table():
    assert names("cases") == ["case_attribution_daily"] and names("fairness") == ["case_fairness_weekly"]


def test_every_audited_table_is_an_asset_of_one_stage():
    found = [name for stage in table_assets.COMMITTED_KINDS for name in names(stage)]
    assert len(found) == len(set(found))
    assert {table.name for table in catalog.tables()} - set(found) == {
        table.name for table in catalog.tables() if table.stage in (catalog.Stage.TILE, catalog.Stage.LOG,
                                                                         catalog.Stage.STRATEGY)}


def test_a_task_that_commits_nothing_has_no_asset():
    assert names(None) == []


@pytest.fixture
def lake(tmp_path):
    """A lake with a run that committed one table, reused another and audited both."""
    lake = Lake(str(tmp_path), "r1")
    output = {"stage": "features", "version": 4, "rows": 7, "days": ["2026-11-19", "2026-11-20"]}
    run_manifest.add_section(lake, "outputs", {
        "user_features": output, "seller_features": {**output, "reused": True},
        "user_scores": {**output, "stage": "scores"}})
    lake.put_json("_validations/ds=2026-11-20/r1-features.json", [
        {"table": "user_features", "about": "user_id", "success": True, "observed": "0", "expected": "0"},
        {"table": "user_features", "about": "rows", "success": False, "observed": "7", "expected": "at least 9"}])
    return lake


def test_an_event_has_rows_version_and_the_result_of_the_audit(lake):
    (table, extra), = table_assets.commits_of(lake, "features", "2026-11-20").items()
    assert table == "user_features"
    assert extra == {"ds": "2026-11-20", "run_id": "r1", "rows": 7, "version": 4, "first_day": "2026-11-19",
                     "last_day": "2026-11-20",
                     "audit": {"expectations": 2, "failed": ["rows: 7, expected at least 9"]}}


def test_a_run_without_a_commit_makes_no_event(tmp_path):
    assert table_assets.commits_of(Lake(str(tmp_path), "r2"), "features", "2026-11-20") == {}


def test_the_day_of_several_events_is_the_latest_that_is_named():
    events = {"a": [_Event({"ds": "2026-11-19"}), _Event({"ds": "2026-11-20"})], "b": [_Event(None)]}
    assert table_assets.day_of_events(events) == "2026-11-20"
    assert table_assets.day_of_events({}) is None and table_assets.day_of_events(None) is None
