"""Every table of a lake, on Sail: a small demo marketplace (simulated), its night, and the labels of its training.

What people answered is landed by hand on the last day. Without a model nobody enters an experiment, so that its units
are written by hand too.

A back-test and a frontier follow. Run as a program, because a Spark session and one on Sail cannot share a process. No
model is trained.
"""

import datetime as dt
import os
import shutil

from jobs import (
    attribute_cases,
    audit_cases,
    build_features,
    build_labels,
    decide,
    estimate_effects,
    ingest,
    publish,
    score,
    train_cases,
    update_loss_ledger,
    validate,
)
from jobs.commands import backtest, frontier
from jobs.decisions.policy_files import read_policies
from jobs.settings import REPOSITORY, load_settings
from jobs.simulate import __main__ as simulate
from jobs.storage.lake import Lake
from tests.support import landed_responses
from tests.support.arrow_lake import land

DAY = "2026-11-20"
DAYS = "116"  # features over a lifetime need events before the whole month in which their windows of 90 days begin


def make() -> None:
    """Land a marketplace in VIGIL_HOME, and run the steps of a night and of a training up to the labels."""
    simulate.main(["--home", str(load_settings().home), "--until", DAY, "--days", DAYS, "--seed", "7", "--size",
                   "small"])
    landed_responses.land(load_settings().landing, DAY, landed_responses.responses(DAY), "parquet")
    for step, arguments in (
        (ingest, []), (validate, ["--stage", "events"]), (build_features, []), (validate, ["--stage", "features"]),
        (score, []), (validate, ["--stage", "scores"]), (decide, []), (publish, []),
    ):
        step.main([*arguments, "--ds", DAY, "--run-id", "whole"])
    units()
    for step, arguments in (
        (estimate_effects, []), (train_cases, []), (attribute_cases, []), (update_loss_ledger, []), (audit_cases, []),
        (build_features, ["--training"]),
        (validate, ["--stage", "features"]), (build_labels, []),
    ):
        step.main([*arguments, "--ds", DAY, "--run-id", "whole"])
    backtest.main(["--policy", "policies/user_refunds_short.toml", "--ds", DAY, "--scores", "kept"])
    frontier.main(["--entity", "user", "--ds", DAY])


def units() -> None:
    """Write the units of an experiment that began two months before, in both arms."""
    config = load_settings()
    (experiment,) = read_policies(config.policies).experiments
    users = Lake(config.lake).arrow("users").to_table(columns=["user_id"])["user_id"].to_pylist()
    first = dt.date.fromisoformat(DAY) - dt.timedelta(days=60)
    land(config.lake, "experiment_units", [
        {"ds": first, "first_ds": first, "experiment": experiment.name, "unit": user, "entity": "user",
         "experiment_version": experiment.version, "members": [user], "propensity": 0.5, "stratum": 0,
         "arm": experiment.arms[number % 2].name, "expected_loss_cents": 1.0, "run_id": "whole",
         "covariates": [{"name": "score", "value": 0.2}]} for number, user in enumerate(sorted(set(users))[:80])])


def live_experiment(folder) -> None:
    """Copy the shipped policies to a folder, with the shipped experiment live and its shares equal."""
    shutil.copytree(REPOSITORY / "policies", folder)
    file = folder / "experiments" / "refund_holds.toml"
    file.write_text(file.read_text().replace('"retired"', '"live"').replace("[0.15, 0.01]", "0.5"))


if __name__ == "__main__":
    os.environ["ENGINE"] = "sail"
    live_experiment(load_settings().home / "policies")
    os.environ["VIGIL_POLICIES"] = str(load_settings().home / "policies")
    make()
