"""Rows of texts, validated as ingest validates them."""

from features.inputs import validation
from features.inputs.masking import Key
from tests.support.builders import day

TODAY = day("2026-11-20")

KEY = Key(b"a key of the tests, long enough to be one")

ORDER = {"order_id": "o1", "ordered_at": "2026-11-20 08:30:00", "seller_id": "s1", "quantity": "2",
         "amount_cents": "250"}

CASE = {"case_id": "c1", "opened_at": "2026-11-20 08:30:00", "seller_id": "s1", "kind": "refund"}

VERDICT = {"verdict_id": "v1", "decided_at": "2026-11-20 08:30:00", "entity": "seller", "entity_id": "s1",
           "risk": "merchant_fraud", "confirmed": "true", "incident_from": "2026-11-01"}

ACTION = {"action_id": "a1", "taken_at": "2026-11-20 08:30:00", "entity": "seller", "entity_id": "s1",
          "action": "hold_payouts", "executed": "true"}

OVERRIDE = {"override_id": "o1", "created_at": "2026-11-20 08:30:00", "entity": "seller", "entity_id": "s1",
            "effect": "exempt", "from_day": "2026-11-20", "until_day": "2026-11-27"}

APPEAL = {"appeal_id": "p1", "filed_at": "2026-11-18 08:30:00", "entity": "seller", "entity_id": "s1",
          "outcome": "open"}

SAMPLE = {"sample_id": "d1", "drawn_at": "2026-11-18 08:30:00", "entity": "seller", "entity_id": "s1",
          "risk": "brushing", "inclusion_probability": "0.25"}


def judged(spark, table, *rows, ds=TODAY):
    """What is said of rows that are texts throughout, as from a CSV, in the order they were given."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    ddl = ", ".join([*(f"{name} string" for name in names), "ds date"])
    raw = spark.createDataFrame([(*(row.get(name) for name in names), ds) for row in rows], ddl)
    return validation.validate_rows(raw, table, KEY)


def broken(spark, table, *rows, ds=TODAY):
    """The broken rules of each row."""
    return [row.broken for row in judged(spark, table, *rows, ds=ds).collect()]
