"""Every table of a lake, on Sail: a small demo marketplace (simulated), its night, and the labels of its training.

What people answered is landed by hand on the last day.

A back-test and a frontier follow. Run as a program, because a Spark session and one on Sail cannot share a process. No
model is trained.
"""

import os

from jobs import build_features, build_labels, decide, ingest, publish, score, validate
from jobs.commands import backtest, frontier
from jobs.settings import load_settings
from jobs.simulate import __main__ as simulate
from tests.support import landed_responses

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
        (build_features, ["--training"]), (validate, ["--stage", "features"]), (build_labels, []),
    ):
        step.main([*arguments, "--ds", DAY, "--run-id", "whole"])
    backtest.main(["--policy", "policies/user_refunds_short.toml", "--ds", DAY, "--scores", "kept"])
    frontier.main(["--entity", "user", "--ds", DAY])


if __name__ == "__main__":
    os.environ["ENGINE"] = "sail"
    make()
