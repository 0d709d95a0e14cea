"""A small home whose lake has scored days with decisions, made by hand and without Spark."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from jobs.decisions.decision_tables import decide_and_commit
from jobs.decisions.policy_files import read_policies
from jobs.storage.lake import Lake
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, ago, at
from tests.support.policy_folders import QUEUES, REVIEW, SELLER, changed, policy_folder
from tests.support.scored_lake import scored

LADDER = SELLER + changed(REVIEW, "costs = {}", "costs = { seller = 0.01 }")
AMPLE = changed(changed(QUEUES, "minutes_a_day = 480", "minutes_a_day = 100_000"), "sample_share = 0.05",
                "sample_share = 0")
SCARCE = changed(AMPLE, "minutes_a_day = 100_000", "minutes_a_day = 100")
POLICIES = {"seller.toml": LADDER, "queues.toml": AMPLE}
DAYS = tuple(ago(number) for number in range(7, -1, -1))
REGIONS = ("north", "south", None)


def scored_home(home: Path, days: Sequence[dt.date] = DAYS, sellers: int = 40, seed: int = 7) -> Lake:
    """Write scores of sellers that wander from day to day, their features and a verdict about every fifth of them.

    The lake has no decisions yet. Its last ingested day is TODAY.
    """
    rng = np.random.default_rng(seed)
    logit = rng.normal(-1, 1.5, (sellers, 2))
    amounts = rng.integers(0, 200_000, sellers).tolist()
    for day in days:
        logit += rng.normal(0, 0.5, logit.shape)
        scores = 1 / (1 + np.exp(-logit))
        scored(home / "lake", "seller",
               {f"s{number}": {"brushing": float(brushing), "click_farm": float(clicks)}
                for number, (brushing, clicks) in enumerate(scores)}, day,
               features={f"s{number}": {"order_amount_30d": amount, "region": REGIONS[number % 3]}
                         for number, amount in enumerate(amounts)})
    land(home / "lake", "verdicts", [
        {"verdict_id": f"v{number}", "decided_at": at(TODAY), "entity": "seller", "entity_id": f"s{number}",
         "risk": "brushing", "confirmed": True, "incident_from": days[0], "incident_to": days[-1],
         "loss_cents": 8_000, "ds": TODAY} for number in range(0, sellers, 5)])
    land(home / "lake", "ingest_log", [{"ds": TODAY, "table": "verdicts", "rows_in": 1, "kept": 1}])
    return Lake(str(home / "lake"), "test")


def decided_home(home: Path, files: dict[str, str] | None = None, days: Sequence[dt.date] = DAYS, **scores) -> Lake:
    """Write a scored home with the decisions of its days. The policies are in the folder `policies` of the home.

    Args:
        files: policy files in the place of or beside POLICIES.
        scores: arguments of `scored_home`.
    """
    lake = scored_home(home, days, **scores)
    decide_and_commit(lake, days, read_policies(policy_folder(home / "policies", POLICIES | (files or {}))))
    return Lake(lake.root, "later")
