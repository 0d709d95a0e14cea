"""Who is left out when planted attacks are looked for."""

import datetime as dt

import pytest

from features.inputs.tables import VERDICTS
from features.risks import RISKS
from jobs.storage.lake import Lake
from jobs.studies import attack_recall
from tests.support.builders import day

# What is tested here does not depend on the engine: the faster one serves it.
pytestmark = pytest.mark.engine("sail")

(ABUSE,) = (risk for risk in RISKS if risk.name == "refund_abuse")
BEFORE, BETWEEN, AFTER = day("2026-11-01"), day("2026-11-05"), day("2026-11-09")


def decided(spark, lake, *verdicts):
    """Commit (entity, entity id, risk, confirmed, day of arrival), each decided at noon of that day."""
    rows = [{"verdict_id": f"v{n}", "entity": entity, "entity_id": who, "risk": risk, "confirmed": confirmed,
             "decided_at": dt.datetime.combine(arrived, dt.time(12), dt.UTC), "ds": arrived}
            for n, (entity, who, risk, confirmed, arrived) in enumerate(verdicts)]
    frame = spark.createDataFrame([tuple(row.get(name) for name in (*VERDICTS.names, "ds")) for row in rows],
                                  VERDICTS.ddl)
    lake.commit(lake.write(frame, "verdicts", sorted({row["ds"] for row in rows}), key="verdict_id"))


def test_a_confirmation_leaves_out_who_it_is_about_until_it_is_reversed(spark, lake):
    decided(spark, lake, ("user", "u1", "refund_abuse", True, BEFORE), ("user", "u2", "refund_abuse", True, BEFORE),
            ("user", "u2", "refund_abuse", False, BETWEEN), ("user", "u3", "refund_abuse", True, AFTER))
    found = attack_recall.confirmed(spark, Lake(lake.root), ABUSE, [BEFORE, BETWEEN])
    assert {as_of: sorted(who) for as_of, who in found.items()} == {BEFORE: ["u1", "u2"], BETWEEN: ["u1"]}


def test_a_verdict_of_another_kind_of_entity_or_another_risk_leaves_nobody_out(spark, lake):
    decided(spark, lake, ("seller", "u1", "refund_abuse", True, BEFORE),
            ("user", "u2", "incentive_abuse", True, BEFORE))
    assert attack_recall.confirmed(spark, Lake(lake.root), ABUSE, [BETWEEN]) == {BETWEEN: []}


def test_without_verdicts_nobody_is_left_out(spark, lake):
    assert attack_recall.confirmed(spark, Lake(lake.root), ABUSE, [BETWEEN]) == {BETWEEN: []}


def test_recalls_are_a_table_for_each_kind_of_entity():
    traffic, = (risk for risk in RISKS if risk.name == "traffic_fraud")
    found = {ABUSE: {"refund_abuse": attack_recall.Detection(0.3, 0.87),
                     "incentive_abuse": attack_recall.Detection(0.11, 0.74)},
             traffic: {"traffic_fraud": attack_recall.Detection(0.18, 0.83)}}
    user, creator = attack_recall.recall_tables(found).split("\n\n")
    assert user.endswith("\n| user/refund_abuse | 30% (87%) | 11% (74%) |")
    assert creator.endswith("\n| creator/traffic_fraud | 18% (83%) |")
