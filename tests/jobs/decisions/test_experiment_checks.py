"""Mistakes in the files of experiments: each a sentence with file, key, found and expected."""

import pytest

from jobs.decisions.policy_files import read_policies
from jobs.errors import UserError
from tests.support.policy_folders import EXPERIMENT, changed, policy_folder

METRICS = ("loss_cents, case_paid_cents, cases, trade_cents, kept_trade_cents, honest_trade_cents, orders, "
           "incentive_cents, appeals, come_backs, cases_per_order, paid_per_trade")


def faults(folder, **files):
    with pytest.raises(UserError) as error:
        read_policies(policy_folder(folder, {f"experiments/{name}.toml": text for name, text in files.items()}))
    return str(error.value).replace(f"{folder}/experiments/", "").splitlines()


@pytest.mark.parametrize("old, new, sentence", [
    ('entity = "seller"', 'entity = "order"', "one.toml: entity: found 'order', expected one of seller, user, "
     "creator."),
    ('"brushing"', '"brushes"', "one.toml: risks: found 'brushes', expected risks of a seller (brushing)."),
    ('unit = "group"', 'unit = "user"', "one.toml: unit: found 'user', expected group (connected accounts), seller or "
     "region (a switchback). Rings that are split over arms bias every effect."),
    ('metric = "loss_cents"', 'metric = "verdicts"', "one.toml: metric: found 'verdicts', a count of verdicts. They "
     f"come more often where somebody acted, whatever the action does; expected one of {METRICS}."),
    ('["trade_cents", "appeals"]', '["confirmed_cases"]', "one.toml: guard_rails: found 'confirmed_cases', a count of "
     f"verdicts. They come more often where somebody acted, whatever the action does; expected one of {METRICS}."),
    ('metric = "loss_cents"', 'metric = "loss_cent"', "one.toml: metric: found 'loss_cent', expected a metric "
     "(loss_cents)."),
    ('metric = "loss_cents"', 'metric = "honest_trade_cents"', "one.toml: metric: found 'honest_trade_cents', which "
     "leans on verdicts; expected it among guard_rails. Name kept_trade_cents."),
    ('["order_amount_30d"]', '["seller_id"]', "one.toml: covariates: found 'seller_id', expected numbers of the score "
     "row ("),
    ("last_day = 2026-12-31", "last_day = 2025-12-31", "one.toml: last_day: found 2025-12-31, expected no day before "
     "first_day, 2026-01-01."),
    ("window_days = 14", "window_days = 0", "one.toml: window_days: found 0, expected a whole number of days from 1 to "
     "365."),
    ('control = "holdout"', 'control = "none"', "one.toml: control: found 'none', expected one of the arms (one of "
     "holdout, treated)."),
    ("[0.15, 0.01]", "[0.15, 0.01, 0.0]", "one.toml: arms.holdout.share: found a list of 3, expected a share from 0 to "
     "1, or two of them: at the bounds of medium and of critical."),
    ("[0.15, 0.01]", "1.0", "one.toml: arms: found shares of 1 in all, expected less than 1: the other arm gets the "
     "rest."),
    ("share = [0.15, 0.01]\n", "", "one.toml: arms.holdout.share: missing, expected the share of the units that get no "
     "action."),
    ('does = "nothing"', 'does = "none"', "one.toml: arms.holdout.does: found 'none', expected one of nothing, "
     "policy, other policy."),
    ('does = "nothing"', 'does = "other policy"', "one.toml: arms.holdout.policy: missing, expected the name of the "
     "shadow policy that decides the arm's rows."),
    ('does = "nothing"', 'does = "nothing"\npolicy = "strict"', "one.toml: arms.holdout.policy: found 'strict' beside "
     "does = 'nothing', expected it beside does = 'other policy' alone."),
    ("score >= 0.1", "scor >= 0.1", "one.toml: eligible: Referenced column"),
])
def test_a_mistake_is_one_sentence(tmp_path, old, new, sentence):
    found = faults(tmp_path, one=changed(EXPERIMENT, old, new))
    assert len(found) == 1 and found[0].startswith(sentence), found


def test_experiments_of_one_risk_share_a_layer(tmp_path):
    (found,) = faults(tmp_path, one=EXPERIMENT, two=changed(EXPERIMENT, 'layer = "sellers"', 'layer = "others"'))
    assert found.startswith("one.toml and two.toml: layer: both are about seller/brushing from 2026-01-01 on, "
                            "expected one layer")


def test_experiments_of_one_layer_are_no_mistake(tmp_path):
    both = {f"experiments/{name}.toml": EXPERIMENT for name in ("one", "two")}
    assert len(read_policies(policy_folder(tmp_path, both)).experiments) == 2


def test_arms_that_all_do_what_the_live_policy_decides_are_an_a_a_test(tmp_path):
    text = changed(EXPERIMENT, 'does = "nothing"', 'does = "policy"')
    (found,) = read_policies(policy_folder(tmp_path, {"experiments/one.toml": text})).experiments
    assert found.is_a_a and not found.holds_out


OTHER = 'does = "other policy"\npolicy = "strict"'


def test_arms_that_all_do_the_same_but_for_that_are_refused(tmp_path):
    text = changed(changed(EXPERIMENT, 'does = "nothing"', OTHER), 'does = "policy"', OTHER)
    (found,) = faults(tmp_path, one=text)
    assert found == ("one.toml: arms: each does the same, expected arms that differ, or arms that all do policy (an "
                     "A/A test: every effect in it is chance).")


def test_without_a_holdout_the_control_is_the_live_policy(tmp_path):
    (found,) = faults(tmp_path, one=changed(EXPERIMENT, 'does = "nothing"', OTHER))
    assert found == ("one.toml: control: found 'holdout', which does 'other policy'; expected an arm that does policy, "
                     "because no arm does nothing.")
