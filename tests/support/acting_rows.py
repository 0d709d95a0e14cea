"""Rows on which a policy acts, with all that is known about them, made by hand."""

import pyarrow as pa

from jobs.decisions.backtest import no_decisions
from tests.support.builders import TODAY

FACTS = {"status": "unknown", "loss_cents": 0.0, "share": 1.0, "censored": False, "sampled_with": None,
         "sample_verdict": None}
ACT = {"ds": TODAY, "entity": "seller", "risk": "brushing", "level": "high", "score": 0.25, "stops": 0.5,
       "expected_loss_cents": 1_000.0, "friction_seller_cents": 1.0, "friction_user_cents": 2.0,
       "friction_creator_cents": 4.0, "friction_platform_cents": 8.0, "minutes": 3.0}
TYPES = {"loss_cents": pa.float64(), "share": pa.float64(), "censored": pa.bool_(), "sampled_with": pa.float64(),
         "sample_verdict": pa.bool_(), "status": pa.string()}
SCHEMA = pa.schema([*((name, no_decisions().schema.field(name).type) for name in ("entity_id", *ACT)),
                    *TYPES.items(), ("region", pa.string())])


def known(*changes: dict) -> pa.Table:
    """Acting rows of s0, s1, ... with all that is known about them."""
    return pa.Table.from_pylist([{**ACT, **FACTS, "entity_id": f"s{number}", "region": "north", **change}
                                 for number, change in enumerate(changes)], SCHEMA)
