"""Features as of a day are built once for every run that needs them, and again when anything up to the day changes."""

import dataclasses

import pytest

from features.entities import AS_OF_DAY
from jobs.decisions.decision_tables import decide_and_commit
from jobs.decisions.policy_files import read_policies
from jobs.decisions.risk_tables import publish
from jobs.errors import UserError
from jobs.feature_store import entity_features, freshness
from jobs.quality.commit_gate import audit_and_commit
from jobs.quality.stages import feature_audits, score_audits
from jobs.reporting.terminal_summary import show
from jobs.score import score
from jobs.settings import load_settings
from jobs.storage import catalog, run_manifest
from jobs.storage.lake import Lake
from tests.support.builders import day
from tests.support.homes import copy_of
from tests.support.ingested_days import land, order, taken_in

# What is tested here does not depend on the engine: the faster one serves it.
pytestmark = pytest.mark.engine("sail")

WED, THU, FRI = day("2026-11-18"), day("2026-11-19"), day("2026-11-20")


@pytest.fixture(scope="module")
def home(spark, tmp_path_factory):
    """Features of three days, with orders and no other table: nothing is known of any creator."""
    home = tmp_path_factory.mktemp("built")
    config = load_settings({"VIGIL_HOME": str(home)})
    for ds in (WED, THU, FRI):
        land(config, "orders", ds, order(f"o{ds}", user_id="u1"))
    taken_in(spark, config, config.lake, [WED, THU, FRI])
    lake = Lake(config.lake, "built")
    entity_features.build(spark, lake, [WED, THU, FRI])
    audit_and_commit(spark, lake, "features", FRI, feature_audits())
    return home


@pytest.fixture
def config(home, tmp_path):
    """A copy of the home, to be changed as a test likes."""
    return copy_of(home, tmp_path)


def stale(config, days=(WED, THU, FRI)):
    return freshness.stale_days(Lake(config.lake), days)


def test_what_was_built_is_not_built_again_by_whoever_needs_it(config):
    assert stale(config) == []
    assert stale(config, [THU]) == []


def test_a_day_that_is_taken_in_anew_makes_it_and_what_comes_after_stale(spark, config):
    taken_in(spark, config, config.lake, [THU], run="anew")
    assert stale(config) == [THU, FRI]


def test_a_table_that_lands_for_the_first_time_makes_features_stale(spark, config):
    case = {"case_id": "c1", "kind": "dispute"} | dict.fromkeys(
        ("opened_at", "order_id", "user_id", "seller_id", "reason", "claim_cents", "evidence_id", "text"))
    land(config, "cases", FRI, case)
    taken_in(spark, config, config.lake, [FRI], run="more")
    assert stale(config) == [FRI]


def test_changed_definitions_of_any_entity_make_its_features_stale(config, monkeypatch):
    fewer = dataclasses.replace(AS_OF_DAY["seller"], definitions=AS_OF_DAY["seller"].definitions[:1])
    monkeypatch.setitem(AS_OF_DAY, "seller", fewer)
    assert stale(config) == [WED, THU, FRI]


def test_days_that_were_not_all_committed_are_built_again(spark, config):
    """The run died between the commits of two entities' features."""
    taken_in(spark, config, config.lake, [FRI], run="anew")
    run = Lake(config.lake, "died")
    entity_features.build(spark, run, [FRI])
    last = catalog.features(freshness.ENTITY_FEATURES.final_entity).name
    audit_and_commit(spark, run, "features", FRI, [audit for audit in feature_audits() if audit[0] != last])
    assert stale(config) == [FRI]


def test_a_run_that_builds_nothing_notes_what_it_found_like_one_that_did(config):
    run = Lake(config.lake, "tonight")
    assert freshness.stale_days(run, [FRI]) == []
    freshness.record_reuse(run, [FRI])
    kept, made = run_manifest.read(run, "tonight"), run_manifest.read(run, "built")
    assert kept["feature_sets"] == made["feature_sets"]
    tables = [catalog.features(entity).name for entity in AS_OF_DAY]
    outputs = {table: made["outputs"][table] for table in tables if run.has(table)}
    assert kept["outputs"].keys() == outputs.keys() >= {"user_features", "seller_features"}
    for table, output in outputs.items():
        found = kept["outputs"][table]
        assert (found["version"], found["days"], found["rows"]) == (output["version"], [str(FRI)], output["rows"] // 3)
        assert found["inputs"]["orders"] == output["inputs"]["orders"]


def test_a_marketplace_without_creators_gets_its_tables_of_sellers_and_users(spark, config, capsys):
    """As both sources of examples/: creators have neither features nor scores, and nothing is refused."""
    run = Lake(config.lake, "built")
    for entity in freshness.entities(run):
        score(spark, run, entity, [FRI], {})
    audit_and_commit(spark, run, "scores", FRI, score_audits())
    decide_and_commit(Lake(config.lake, "built"), [FRI], read_policies(config.policies))
    publish(spark, Lake(config.lake, "built"), [FRI])
    show(config, FRI)
    told = capsys.readouterr().out
    assert "riskiest sellers" in told and "riskiest creators" not in told
    tables = Lake(config.lake).tables()
    assert {"seller_risk_daily", "user_risk_daily"} <= set(tables)
    assert not {"creator_features", "creator_scores", "creator_risk_daily"} & set(tables)


def test_creators_that_were_there_and_are_gone_are_a_fault(spark, tmp_path):
    config = load_settings({"VIGIL_HOME": str(tmp_path)})
    long_ago = day("2026-08-20")
    land(config, "orders", long_ago, order("o1", user_id="u1", creator_id="c1", ordered_at="2026-08-20 08:30:00"))
    land(config, "orders", FRI, order("o2", user_id="u1"))
    taken_in(spark, config, config.lake, [long_ago, FRI])

    def nights(ds):
        run = Lake(config.lake, f"run-{ds}")
        entity_features.build(spark, run, [ds])
        audit_and_commit(spark, run, "features", ds, feature_audits())
    nights(long_ago)
    with pytest.raises(UserError, match="creator_features, 2026-11-20.*row count"):
        nights(FRI)
