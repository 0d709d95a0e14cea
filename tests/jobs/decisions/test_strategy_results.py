"""Results of back-tests and frontiers in the lake."""

from dataclasses import replace

import pytest

from jobs.decisions.policy_documents import PARTIES
from jobs.decisions.policy_files import read_policies
from jobs.decisions.strategy_comparison import measured
from jobs.decisions.strategy_results import Comparison, write, write_frontier
from jobs.errors import UserError
from jobs.storage import catalog
from jobs.storage.lake import Lake
from tests.support.acting_rows import known
from tests.support.builders import TODAY, YESTERDAY
from tests.support.policy_folders import policy_folder

DAYS = (YESTERDAY, TODAY)
POINT = {"mode": "frontier", "policy": "live", "price_cents_a_minute": 0.0, "rows": 1, "minutes_a_day": 1.0,
         **dict.fromkeys((f"weight_{party}" for party in PARTIES), 1.0),
         **dict.fromkeys((f"friction_{party}_cents" for party in PARTIES), 1.0),
         **dict.fromkeys(("prevented_cents", "prevented_lo_cents", "prevented_hi_cents", "friction_lo_cents",
                          "friction_hi_cents"), 1.0)}


@pytest.fixture
def comparison(tmp_path):
    """A back-test of the live policy against itself, with one row in two regions."""
    policies = read_policies(policy_folder(tmp_path / "policies"))
    sides = {"policy": known({}, {"region": "south"}), "against": known({}), "newly acted": known({}),
             "released": known()}
    return Comparison(DAYS, TODAY, policies.policies[0], None, policies, "kept", measured(sides, ("region",)),
                      {"policy": 1, "against": 2})


def stored(root, table: catalog.OutputTable) -> list[dict]:
    return Lake(str(root / "lake")).arrow(table.name).to_table().to_pylist()


def commit(root, *comparisons: Comparison, run: str = "r1") -> list[dict]:
    write(Lake(str(root / "lake"), run), comparisons)
    return stored(root, catalog.STRATEGY_BACKTEST)


def test_each_side_and_segment_is_one_row_under_the_last_day(comparison, tmp_path):
    rows = commit(tmp_path, comparison)
    keys = [tuple(row[name] for name in catalog.STRATEGY_BACKTEST.key) for row in rows]
    assert len(keys) == len(set(keys)) == len(comparison.rows)
    assert {(row["ds"], row["first_day"], row["days"]) for row in rows} == {(TODAY, YESTERDAY, 2)}


def test_days_over_capacity_are_those_of_a_whole_policy(comparison, tmp_path):
    found = {(row["side"], row["segment_by"]): row["days_over_capacity"] for row in commit(tmp_path, comparison)}
    assert found["policy", "all"] == 1 and found["against", "all"] == 2
    assert found["newly acted", "all"] is None and found["policy", "region"] is None


def test_an_estimate_that_is_refused_is_null(comparison, tmp_path):
    assert {row["caught_sampled_cents"] for row in commit(tmp_path, comparison)} == {None}


def test_a_later_run_replaces_the_whole_comparison_and_keeps_others(comparison, tmp_path):
    commit(tmp_path, comparison, replace(comparison, scores="champion"))
    fewer = [row for row in comparison.rows if row["segment"] != "south"]
    rows = commit(tmp_path, replace(comparison, rows=fewer), run="r2")
    by_scores = {scores: [row for row in rows if row["scores"] == scores] for scores in ("kept", "champion")}
    assert len(by_scores["kept"]) == len(fewer) < len(by_scores["champion"]) == len(comparison.rows)
    assert {row["run_id"] for row in by_scores["kept"]} == {"r2"}
    assert "south" not in {row["segment"] for row in by_scores["kept"]}


def test_another_policy_is_another_comparison(comparison, tmp_path):
    commit(tmp_path, comparison)
    longer = replace(comparison.policy, cooldown_days=30)
    assert len(commit(tmp_path, replace(comparison, policy=longer, against=comparison.policy), run="r2")) == \
        2 * len(comparison.rows)


def test_the_version_of_the_live_policies_is_of_those_that_decide_on_the_same_risks(comparison):
    assert comparison.against_version == comparison.policy.version and comparison.against_name == "live"
    elsewhere = replace(comparison.policy, entity="user")
    assert replace(comparison, policy=elsewhere).against_version == "none"
    assert replace(comparison, against=replace(elsewhere, name="x")).against_name == "x"


def test_rows_that_break_the_contract_of_the_table_are_not_committed(comparison, tmp_path):
    broken = [{**row, "side": "nobody"} for row in comparison.rows]
    with pytest.raises(UserError, match="Nothing was committed"):
        commit(tmp_path, replace(comparison, rows=broken))
    assert not Lake(str(tmp_path / "lake")).has(catalog.STRATEGY_BACKTEST.name)


def test_a_frontier_replaces_the_one_of_the_same_days_and_entity_with_its_marks(tmp_path):
    lake = Lake(str(tmp_path / "lake"), "r1")
    shadow = POINT | {"mode": "shadow", "policy": "strict", "price_cents_a_minute": -1.0}
    write_frontier(lake, "seller", DAYS, [POINT, shadow])
    write_frontier(Lake(lake.root, "r2"), "user", DAYS, [POINT])
    write_frontier(Lake(lake.root, "r3"), "seller", DAYS[1:], [POINT])
    write_frontier(Lake(lake.root, "r4"), "seller", DAYS, [POINT, POINT | {"price_cents_a_minute": 10.0}])
    rows = stored(tmp_path, catalog.STRATEGY_FRONTIER)
    assert [(row["first_day"], row["entity"], row["price_cents_a_minute"], row["run_id"]) for row in rows] == [
        (YESTERDAY, "seller", 0.0, "r4"), (YESTERDAY, "seller", 10.0, "r4"), (YESTERDAY, "user", 0.0, "r2"),
        (TODAY, "seller", 0.0, "r3")]
