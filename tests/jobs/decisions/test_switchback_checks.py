"""Mistakes that only a switchback can have: each a sentence with file, key, found and expected."""

import pytest

from jobs.decisions.policy_files import read_policies
from jobs.errors import UserError
from tests.support.policy_folders import EXPERIMENT, SELLER, SWITCHBACK, changed, policy_folder


def faults(folder, **files: str) -> list[str]:
    with pytest.raises(UserError) as error:
        read_policies(policy_folder(folder, {f"{name.replace('__', '/')}.toml": text for name, text in files.items()}))
    return str(error.value).replace(f"{folder}/", "").splitlines()


def test_a_switchback_without_mistakes_is_read(tmp_path):
    (found,) = read_policies(policy_folder(tmp_path, {"experiments/turns.toml": SWITCHBACK})).experiments
    assert (found.is_switchback, found.block_days, found.burn_in_days, found.window_days) == (True, 7, 2, 7)
    assert found.shares.tolist() == [[0.5, 0.5]] * 4 and found.last_day_in_force == found.last_day


@pytest.mark.parametrize("old, new, sentence", [
    ("burn_in_days = 2", "burn_in_days = 7", "turns.toml: burn_in_days: found 7, expected fewer than block_days, 7: "
     "the others count."),
    ("last_day = 2026-12-30", "last_day = 2026-12-31", "turns.toml: last_day: found 2026-12-31, 365 days from "
     "first_day on; expected a multiple of 14, such as 2027-01-13: a block of 7 days of each of 2 arms."),
    ("block_days = 7", "window_days = 7", "turns.toml: block_days: missing, expected a whole number of days from 1 to "
     "365."),
    ("burn_in_days = 2", "burn_in_days = 2\neligible = \"true\"", "turns.toml: eligible: no such key, expected one of"),
    ('does = "nothing"', 'does = "nothing"\nshare = 0.5', "turns.toml: arms.holdout.share: no such key, expected one "
     "of does, policy."),
    ('guard_rails = ["trade_cents"]', 'guard_rails = ["honest_trade_cents"]', "turns.toml: guard_rails: "
     "found 'honest_trade_cents', which asks who is guilty; expected a metric of a whole region. "
     "Name kept_trade_cents."),
    ('metric = "loss_cents"', 'metric = "paid_per_trade"', "turns.toml: metric: found 'paid_per_trade', a ratio; "
     "expected metrics that are sums, because a switchback adds up the days of a region. Name case_paid_cents and "
     "trade_cents."),
])
def test_a_mistake_is_one_sentence(tmp_path, old, new, sentence):
    found = [each.removeprefix("experiments/") for each in faults(tmp_path, experiments__turns=changed(
        SWITCHBACK, old, new))]
    assert found[0].startswith(sentence), found
    assert len(found) == 1 + (new == "window_days = 7")


def test_nothing_else_gives_arms_to_the_rows_of_a_switchback(tmp_path):
    (found,) = faults(tmp_path / "a", experiments__turns=SWITCHBACK, experiments__other=EXPERIMENT)
    assert found == ("experiments/turns.toml and experiments/other.toml: first_day: both give arms to rows of "
                     "seller/brushing on 2026-01-01, expected a switchback alone: all rows of a region have its arm. "
                     "Choose other days, or retire the other one.")
    (found,) = faults(tmp_path / "b", experiments__turns=SWITCHBACK,
                      seller=changed(SELLER, "holdout = 0.0", "holdout = 0.1"))
    assert found.startswith("experiments/turns.toml and seller.toml (holdout): first_day: both give arms to rows of")
    (found,) = faults(tmp_path / "c", experiments__turns=SWITCHBACK, experiments__two=SWITCHBACK)
    assert found.startswith("experiments/turns.toml and experiments/two.toml: first_day: ")


def test_an_experiment_whose_last_unit_has_left_its_arm_may_come_before(tmp_path):
    before = changed(changed(EXPERIMENT, "last_day = 2026-12-31", "last_day = 2025-12-18"), "first_day = 2026-01-01",
                     "first_day = 2025-01-01")
    files = {"experiments/turns.toml": SWITCHBACK, "experiments/other.toml": before}
    assert len(read_policies(policy_folder(tmp_path / "a", files)).experiments) == 2
    late = changed(before, "last_day = 2025-12-18", "last_day = 2025-12-19")
    assert len(faults(tmp_path / "b", experiments__turns=SWITCHBACK, experiments__other=late)) == 1
