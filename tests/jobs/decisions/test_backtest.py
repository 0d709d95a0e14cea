"""Back-tests: the rows of the night again, and what a changed policy changes."""

import shutil
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.entities import FEATURE_SETS
from jobs.decisions import backtest, row_facts
from jobs.decisions.policy_files import read_policies, read_policy
from jobs.decisions.strategy_comparison import acting
from jobs.storage.lake import Lake
from jobs.storage.row_checksum import row_checksum
from tests.support.arrow_lake import land
from tests.support.builders import TODAY
from tests.support.decided_lake import DAYS, LADDER, POLICIES, SCARCE, decided_home, scored_home
from tests.support.policy_folders import QUEUES, WORTH, changed, policy_folder
from tests.support.scored_lake import scored

pytestmark = pytest.mark.slow

SAMPLED = changed(SCARCE, "sample_share = 0", "sample_share = 0.2")
BOUND = "score >= 0.6 and level = 'critical'"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with decisions of eight days, a queue that is too short, random reviews and a shadow."""
    folder = tmp_path_factory.mktemp("decided")
    decided_home(folder, {"queues.toml": SAMPLED, "strict.toml": changed(LADDER, '"live"', '"shadow"')})
    return folder


def candidate(folder, text: str, name: str = "other"):
    (folder / f"{name}.toml").write_text(text)
    return read_policy(folder / f"{name}.toml")


def acts(rows: pa.Table) -> set[tuple]:
    return {(row["ds"], row["entity_id"], row["risk"]) for row in acting(rows).to_pylist()}


def test_a_policy_against_itself_gives_the_rows_of_the_lake_again(home, tmp_path):
    lake = Lake(str(home / "lake"), "backtest")
    policies = read_policies(home / "policies")
    mine, live = backtest.decisions(lake, DAYS, policies, [candidate(tmp_path, LADDER), None])
    kept = lake.arrow("decision_daily", DAYS).to_table()
    kept = kept.filter(pc.equal(kept["mode"], "live"))
    assert {"cooldown", "capacity"} <= set(kept["suppressed_by"].to_pylist()) and len(acts(kept)) > 20
    columns = [name for name in kept.column_names if name not in ("run_id", "rank_in_queue")]
    assert digest(tmp_path, mine, columns) == digest(tmp_path, live, columns) == digest(tmp_path, kept, columns)
    assert acts(mine) == acts(live)


def digest(folder, rows: pa.Table, columns: list[str]) -> str:
    lake = Lake(str(folder / "digests"))
    lake.commit(lake.write_table(rows.select(columns), "digested", DAYS))
    return row_checksum(Lake(lake.root), "digested", DAYS)


def test_a_back_test_does_not_read_decisions_of_its_own_days(home, tmp_path):
    lake = Lake(str(home / "lake"), "backtest")
    early = backtest.decisions(lake, DAYS[2:], read_policies(home / "policies"), [None])[0]
    whole = backtest.decisions(lake, DAYS, read_policies(home / "policies"), [None])[0]
    of_days = whole.filter(pc.is_in(whole["ds"], pa.array(DAYS[2:])))
    assert acts(early) and acts(early) == acts(of_days)  # the two days before it are read from the lake


def shares_of_bound(home, tmp_path, bounds) -> list[set]:
    policies = read_policies(home / "policies")
    found = backtest.decisions(Lake(str(home / "lake"), "backtest"), DAYS, policies, [
        candidate(tmp_path, changed(LADDER, BOUND, f"score >= {bound}"), f"b{number}")
        for number, bound in enumerate(bounds)])
    return [{(row["ds"], row["entity_id"], row["risk"]) for row in rows.to_pylist()
             if row["action"] == "hold_payouts" and row["suppressed_by"] is None} for rows in found]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_looser_bound_acts_on_more_where_minutes_do_not_bind(tmp_path, seed):
    """Without cooldowns each day stands alone. Then the holds of a stricter bound are among those of a looser one."""
    scored_home(tmp_path, seed=seed)
    free = changed(LADDER, "cooldown_days = 7", "cooldown_days = 0")
    policy_folder(tmp_path / "policies", POLICIES | {"seller.toml": free})
    policies = read_policies(tmp_path / "policies")
    variants = [candidate(tmp_path, changed(free, BOUND, f"score >= {bound}"), f"b{number}")
                for number, bound in enumerate((0.9, 0.6, 0.3))]
    rows = backtest.decisions(Lake(str(tmp_path / "lake"), "b"), DAYS, policies, variants)
    holds = [{(row["ds"], row["entity_id"], row["risk"]) for row in of.to_pylist() if row["action"] == "hold_payouts"}
             for of in rows]
    assert holds[0] < holds[1] < holds[2]
    assert acts(rows[0]) <= acts(rows[1]) <= acts(rows[2])
    values = [sum(acting(of)["value_cents"].to_pylist()) for of in rows]
    assert values[0] <= values[1] <= values[2]  # a rung more to choose from is never worth less
    assert backtest.days_over_capacity(rows[2]) == 0


def test_with_a_cooldown_every_entity_of_a_stricter_bound_is_held_by_a_looser_one_too(home, tmp_path):
    strict, loose = shares_of_bound(home, tmp_path, (0.8, 0.4))
    assert {key[1:] for key in strict} <= {key[1:] for key in loose}


def test_days_over_capacity_are_those_with_a_row_that_found_no_minutes(home):
    rows = backtest.decisions(Lake(str(home / "lake"), "b"), DAYS, read_policies(home / "policies"), [None])[0]
    days = {row["ds"] for row in rows.to_pylist() if row["suppressed_by"] == "capacity"}
    assert 0 < len(days) == backtest.days_over_capacity(rows)


def test_scores_may_be_replaced(tmp_path):
    lake = scored_home(tmp_path, [TODAY], sellers=2)
    kept = lake.arrow("seller_scores", [TODAY]).to_table()
    at = kept.schema.get_field_index("brushing_score")
    certain = kept.set_column(at, "brushing_score", pa.array([0.99] * len(kept)))
    policies = read_policies(policy_folder(tmp_path / "policies", POLICIES))
    rows = backtest.decisions(lake, [TODAY], policies, [None], {(TODAY, "seller"): certain})[0]
    assert {row["score"] for row in rows.to_pylist() if row["risk"] == "brushing"} == {0.99}


def test_a_candidate_stands_in_the_place_of_the_policy_of_its_risks(tmp_path):
    policies = read_policies(policy_folder(tmp_path / "policies", POLICIES | {
        "strict.toml": changed(LADDER, '"live"', '"shadow"')}))
    one = candidate(tmp_path, changed(LADDER, 'status = "live"', 'status = "retired"'))
    (only,) = backtest.portfolio(policies, one, TODAY).policies
    assert (only.name, only.version, only.status) == ("seller", policies.live(TODAY)[0].version, "live")
    assert backtest.portfolio(policies, None, TODAY).policies == policies.live(TODAY)


def test_a_replaced_policy_keeps_the_risks_that_the_candidate_does_not_decide_on(tmp_path):
    policies = read_policies(policy_folder(tmp_path / "policies", POLICIES))
    one = replace(policies.policies[0], name="other", risks=("brushing",))
    assert {policy.name: policy.risks for policy in backtest.portfolio(policies, one, TODAY).policies} == {
        "other": ("brushing",), "seller": ("click_farm",)}


def test_a_candidate_of_another_queue_is_compared_over_both(tmp_path):
    two = changed(POLICIES["queues.toml"], '"seller/brushing", "seller/click_farm"', '"seller/click_farm"') + changed(
        POLICIES["queues.toml"].replace("[shops]", "[fakes]"), '"seller/brushing", "seller/click_farm"',
        '"seller/brushing"')
    of_clicks = changed(changed(LADDER, '["brushing", "click_farm"]', '["click_farm"]'), "brushing = 20_000\n", "")
    of_fakes = changed(changed(changed(LADDER, '["brushing", "click_farm"]', '["brushing"]'), "click_farm = 0\n", ""),
                       'queue = "shops"', 'queue = "fakes"')
    policies = read_policies(policy_folder(tmp_path / "policies", {
        "queues.toml": two, "seller.toml": of_clicks, "fakes.toml": of_fakes, "worth.toml": WORTH}))
    both = replace(policies.policies[1], risks=("brushing", "click_farm"))
    assert backtest.queues(policies, [both, None], [TODAY]) == {"shops", "fakes"}
    assert backtest.queues(policies, [policies.policies[1], None], [TODAY]) == {"shops"}


def test_rows_of_queues_without_a_part_in_it_are_left_out(tmp_path):
    scored(tmp_path / "lake", "seller", {"s1": {"brushing": 0.9, "click_farm": 0.9}})
    land(tmp_path / "lake", "ingest_log", [{"ds": TODAY, "table": "verdicts"}])
    two = changed(QUEUES, '"seller/brushing", "seller/click_farm"', '"seller/brushing"') + changed(
        QUEUES.replace("[shops]", "[clicks]"), '"seller/brushing", "seller/click_farm"', '"seller/click_farm"')
    of_clicks = changed(changed(changed(LADDER, '["brushing", "click_farm"]', '["click_farm"]'),
                                "brushing = 20_000\n", ""), 'queue = "shops"', 'queue = "clicks"')
    of_fakes = changed(changed(LADDER, '["brushing", "click_farm"]', '["brushing"]'), "click_farm = 0\n", "")
    policies = read_policies(policy_folder(tmp_path / "policies", {
        "queues.toml": two, "seller.toml": of_fakes, "clicks.toml": of_clicks, "worth.toml": WORTH}))
    rows = backtest.decisions(Lake(str(tmp_path / "lake")), [TODAY], policies, [policies.policies[1], None])
    assert [of["risk"].to_pylist() for of in rows] == [["brushing"], ["brushing"]]


def test_days_are_in_force_for_a_candidate_whatever_its_first_day(home, tmp_path):
    late = candidate(tmp_path, changed(LADDER, "first_day = 2026-01-01", "first_day = 2030-01-01"))
    mine, live = backtest.decisions(Lake(str(home / "lake"), "b"), DAYS[:1], read_policies(home / "policies"),
                                    [late, None])
    assert acts(mine) == acts(live)


def test_decisions_of_an_earlier_version_without_a_column_start_cooldowns_too(tmp_path):
    lake = decided_home(tmp_path, days=DAYS[-2:])
    old = lake.arrow("decision_daily", DAYS[-2:]).to_table().drop_columns(["unbooked_loss_cents"])
    shutil.rmtree(tmp_path / "lake" / "decision_daily")
    (tmp_path / "lake" / "_tables" / "decision_daily.json").unlink()
    again = Lake(lake.root)
    again.commit(again.write_table(old, "decision_daily", DAYS[-2:]))
    rows = backtest.decisions(Lake(lake.root), DAYS[-1:], read_policies(tmp_path / "policies"), [None])[0]
    assert "cooldown" in rows["suppressed_by"].to_pylist()
    facts = row_facts.load(Lake(lake.root), FEATURE_SETS["seller"], DAYS[-1:], TODAY)
    assert len(facts.acted) == len({key[:2] for key in acts(old)})
