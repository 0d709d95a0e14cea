"""Appeals in the demo marketplace: who appeals, when the decision comes, and how often it is right."""

import json

import numpy as np
import pytest

from jobs.simulate import appeals

MANY, DAY = 20_000, 30


def planned(attacker):
    stops = {"entity": np.zeros(MANY, int), "number": np.arange(MANY), "action_id": np.full(MANY, "a", object)}
    court = appeals.Appeals(7)
    court.hear(stops, np.full(MANY, attacker), DAY)
    filed = [row for day in range(DAY, DAY + 20) if (row := court.due(day)) is not None]
    return {name: np.concatenate([part[name] for part in filed]) for name in filed[0]}


@pytest.mark.parametrize(("attacker", "share"), [(False, 0.5), (True, 0.05)])
def test_half_of_the_honest_appeal_and_few_attackers(attacker, share):
    assert abs(len(np.unique(planned(attacker)["who"])) / MANY - share) < 0.01


def test_an_appeal_is_decided_two_to_nine_days_after_it_is_filed():
    rows = planned(False)
    assert set(rows["filed"] - DAY) == set(range(1, 5))
    assert set(rows["decided"] - rows["filed"]) == set(range(2, 10))


@pytest.mark.parametrize(("attacker", "upheld"), [(False, 0.9), (True, 0.1)])
def test_nine_decisions_of_ten_are_right(attacker, upheld):
    assert abs(planned(attacker)["upheld"].mean() - upheld) < 0.03


def test_an_appeal_lands_open_and_then_decided_under_one_identifier(world_pair):
    states = {}
    for path in sorted((world_pair / "landing" / "appeals").rglob("*.jsonl")):
        for line in path.read_text().splitlines():
            row = json.loads(line)
            states.setdefault(row["appeal_id"], {})[row["outcome"]] = row | {"ds": path.parent.name[3:]}
    decided = [each for each in states.values() if len(each) == 2]
    assert len(decided) >= 10 and {len(each) for each in states.values()} <= {1, 2}
    for each in decided:
        first, = (row for outcome, row in each.items() if outcome == "open")
        last, = (row for outcome, row in each.items() if outcome != "open")
        assert first["decided_at"] is None and first["compensation_cents"] is None
        assert first["filed_at"] == last["filed_at"] < last["decided_at"] and first["ds"] < last["ds"]
        assert first["action_id"] == last["action_id"]
        assert (last["compensation_cents"] > 0) == (last["outcome"] == "upheld")
