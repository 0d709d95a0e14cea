"""The step estimate_effects: effects of a night from a lake, again and again the same."""

import datetime as dt

import pytest

from jobs import estimate_effects
from jobs.decisions.decision_tables import decide_and_commit
from jobs.decisions.policy_files import read_policies
from jobs.effects.effect_table import estimate_and_commit
from jobs.storage.lake import Lake
from jobs.storage.row_checksum import row_checksum
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, at
from tests.support.policy_folders import EXPERIMENT, QUEUES, SELLER, changed, policy_folder
from tests.support.scored_lake import scored

LATER = TODAY + dt.timedelta(days=30)
MANY = changed(changed(QUEUES, "sample_share = 0.05", "sample_share = 0"), "minutes_a_day = 480",
               "minutes_a_day = 100_000")
TRADE = changed(changed(changed(EXPERIMENT, 'metric = "loss_cents"', 'metric = "trade_cents"'),
                        '["trade_cents", "appeals"]', '[]'), "1_000_000", "1_000_000_000")
REVIEW = changed(SELLER, "score >= 0.6 and level = 'critical'", "score >= 0.1")


@pytest.fixture
def lake(tmp_path, monkeypatch):
    """A lake with an experiment over 400 sellers: those that are stopped sell 10 less than the others."""
    root = tmp_path / "lake"
    names = [f"s{number:03}" for number in range(400)]
    scored(root, "seller", {name: {"brushing": 0.15} for name in names})
    policies = read_policies(policy_folder(tmp_path / "policies", {
        "queues.toml": MANY, "seller.toml": REVIEW, "experiments/one.toml": TRADE}))
    lake = Lake(str(root), "r1")
    decide_and_commit(lake, [TODAY], policies)
    arm = {row["unit"]: row["arm"] for row in lake.arrow("experiment_units").to_table().to_pylist()}
    day = TODAY + dt.timedelta(days=3)
    land(root, "orders", [
        {"order_id": f"o{name}", "ordered_at": at(day), "user_id": "u1", "seller_id": name, "quantity": 1,
         "amount_cents": 100 + number % 7 - 10 * (arm[name] == "treated"), "ds": day}
        for number, name in enumerate(names)])
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path))
    monkeypatch.setenv("VIGIL_LAKE", str(root))
    monkeypatch.setenv("VIGIL_POLICIES", str(tmp_path / "policies"))
    return root


def effects(root, *days, run="r2") -> list[dict]:
    estimate_effects.main(["--from", str(days[0]), "--ds", str(days[-1]), "--run-id", run])
    return Lake(str(root)).arrow("effect_daily", list(days)).to_table().to_pylist()


def test_the_effect_of_the_night_holds_what_was_planted(lake):
    rows = effects(lake, LATER)
    tests = [row for row in rows if row["estimator"] == "permutation"]
    assert {row["estimator"] for row in rows} == {"difference of means", "adjusted", "winsorised, adjusted",
                                                  "on the treated", "on the controls", "per account", "permutation"}
    assert all(row["lo"] < -10 < row["hi"] < 0 and row["units"] == 400 for row in rows if row not in tests)
    assert [(row["lo"], row["p"]) for row in tests] == [(None, 0.001)]
    assert {(row["state"], row["party"], row["run_id"]) for row in rows} == {("running", "seller", "r2")}


def test_before_figures_are_final_the_table_has_no_row(lake):
    assert effects(lake, TODAY + dt.timedelta(days=16)) == []


def test_days_together_are_the_days_alone(lake):
    days = [LATER - dt.timedelta(days=13), LATER]
    effects(lake, *days)
    together = row_checksum(Lake(str(lake)), "effect_daily", days)
    for number, day in enumerate(days):
        effects(lake, day, run=f"again{number}")
    assert row_checksum(Lake(str(lake)), "effect_daily", days) == together


def test_a_night_without_experiments_writes_no_row(lake, tmp_path):
    policies = read_policies(policy_folder(tmp_path / "none", {"queues.toml": MANY, "seller.toml": REVIEW}))
    estimate_and_commit(Lake(str(lake), "r3"), [LATER], policies)
    assert Lake(str(lake)).arrow("effect_daily", [LATER]).to_table().num_rows == 0
