"""Nights with experiments, made by hand: a lake of scored sellers, whose nights decide under policies in files."""

import datetime as dt

from jobs.decisions.decision_tables import decide_and_commit
from jobs.decisions.policy_files import read_policies
from jobs.storage.lake import Lake
from jobs.storage.row_checksum import row_checksum
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, YESTERDAY, at
from tests.support.policy_folders import EXPERIMENT, QUEUES, REVIEW, SELLER, changed, policy_folder
from tests.support.scored_lake import scored

TOMORROW = TODAY + dt.timedelta(days=1)
MANY = changed(changed(QUEUES, "sample_share = 0.05", "sample_share = 0"), "minutes_a_day = 480",
               "minutes_a_day = 100_000")
UNLIMITED = changed(EXPERIMENT, "1_000_000", "1_000_000_000")
NAMES = [f"s{number:03}" for number in range(400)]


class Nights:
    """A lake with scores, whose nights decide under a policy and an experiment."""

    def __init__(self, folder, experiment=UNLIMITED, **files):
        self.lake = folder / "lake"
        self.policies = read_policies(policy_folder(folder / "policies", {
            "queues.toml": MANY, "seller.toml": SELLER + REVIEW, "experiments/payouts.toml": experiment} | files))

    def scored(self, score: float | dict, day=TODAY, names=NAMES, **features):
        scores = {name: {"brushing": score[name] if isinstance(score, dict) else score} for name in names}
        scored(self.lake, "seller", scores, day, features)
        return self

    def decide(self, *days, run="r1"):
        decide_and_commit(Lake(str(self.lake), run), list(days or [TODAY]), self.policies)
        return self

    def rows(self, table="decision_daily", days=(TODAY,)) -> list[dict]:
        return Lake(str(self.lake)).arrow(table, days).to_table().to_pylist()

    def units(self, *days) -> dict[str, dict]:
        return {row["unit"]: row for row in self.rows("experiment_units", days or (TODAY,))}


def digests_of_two_nights(nights, score: float, names, shuffle, runs) -> list[str]:
    """Return the checksums of the decisions and units of two nights, after some runs over scores in any order of rows.

    Args:
        shuffle: puts a list of names into another order; runs: the days of each run, one after the other.
    """
    for day in (TODAY, TOMORROW):
        shuffled = list(names)
        shuffle(shuffled)
        nights.scored(score, day, shuffled)
    for number, days in enumerate(runs):
        nights.decide(*days, run=f"r{number}")
    lake = Lake(str(nights.lake))
    return [row_checksum(lake, table, [TODAY, TOMORROW]) for table in ("decision_daily", "experiment_units")]


def linked(nights, *groups, day=YESTERDAY):
    """Give the sellers of each group one payout account."""
    land(nights.lake, "sellers", [{"seller_id": name, "registered_at": at(day), "payout_id": f"b{number}", "ds": day}
                                  for number, group in enumerate(groups) for name in group])
    return nights


def override(seller: str, effect: str, day=TODAY, action=None) -> dict:
    """Return an override about all risks of a seller on a day."""
    return {"override_id": f"o{seller}", "created_at": at(day), "entity": "seller", "entity_id": seller, "risk": None,
            "effect": effect, "action": action, "from_day": day, "until_day": day, "reason": "x", "author_id": "a",
            "ds": day}
