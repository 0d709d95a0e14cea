"""An experiment on past days: who would have entered, and the spread of effects where nothing was done."""

import datetime as dt

import numpy as np
import pytest

from jobs.commands import power
from jobs.decisions.decision_tables import decide_and_commit
from jobs.decisions.policy_files import read_policies
from jobs.effects import rehashed_history
from jobs.errors import UserError
from jobs.storage.lake import Lake
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, at
from tests.support.policy_folders import EXPERIMENT, QUEUES, SELLER, SWITCHBACK, changed, policy_folder
from tests.support.scored_lake import scored

DAYS = [TODAY + dt.timedelta(days=number) for number in range(3)]
AS_OF = TODAY + dt.timedelta(days=40)
NAMES = [f"s{number:03}" for number in range(300)]
MANY = changed(changed(QUEUES, "sample_share = 0.05", "sample_share = 0"), "minutes_a_day = 480",
               "minutes_a_day = 100_000")
TRADE = changed(changed(changed(EXPERIMENT, 'metric = "loss_cents"', 'metric = "trade_cents"'),
                        '["trade_cents", "appeals"]', '[]'), '"live"', '"retired"')


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home whose lake has three days of decisions without an experiment, and an order of each seller."""
    home = tmp_path_factory.mktemp("home")
    policies = read_policies(policy_folder(home / "policies", {
        "queues.toml": MANY, "seller.toml": changed(SELLER, "score >= 0.6 and level = 'critical'", "score >= 0.1"),
        "experiments/one.toml": TRADE}))
    rng = np.random.default_rng(3)
    for number, day in enumerate(DAYS):
        scored(home / "lake", "seller", {name: {"brushing": float(rng.uniform(0.1, 0.6))}
                                         for name in NAMES[number * 100:(number + 1) * 100]}, day)
    decide_and_commit(Lake(str(home / "lake"), "r1"), DAYS, policies)
    land(home / "lake", "ingest_log", [{"table": "orders", "ds": AS_OF}])
    ordered = DAYS[-1] + dt.timedelta(days=3)
    land(home / "lake", "orders", [
        {"order_id": f"o{name}", "ordered_at": at(ordered), "user_id": "u1", "seller_id": name, "quantity": 1,
         "amount_cents": int(rng.lognormal(6, 1)), "ds": ordered} for name in NAMES])
    return home


def test_everybody_who_got_an_action_would_have_entered_on_that_day(home):
    policies = read_policies(home / "policies")
    experiment = rehashed_history.as_if_live(policies.experiments[0], DAYS)
    units = rehashed_history.history(Lake(str(home / "lake")), experiment, policies, DAYS)
    assert {row["unit"]: row["first_ds"] for row in units.to_pylist()} == {
        name: DAYS[number // 100] for number, name in enumerate(NAMES)}


def test_effects_of_other_salts_spread_around_zero_as_far_as_their_errors_say(home):
    policies, lake = read_policies(home / "policies"), Lake(str(home / "lake"))
    experiment = rehashed_history.as_if_live(policies.experiments[0], DAYS)
    units = rehashed_history.history(lake, experiment, policies, DAYS)
    counted = rehashed_history.counted(lake, experiment, units, AS_OF)
    for spread in rehashed_history.spreads(experiment, units, counted, "treated", 200):
        assert spread.error == pytest.approx(spread.reported, rel=0.25), spread
        assert spread.smallest == pytest.approx(2.8 * spread.error, rel=0.01)
        assert 0 <= spread.rejected <= 0.15


def test_salts_that_leave_too_few_units_of_an_arm_are_left_out_or_the_command_says_so(home):
    policies, lake = read_policies(home / "policies"), Lake(str(home / "lake"))
    experiment = rehashed_history.as_if_live(policies.experiments[0], DAYS)
    units = rehashed_history.history(lake, experiment, policies, DAYS)
    counted = rehashed_history.counted(lake, experiment, units, AS_OF)
    assert rehashed_history.spreads(experiment, units.slice(0, 60), counted.slice(0, 60), "treated", 60)
    with pytest.raises(UserError, match="one: 12 units and their shares leave two units of treated and of holdout"):
        rehashed_history.spreads(experiment, units.slice(0, 12), counted.slice(0, 12), "treated", 60)


@pytest.fixture
def run(home, monkeypatch, capsys):
    monkeypatch.setenv("VIGIL_HOME", str(home))
    monkeypatch.setenv("VIGIL_POLICIES", str(home / "policies"))

    def of(*argv: str) -> str:
        power.main([*argv, "--hashes", "50"])
        return capsys.readouterr().out
    return of


def test_the_command_prints_the_smallest_effect_of_each_estimator(run):
    out = run("--experiment", "one")
    assert "treated less holdout, trade_cents a unit" in out and "winsorised, adjusted" in out


def test_an_experiment_that_is_not_there_is_named(run):
    with pytest.raises(UserError, match="two: no such experiment, expected one of one"):
        run("--experiment", "two")


def test_days_without_decisions_name_the_command(run):
    with pytest.raises(UserError, match="no day with decisions by 2020-01-01"):
        run("--experiment", "one", "--to", "2020-01-01")


def test_too_few_final_figures_are_said(run, home):
    text = changed(TRADE, "window_days = 14", "window_days = 300")
    policy_folder(home / "policies", {"queues.toml": MANY, "experiments/long.toml": text})
    with pytest.raises(UserError, match="would have entered .* figures of 0 are final .* FROM=20.* TO=20"):
        run("--experiment", "long")


def test_a_switchback_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path))
    monkeypatch.setenv("VIGIL_POLICIES", str(policy_folder(tmp_path / "policies", {
        "experiments/turns.toml": SWITCHBACK})))
    with pytest.raises(UserError, match="turns: a switchback deals arms to regions"):
        power.main(["--experiment", "turns"])


def test_whom_the_policy_of_an_arm_would_have_looked_at_enters_too(tmp_path):
    lax = changed(SELLER, "score >= 0.6 and level = 'critical'", "score >= 0.3")
    strict = changed(changed(SELLER, "score >= 0.6 and level = 'critical'", "score >= 0.1"), '"live"', '"shadow"')
    two = changed(TRADE, 'does = "nothing"', 'does = "other policy"\npolicy = "strict"').replace(
        'control = "holdout"', 'control = "treated"')
    policies = read_policies(policy_folder(tmp_path / "policies", {
        "queues.toml": MANY, "seller.toml": lax, "strict.toml": strict, "experiments/one.toml": two}))
    scored(tmp_path / "lake", "seller", {name: {"brushing": 0.2} for name in NAMES[:5]})
    decide_and_commit(Lake(str(tmp_path / "lake"), "r1"), DAYS[:1], policies)
    experiment = rehashed_history.as_if_live(policies.experiments[0], DAYS[:1])
    units = rehashed_history.history(Lake(str(tmp_path / "lake")), experiment, policies, DAYS[:1])
    assert units["unit"].to_pylist() == NAMES[:5]
