"""Verdicts of the marketplace: late, for a part of the incidents, and sometimes wrong.

Delays count from the first harm of an incident, because nobody can detect an incident without harm. Complaints and
actions make a confirmation more likely. Members of a ring are confirmed one by one, or not at all.
"""

from dataclasses import dataclass, field

import numpy as np

from jobs.simulate import actions, rhythm
from jobs.simulate.actions import CLOSED, HONEST_DAYS, HONEST_STOPPED, Effects
from jobs.simulate.agenda import Agenda
from jobs.simulate.ids import NEVER
from jobs.simulate.incidents import Incidents
from jobs.simulate.rows import Rows, concat, count, take
from jobs.simulate.seeds import stream
from jobs.simulate.world import ENTITIES, World

FOUND = 0.63  # probability that an incident without complaints is ever confirmed
COMPLAINED = 0.1  # additional probability with six complaints or more
LOOKED = 0.25  # additional probability with an action on the entity in the 30 days before
EARLIEST, LATEST = 3, 24  # days from the first harm to the decision
CLEARED_AFTER_ACTION = 0.35  # share of honest entities that are cleared within days after an action
SOURCES = ("complaint", "audit", "chargeback", "review", "appeal")
# Shares of the sources of each risk's confirmations, in the order of SOURCES.
SOURCE_SHARE = {
    "brushing": [0.1, 0.5, 0.0, 0.4, 0.0], "click_farm": [0.05, 0.6, 0.0, 0.35, 0.0],
    "merchant_fraud": [0.55, 0.30, 0.10, 0.05, 0.0], "information_leakage": [0.6, 0.3, 0.0, 0.1, 0.0],
    "account_integrity": [0.25, 0.1, 0.55, 0.1, 0.0], "incentive_abuse": [0.05, 0.5, 0.0, 0.45, 0.0],
    "refund_abuse": [0.05, 0.35, 0.10, 0.50, 0.0], "malicious_activity": [0.5, 0.2, 0.0, 0.3, 0.0],
    "traffic_fraud": [0.1, 0.55, 0.0, 0.35, 0.0], "payment_fraud": [0.2, 0.0, 0.75, 0.05, 0.0],
}
RISK_NAMES = tuple(SOURCE_SHARE)


@dataclass
class Desk:
    """The investigation of incidents. `complaints` counts cases about sellers and of users, with a decay over time.

    `streams` is the offset of its random streams.
    """

    world: World
    incidents: Incidents
    effects: Effects
    streams: int = 0
    complaints: dict[str, np.ndarray] = field(default_factory=dict)
    agenda: Agenda = field(default_factory=Agenda)

    def __post_init__(self) -> None:
        self.complaints = {name: np.zeros(len(self.world.factor[name])) for name in ENTITIES}

    def hear(self, opened: Rows) -> None:
        """Count today's complaints; cancellations do not count."""
        serious = opened["kind"] != 3
        for name in ("seller", "user"):
            self.complaints[name] *= 0.97
            np.add.at(self.complaints[name], opened[name][serious], 1)
            self.complaints[name][-1] = 0

    def decide(self, day: int) -> Rows:
        """Return today's verdicts, with effect from tomorrow: confirmations and planned ones."""
        rng = stream(self.world.seed, "verdicts", day, 1 + self.streams)
        decided = concat([self.found(rng, day), *self.agenda.due(day)])
        self.close(decided, day)
        return decided

    def found(self, rng: np.random.Generator, day: int, only: np.ndarray | None = None) -> Rows:
        """Return today's confirmations of incidents; `only` is a mask over incidents."""
        table = self.incidents.table
        if table is None:
            return decision(np.zeros(0, int), np.zeros(0, int), day)
        wait = np.floor(EARLIEST + table["patience"]).clip(EARLIEST, LATEST).astype(int)
        due = (table["first"] >= 0) & (table["decided"] < 0) & (table["first"] + wait == day)
        complaints, acted_on = np.zeros(count(table)), np.zeros(count(table), bool)
        for position, name in enumerate(ENTITIES):
            mine = table["entity"] == position
            complaints[mine] = self.complaints[name][table["number"][mine]]
            acted_on[mine] = day - self.effects.looked[name][table["number"][mine]] < 30
        chance = FOUND + COMPLAINED * (complaints / 6).clip(0, 1) + LOOKED * acted_on
        due &= table["luck"] < chance
        return self._confirm(rng, np.flatnonzero(due if only is None else due & only), day)

    def _confirm(self, rng: np.random.Generator, at: np.ndarray, day: int) -> Rows:
        table = self.incidents.table
        table["found"][at], table["decided"][at] = True, day
        risk = np.array([RISK_NAMES.index(module.RISK) for module in self.incidents.attacks.values()])
        rows = decision(table["entity"][at], table["number"][at], day)
        return rows | {
            "time": day * rhythm.DAY + rng.integers(28_000, 60_000, len(at)), "risk": risk[table["attack"][at]],
            "start": table["start"][at], "end": np.minimum(table["end"][at], day), "incident": at,
            "source": sources(rng, risk[table["attack"][at]]), "loss": table["loss"][at]}

    def look(self, rng: np.random.Generator, acted: Rows, day: int) -> None:
        """Draw verdicts on entities with an action: attackers may be confirmed, honest entities are often cleared."""
        table = self.incidents.table
        for position in range(len(ENTITIES)):
            mine = take(acted, acted["entity"] == position)
            incident = self.incidents.of(position, mine["number"], day, 14)
            known = incident >= 0
            if table is not None and known.any():
                at = incident[known]
                later = (table["decided"][at] < 0) & (table["first"][at] >= 0)
                table["luck"][at] = np.where(later, table["luck"][at] * 0.6, table["luck"][at])
                passed = later & (table["first"][at] + EARLIEST + table["patience"][at] <= day)
                table["patience"][at] = np.where(passed, day + 3 - table["first"][at] - EARLIEST, table["patience"][at])
            cleared = mine["number"][~known & (rng.random(len(known)) < CLEARED_AFTER_ACTION)]
            when = day + 4
            risk = {"seller": "merchant_fraud", "user": "refund_abuse", "creator": "traffic_fraud"}[ENTITIES[position]]
            rows = decision(np.full(len(cleared), position), cleared, when)
            rows["risk"][:], rows["source"][:] = RISK_NAMES.index(risk), SOURCES.index("review")
            rows["confirmed"][:] = False
            self.agenda.add(when, rows)

    def close(self, decided: Rows, day: int) -> None:
        """Apply a confirmation: end the incident, and lower the entity's volume factor."""
        for position, _ in enumerate(ENTITIES):
            mine = take(decided, (decided["entity"] == position) & decided["confirmed"])
            right = mine["incident"] >= 0
            at = mine["incident"][right]
            if right.any():
                self.incidents.table["ended"][at] = np.minimum(self.incidents.table["ended"][at], day + 1)
                self.incidents.table["end"][at] = np.minimum(self.incidents.table["end"][at], day)
            closed = np.array([CLOSED[name] for name in self.incidents.attacks])
            factor = np.full(count(mine), HONEST_STOPPED)
            if right.any():
                factor[right] = closed[self.incidents.table["attack"][at]]
            until = np.where(right, self.world.days - 1, np.where(mine["until"] >= 0, mine["until"], day + HONEST_DAYS))
            if count(mine):
                action = np.full(count(mine), actions.VERDICT)
                self.effects.enter(day + 1, position, mine["number"], action, mine["incident"], factor, until)


def decision(entity: np.ndarray, number: np.ndarray, day: int) -> Rows:
    """Return verdicts of a day on entities (positions in ENTITIES); missing columns have empty values."""
    size = len(number)
    return {"time": np.full(size, day * rhythm.DAY + 40_000), "entity": entity,
            "number": number, "risk": np.zeros(size, int), "confirmed": np.ones(size, bool),
            "start": np.full(size, NEVER), "end": np.full(size, NEVER), "source": np.zeros(size, int),
            "loss": np.full(size, -1), "incident": np.full(size, -1), "until": np.full(size, -1)}


def sources(rng: np.random.Generator, risk: np.ndarray) -> np.ndarray:
    """Draw the sources of confirmations of risks: positions in SOURCES."""
    share = np.array([np.cumsum(SOURCE_SHARE[name]) for name in RISK_NAMES])
    return (share[risk] < rng.random(len(risk))[:, None]).sum(axis=1).clip(0, len(SOURCES) - 2)
