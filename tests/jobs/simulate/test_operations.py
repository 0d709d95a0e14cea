"""Operations of the demo marketplace: some actions are late, some are never carried out, and reviews can be wrong."""

import csv
from datetime import date

import numpy as np
import pyarrow.parquet as pq
import pytest

from jobs.simulate import operations
from jobs.simulate.__main__ import main
from jobs.simulate.action_files import REVIEW, STOP
from jobs.simulate.operations import Conduct, after_reviews, carried_out
from jobs.simulate.seeds import lots
from tests.support import demo_markets

pytestmark = pytest.mark.slow

MANY = 20_000


def asked(size=MANY, action=STOP, day=10):
    texts = np.full(size, "x", object)
    return {"day": np.full(size, day), "entity": np.zeros(size, int), "number": np.arange(size),
            "action": np.full(size, action), "action_id": texts, "asked": texts, "risk": texts, "decision_id": texts,
            "inclusion_probability": np.full(size, np.nan)}


def test_a_tenth_is_never_done_and_a_fifth_of_the_rest_comes_one_or_two_days_late():
    done = carried_out(7, asked(), Conduct())
    assert abs(1 - done["executed"].mean() - 0.1) < 0.01
    delay = done["taken"][done["executed"]] - 11
    assert set(delay) == {0, 1, 2} and abs((delay > 0).mean() - 0.2) < 0.01
    assert set(done["taken"][~done["executed"]]) == {10 + operations.GIVEN_UP}


def test_shares_of_zero_and_one_are_kept():
    assert carried_out(7, asked(), Conduct(late=0, never=0))["taken"].tolist() == [11] * MANY
    assert not carried_out(7, asked(), Conduct(never=1))["executed"].any()
    assert (carried_out(7, asked(), Conduct(late=1, never=0))["taken"] > 11).all()


def test_the_fate_of_an_action_does_not_depend_on_other_actions():
    all_rows, some = carried_out(7, asked(), Conduct()), np.arange(0, MANY, 7)
    part = carried_out(7, {name: values[some] for name, values in asked().items()}, Conduct())
    assert np.array_equal(part["taken"], all_rows["taken"][some])
    assert np.array_equal(part["executed"], all_rows["executed"][some])


@pytest.mark.parametrize(("attacker", "share"), [(True, 0.85), (False, 0.03)])
def test_a_review_is_followed_by_a_stop_on_the_next_day(attacker, share):
    reviews = carried_out(7, asked(action=REVIEW), Conduct(late=0, never=0))
    stops = after_reviews(7, reviews, np.full(MANY, attacker), Conduct())
    assert abs(len(stops["number"]) / MANY - share) < 0.01
    assert set(stops["taken"]) == {12} and set(stops["action"]) == {STOP} and set(stops["asked"]) == {"stop"}


def test_lots_are_uniform_and_differ_between_parts_and_keys():
    each = [lots(7, part, key, np.arange(MANY)) for part in ("operations", "appeals") for key in (0, 1)]
    for lot in each:
        assert lot.min() >= 0 and lot.max() < 1 and abs(lot.mean() - 0.5) < 0.01
        assert abs(np.histogram(lot, 10, (0, 1))[0] / MANY - 0.1).max() < 0.01
    assert abs(np.corrcoef(each) - np.eye(4)).max() < 0.03
    assert not np.array_equal(lots(7, "appeals", 0, np.arange(9)), lots(8, "appeals", 0, np.arange(9)))


def test_every_action_asked_for_lands_once_with_what_became_of_it(world_pair):
    wanted = [row for row in csv.DictReader((world_pair / "actions.csv").open()) if row["action"] != "sample"]
    landed = {}
    for path in sorted((world_pair / "landing" / "actions_taken").rglob("*.parquet")):
        for row in pq.ParquetFile(path).read().to_pylist():
            landed.setdefault(row["action_id"], row)
    by_decision = {row["decision_id"]: row for row in landed.values()
                   if not row["action_id"].endswith(operations.AFTER_REVIEW)}
    early = [row for row in wanted if row["ds"] < "2026-11-10"]
    assert len(early) > 100 and {row["decision_id"] for row in early} <= set(by_decision)
    for row in early:
        done = by_decision[row["decision_id"]]
        assert (done["entity"], done["entity_id"], done["action"], done["risk"]) == (
            row["entity"], row["entity_id"], row["action"], row["risk"])
        assert 1 <= (done["taken_at"].date() - date.fromisoformat(row["ds"])).days <= 3
        assert done["until"] >= done["taken_at"].date()
    never = sum(not by_decision[row["decision_id"]]["executed"] for row in early) / len(early)
    assert 0.05 < never < 0.15
    follow = [row for row in landed.values() if row["action_id"].endswith(operations.AFTER_REVIEW)]
    assert follow and all(row["action"] == "stop" and row["executed"] for row in follow)


def test_until_does_not_tell_attackers_from_the_honest(world_pair):
    rows = [row for path in (world_pair / "landing" / "actions_taken").rglob("*.parquet")
            for row in pq.ParquetFile(path).read().to_pylist() if row["action"] == "stop"]
    assert {(row["until"] - row["taken_at"].date()).days for row in rows} == {27}


def test_what_is_never_carried_out_has_no_effect(tmp_path):
    stops = tmp_path / "stops.csv"
    stops.write_text("ds,entity,entity_id,action\n" + "".join(
        f"2026-10-01,seller,s{number:06d},stop\n" for number in range(120)))
    main(demo_markets.arguments(tmp_path, "--actions", str(stops), "--never", "1"))
    assert pq.read_table(tmp_path / "truth" / "differences.parquet").num_rows == 0
    landed = pq.read_table(tmp_path / "landing" / "actions_taken" / "ds=2026-10-04" / "part-0.parquet")
    assert landed.num_rows > 100 and not any(landed["executed"].to_pylist())


@pytest.mark.parametrize("name", ["--late", "--never", "--samples-right"])
def test_a_share_above_one_is_refused(capsys, tmp_path, name):
    with pytest.raises(SystemExit):
        main(demo_markets.arguments(tmp_path, name, "1.5"))
    assert f"{name} 1.5: expected a share from 0 to 1" in capsys.readouterr().err
