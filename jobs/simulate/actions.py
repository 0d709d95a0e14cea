"""Effects of actions on entities, and of confirmations by verdicts.

Every effect is a factor on the entity's volume, and ground truth records it. Each event has a random number (`lot`)
between 0 and 1, and happens if its lot is below the factor. Therefore the events of other entities do not change, and
the events of a stopped entity are a subset of its events without a stop.
"""

from dataclasses import dataclass, field

import numpy as np

from jobs.simulate.incidents import PLANNED, Incidents
from jobs.simulate.rows import Rows, concat, take
from jobs.simulate.world import ENTITIES, World

ACTIONS = ("stop", "watch", "verdict", "review", "hold")
STOP, WATCH, VERDICT, REVIEW, HOLD = range(5)
ATTACKER_STOPPED = 0.1  # volume factor of a stopped attacker, without an end
HONEST_STOPPED = 0.6  # volume factor of a stopped honest entity, for some weeks
HONEST_DAYS = 28
COMES_BACK = 0.35  # share of stopped or confirmed attackers who return under a new number
NEAR = 7  # days before and after its incident in which an entity counts as an attacker
# Volume factors after a confirming verdict. The incident itself ends.
CLOSED = {"brushing": 0.6, "click_farm": 0.7, "merchant_fraud": 0.0, "information_leakage": 0.8,
          "account_takeover": 1.0, "bulk_accounts": 0.0, "incentive_abuse": 0.1, "refund_abuse": 0.0,
          "malicious_activity": 0.1, "traffic_fraud": 0.3}


@dataclass
class Effects:
    """All effects so far: day (the first one), until, entity, number, action, attacker, factor, returned (-1: no).

    Attributes:
        looked: by entity, the last day with an action.
        coming: returning attackers by day of registration, each with its attack.
        announced: by incident, the first day of the effect that made its attacker return, and the new number.
    """

    world: World
    incidents: Incidents
    table: Rows = None
    looked: dict[str, np.ndarray] = field(default_factory=dict)
    coming: dict[int, list[tuple[str, Rows]]] = field(default_factory=dict)
    announced: dict[int, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.looked = {name: np.full(len(self.world.factor[name]), -1_000) for name in ENTITIES}

    def begin(self, day: int) -> None:
        """Set every entity's volume factor of the day."""
        for factor in self.world.factor.values():
            factor[:] = 1.0
        self.apply(day)

    def apply(self, day: int) -> None:
        """Lower the volume factors to those of the effects on the day."""
        if self.table is not None:
            now = take(self.table, (self.table["day"] <= day) & (self.table["until"] >= day))
            for position, name in enumerate(ENTITIES):
                mine = now["entity"] == position
                np.minimum.at(self.world.factor[name], now["number"][mine], now["factor"][mine])

    def act(self, day: int, entity: int, number: np.ndarray, action: np.ndarray) -> np.ndarray:
        """Enter actions that have effect from today; return the incident of each entity, -1 for honest ones."""
        self.looked[ENTITIES[entity]][number] = day
        incident = self.incidents.of(entity, number, day, NEAR)
        attacker, stop = incident >= 0, action == STOP
        factor = np.where(stop, np.where(attacker, ATTACKER_STOPPED, HONEST_STOPPED), 1.0)
        lasting = np.where(action == REVIEW, day, self.world.days - 1)
        until = np.where(stop & ~attacker, day + HONEST_DAYS - 1, lasting)
        self.enter(day, entity, number, action, incident, factor, until)
        return incident

    def enter(self, day: int, entity: int, number: np.ndarray, action: np.ndarray, incident: np.ndarray,
              factor: np.ndarray, until: np.ndarray) -> None:
        """Record effects from a day on; a returning attacker gets its next number now."""
        stopped = np.where(np.isin(action, (STOP, VERDICT)) & (incident >= 0), incident, -1)
        rows = {"day": np.full(len(number), day), "until": np.minimum(until, self.world.days - 1),
                "entity": np.full(len(number), entity), "number": number, "action": action, "attacker": incident >= 0,
                "factor": np.asarray(factor, float), "returned": self._comebacks(stopped, day)}
        self.table = rows if self.table is None else concat([self.table, rows])

    def lift(self, day: int, entity: int, number: int) -> None:
        """End the stops of an entity after the day."""
        table = self.table
        mine = (table["entity"] == entity) & (table["number"] == number) & (table["action"] == STOP)
        table["until"] = np.where(mine, np.minimum(table["until"], day), table["until"])

    def _comebacks(self, incident: np.ndarray, day: int) -> np.ndarray:
        """Return the next number of each returning attacker, -1 for the others. Each returns once."""
        table, numbers = self.incidents.table, np.full(len(incident), -1)
        for position, (name, module) in enumerate(self.incidents.attacks.items()):
            if table is None or not module.COMES_BACK:
                continue
            back = (incident >= 0) & (table["attack"][incident] == position) \
                & (table["crew_index"][incident] == PLANNED)
            back &= (table["comeback"][incident] < COMES_BACK) & (table["pause"][incident] + day < self.world.days - 4)
            for row in np.flatnonzero(back):  # only a few a day
                numbers[row] = self.come_back(name, module.ENTITY, incident[row], day)
                table["comeback"][incident[row]] = 1.0
        return numbers

    def come_back(self, name: str, entity: str, incident: int, day: int) -> int:
        """Return the next number of one attacker, and plan its registration."""
        number, self.world.reserve[entity] = int(self.world.reserve[entity][0]), self.world.reserve[entity][1:]
        self.announced[int(incident)] = day, number
        self.announce(self.coming, name, incident, number, day)
        return number

    def announce(self, coming: dict[int, list[tuple[str, Rows]]], name: str, incident: int, number: int,
                 day: int) -> None:
        """Add an attacker's return under a number to `coming`, some days after the day."""
        table = self.incidents.table
        at = table["at"][[incident]]
        arrival = day + int(table["pause"][incident])
        start = arrival + 2
        end = min(start + int(table["again"][incident]), self.world.days - 1)
        old = take(self.incidents.crews[name][PLANNED], at)
        fresh = old["kit"] if table["second"][incident] < 0.5 else 500_000 + old["incident"]  # new devices, or not
        crew = old | {"number": np.array([number]), "start": np.array([start]), "end": np.array([end]),
                      "begin": np.array([start]), "kit": np.atleast_1d(fresh)}
        crew = {column: values for column, values in crew.items() if column not in ("incident", "at")}
        coming.setdefault(arrival, []).append((name, crew | {"before": old["number"]}))
