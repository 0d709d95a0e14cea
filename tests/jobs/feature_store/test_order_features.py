"""Features of orders as a job: which days it reads, where it writes, what it refuses."""

import datetime as dt

import pyarrow.parquet as pq
import pytest

from features.order import ORDER
from jobs import build_features
from jobs.errors import UserError
from jobs.feature_store import freshness, order_features
from jobs.quality import stages
from jobs.quality.commit_gate import audit_and_commit
from jobs.settings import load_settings
from jobs.storage import run_manifest
from jobs.storage.lake import Lake
from tests.support.builders import day
from tests.support.ingested_days import land, order, taken_in

LAST = day("2026-11-20")
LONG_BEFORE = LAST - dt.timedelta(days=70)


@pytest.fixture(scope="module")
def lake(spark, tmp_path_factory):
    """A buyer's order of the last day, and one that arrives on it seventy days late; each has one of the day before."""
    config = load_settings({"VIGIL_HOME": str(tmp_path_factory.mktemp("orders"))})
    days = [LONG_BEFORE - dt.timedelta(days=1), LONG_BEFORE, LAST - dt.timedelta(days=1), LAST]
    for ds in days:
        own = order(f"o{ds}", user_id="u1", ordered_at=f"{ds}T12:00:00Z")
        late = [order("late", user_id="u1", ordered_at=f"{LONG_BEFORE}T13:00:00Z")] if ds == LAST else []
        land(config, "orders", ds, own, *late)
    taken_in(spark, config, config.lake, days)
    return Lake(config.lake, "orders")


def test_an_order_that_arrives_late_finds_the_orders_before_it(spark, lake, tmp_path):
    order_features.write(spark, lake, [LAST], tmp_path / "out")
    rows = {row["order_id"]: row for row in pq.read_table(tmp_path / "out").to_pylist()}
    assert set(next(iter(rows.values()))) == {"ds", "order_id", *ORDER.columns}
    told = {name: (row["ds"], row["user_order_count_1d"], row["user_order_count_7d"]) for name, row in rows.items()}
    assert told == {f"o{LAST}": (LAST, 1, 2), "late": (LAST, 2, 3)}


def test_a_folder_that_is_there_is_left_alone(spark, lake, tmp_path):
    with pytest.raises(UserError, match="is there already"):
        order_features.write(spark, lake, [LAST], tmp_path)


def test_a_day_that_was_never_taken_in_is_named_with_what_to_type(spark, lake, tmp_path):
    missing = LAST + dt.timedelta(days=1)
    with pytest.raises(UserError, match=f"ingest_log, {missing}: not in the lake.*make nightly DS={missing}"):
        order_features.write(spark, lake, [LAST, missing], tmp_path / "out")


@pytest.mark.parametrize("alone", [["--entity", "order"], ["--out", "orders"]])
def test_the_entity_and_the_folder_go_together(alone, capsys):
    with pytest.raises(SystemExit):
        build_features.parse(["--from", "2026-11-20", "--to", "2026-11-20", *alone])
    assert "--entity and --out go together" in capsys.readouterr().err


def test_features_in_the_lake_bring_who_ordered_and_are_built_once(spark, lake):
    run = Lake(lake.root, "night")
    assert freshness.stale_days(run, [LAST], freshness.ORDER_FEATURES) == [LAST]
    order_features.build(spark, run, [LAST])
    audit_and_commit(spark, run, "features", LAST, stages.feature_audits())
    rows = run.arrow("order_features", [LAST]).to_table().to_pylist()
    assert {(row["order_id"], row["user_id"], row["user_order_count_7d"]) for row in rows} == {
        (f"o{LAST}", "u1", 2), ("late", "u1", 3)}
    assert freshness.stale_days(Lake(lake.root), [LAST], freshness.ORDER_FEATURES) == []
    assert run_manifest.read(run, "night")["feature_sets"] == {"order": ORDER.hash}


def test_a_verdict_that_arrives_makes_features_of_orders_stale(spark, tmp_path):
    config = load_settings({"VIGIL_HOME": str(tmp_path)})
    land(config, "orders", LAST, order("o1", user_id="u1"))
    taken_in(spark, config, config.lake, [LAST])
    before = freshness.expected_fingerprints(Lake(config.lake), [LAST], freshness.ORDER_FEATURES)
    land(config, "verdicts", LAST, {
        "verdict_id": "v1", "decided_at": f"{LAST}T09:00:00Z", "entity": "order", "entity_id": "o1",
        "risk": "payment_fraud", "confirmed": True, "incident_from": str(LAST), "incident_to": str(LAST),
        "source": "chargeback", "loss_cents": 100})
    taken_in(spark, config, config.lake, [LAST], run="more")
    assert freshness.expected_fingerprints(Lake(config.lake), [LAST], freshness.ORDER_FEATURES).keys() == before.keys()
    assert freshness.expected_fingerprints(Lake(config.lake), [LAST], freshness.ORDER_FEATURES) != before
