"""Experiments as they are written, and the shares of their arms."""

import numpy as np
import pytest

from jobs.decisions.experiment_files import STRATA, stratum
from jobs.decisions.policy_files import read_policies
from tests.support.policy_folders import EXPERIMENT as TEXT
from tests.support.policy_folders import SELLER, changed, policy_folder


def read(folder, text=TEXT, **files):
    return read_policies(policy_folder(folder, {"experiments/payouts.toml": text} | files)).experiments


def test_an_experiment_is_read_as_it_is_written(tmp_path):
    (found,) = read(tmp_path)
    assert (found.name, found.unit, found.metric, found.window_days) == ("payouts", "group", "loss_cents", 14)
    assert [(arm.name, arm.does, arm.shares) for arm in found.arms] == [
        ("holdout", "nothing", (0.15, 0.01)), ("treated", "policy", None)]


def test_the_share_of_a_holdout_falls_with_the_score(tmp_path):
    (found,) = read(tmp_path)
    assert found.shares[:, 0] == pytest.approx(np.linspace(0.15, 0.01, STRATA))
    assert found.shares.sum(axis=1) == pytest.approx(np.ones(STRATA))
    assert stratum(np.array([0.1, 0.22, 0.23, 0.59, 0.6])).tolist() == [0, 0, 1, 3, 3]


@pytest.mark.parametrize("old, new", [
    ('salt = "one"', 'salt = "two"'), ("score >= 0.1", "score >= 0.2"), ("window_days = 14", "window_days = 7"),
    ('metric = "loss_cents"', 'metric = "cases"'), ("[0.15, 0.01]", "0.15"), ("1_000_000", "2_000_000")])
def test_all_that_changes_an_assignment_or_an_analysis_changes_the_version(tmp_path, old, new):
    (one,), (other,) = read(tmp_path / "a"), read(tmp_path / "b", changed(TEXT, old, new))
    assert one.version != other.version


def test_days_and_spelling_do_not(tmp_path):
    (one,) = read(tmp_path / "a")
    text = changed(changed(TEXT, "2026-12-31", "2027-01-31"), "score >= 0.1", " score  >=  0.1")
    (other,) = read(tmp_path / "b", text)
    assert one.version == other.version


def test_the_share_of_a_policy_is_an_experiment_of_its_own(tmp_path):
    policies = read_policies(policy_folder(tmp_path, {"seller.toml": changed(SELLER, "holdout = 0.0",
                                                                             "holdout = 0.2")}))
    (found,) = policies.experiments
    assert (found.name, found.risks, found.window_days) == ("seller.holdout", ("brushing", "click_farm"), 7)
    assert found.shares == pytest.approx(np.array([[0.2, 0.8]] * STRATA))
