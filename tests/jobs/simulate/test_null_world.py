"""The demo marketplace without attacks: every alarm in it is false."""

import json

import pyarrow.parquet as pq
import pytest

from jobs.simulate.__main__ import main
from tests.support import demo_markets

pytestmark = pytest.mark.slow


def verdicts(home):
    return [json.loads(line) for path in (home / "landing" / "verdicts").rglob("*.jsonl")
            for line in path.read_text().splitlines()]


def test_nobody_is_guilty_and_nobody_is_confirmed(null_world):
    assert pq.read_table(null_world / "truth" / "incidents.parquet").num_rows == 0
    assert pq.read_table(null_world / "truth" / "effects.parquet").num_rows == 0
    assert verdicts(null_world) == []
    orders = list((null_world / "landing" / "orders").rglob("*.parquet"))
    assert sum(pq.read_metadata(path).num_rows for path in orders) > 5_000


def test_an_action_there_prevents_no_loss_and_costs_honest_trade(tmp_path):
    stops = tmp_path / "stops.csv"
    stops.write_text("ds,entity,entity_id,action\n" + "".join(
        f"2026-10-01,seller,s{number:06d},{'stop' if number % 2 else 'review'}\n" for number in range(120)))
    main(demo_markets.arguments(tmp_path, "--only", "none", "--actions", str(stops)))
    prevented = pq.read_table(tmp_path / "truth" / "prevented.parquet").to_pylist()
    assert sum(row["trade_lost_cents"] for row in prevented) > 1_000_000
    assert all(row["loss_prevented_cents"] == row["returned_loss_cents"] == 0 for row in prevented)
    assert not any(row["was_attacker"] or row["risk"] for row in prevented)
    assert verdicts(tmp_path) and not any(row["confirmed"] for row in verdicts(tmp_path))
