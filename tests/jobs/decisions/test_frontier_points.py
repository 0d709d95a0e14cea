"""The frontier over past days, beside the policies that decided on them."""

import pytest

from jobs.decisions.backtest import no_decisions
from jobs.decisions.frontier_points import FRONTIER, points
from jobs.decisions.policy_documents import PARTIES
from jobs.decisions.policy_files import read_policies
from jobs.errors import UserError
from jobs.storage.lake import Lake
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, YESTERDAY, ago
from tests.support.decided_lake import AMPLE, DAYS, LADDER, POLICIES, SCARCE, scored_home
from tests.support.policy_folders import changed, policy_folder
from tests.support.scored_lake import scored

pytestmark = pytest.mark.slow

SHADOW = changed(changed(LADDER, '"live"', '"shadow"'), "score >= 0.6 and level = 'critical'", "score >= 0.3")


def drawn(home, lake, days=DAYS, **files: str) -> list[dict]:
    folder = policy_folder(home / "policies", POLICIES | {f"{name}.toml": text for name, text in files.items()})
    return points(lake, "seller", days, read_policies(folder))


def mark(rows: list[dict], mode: str) -> dict:
    (found,) = (row for row in rows if row["mode"] == mode)
    return found


def worth_at(point: dict, of: dict, days: int) -> float:
    """What a point is worth at the price and the weights of a point of the frontier."""
    friction = sum(of[f"weight_{party}"] * point[f"friction_{party}_cents"] for party in PARTIES)
    return point["prevented_cents"] - friction - of["price_cents_a_minute"] * point["minutes_a_day"] * days


@pytest.mark.parametrize(("seed", "cooldown"), [(1, 0), (2, 2), (3, 7), (4, 7)])
def test_the_live_policies_lie_nowhere_above_the_frontier(tmp_path, seed, cooldown):
    lake = scored_home(tmp_path, seed=seed)
    rows = drawn(tmp_path, lake, queues=SCARCE, seller=changed(LADDER, "cooldown_days = 7",
                                                               f"cooldown_days = {cooldown}"))
    live = mark(rows, "live")
    assert live["rows"] > 20
    for point in (row for row in rows if row["mode"] == FRONTIER):
        assert worth_at(live, point, len(DAYS)) <= worth_at(point, point, len(DAYS)) + 1e-6


def test_where_minutes_are_free_and_plenty_the_live_policies_are_a_point_of_the_frontier(tmp_path):
    scored(tmp_path / "lake", "seller", {f"s{number}": {"brushing": 0.1 * number} for number in range(10)})
    lake = scored_home(tmp_path, [YESTERDAY], sellers=1)
    rows = drawn(tmp_path, lake, [TODAY], queues=changed(AMPLE, "a_minute = 60", "a_minute = 0"))
    (same,) = (row for row in rows if row["mode"] == FRONTIER and not row["price_cents_a_minute"]
               and {row[f"weight_{party}"] for party in PARTIES} == {1.0})
    figures = {name for name in same if name.endswith("_cents")} | {"rows", "minutes_a_day"}
    assert mark(rows, "live")["rows"] > 3
    assert {name: same[name] for name in figures} == pytest.approx({name: mark(rows, "live")[name] for name in figures})


def test_actions_before_the_first_day_close_rows_on_both_sides(tmp_path):
    lake = scored_home(tmp_path, [TODAY], sellers=1)
    scored(tmp_path / "lake", "seller", {"s1": {"brushing": 0.5}, "s2": {"brushing": 0.5}})
    before = dict.fromkeys(no_decisions().column_names) | {
        "ds": ago(3), "policy": "seller", "policy_version": "v", "mode": "live", "entity": "seller", "entity_id": "s1",
        "risk": "brushing", "level": "high", "action": "review", "stops": 0.7, "decision_id": "d", "run_id": "r"}
    land(tmp_path / "lake", "decision_daily", [before])
    rows = drawn(tmp_path, lake, [TODAY])
    assert {row["rows"] for row in rows if row["price_cents_a_minute"] <= 0} == {1}


def test_a_shadow_is_marked_in_the_place_of_the_live_policy(tmp_path):
    lake = scored_home(tmp_path)
    rows = drawn(tmp_path, lake, strict=SHADOW)
    assert {(row["mode"], row["policy"]) for row in rows} == {
        (FRONTIER, "live"), ("live", "live"), ("shadow", "strict")}
    assert mark(rows, "shadow")["prevented_cents"] > mark(rows, "live")["prevented_cents"]
    assert mark(rows, "shadow")["minutes_a_day"] < mark(rows, "live")["minutes_a_day"]


def test_the_points_are_the_same_in_every_run(tmp_path):
    lake = scored_home(tmp_path)
    assert drawn(tmp_path, lake, DAYS[:2]) == drawn(tmp_path, lake, DAYS[:2])


def test_an_entity_without_a_live_policy_is_refused(tmp_path):
    lake = scored_home(tmp_path)
    with pytest.raises(UserError, match="no live policy decides on it.*make policies"):
        drawn(tmp_path, lake, seller=changed(LADDER, '"live"', '"retired"'))


def test_the_days_of_the_live_policy_do_not_close_rows_of_the_frontier(tmp_path):
    for day, score in ((YESTERDAY, 0.35), (TODAY, 0.55)):  # both high: the live policy acts yesterday alone
        scored(tmp_path / "lake", "seller", {"s1": {"brushing": score}}, day)
    rows = drawn(tmp_path, Lake(str(tmp_path / "lake"), "r1"), (YESTERDAY, TODAY))
    assert mark(rows, "live")["prevented_cents"] == pytest.approx(0.35 * 20_000 * 0.7)
    best = max(row["prevented_cents"] for row in rows if row["mode"] == FRONTIER)
    assert best == pytest.approx(0.55 * 20_000 * 0.7)
