"""The cause of an event that actions took away: one entity for each event.

An event depends on the volume factors of its seller, user and creator. Its cause is the one whose factor fell most
against the marketplace without actions. Of equal ones the seller counts, then the user, then the creator. If no factor
explains it, the cause is the attacker whose incident ended earlier. A consequence of an order has the order's cause. An
attacker who returned under another number is traced to its first number.
"""

from dataclasses import dataclass, field

import numpy as np

from jobs.simulate.columns import DECIDED_ON
from jobs.simulate.incidents import Incidents
from jobs.simulate.rows import Rows, count, take
from jobs.simulate.verdicts import RISK_NAMES
from jobs.simulate.world import ENTITIES, World

ORDER = DECIDED_ON.index("order")


@dataclass
class Causes:
    """Who was acted on, and which orders did not happen because of it.

    Attributes:
        origin: (entity, number) of a returned attacker to the number that it had first.
        risk: by entity, the position in RISK_NAMES of an attacker that was acted on; -1 for the others.
    """

    before: World
    after: World
    incidents: Incidents
    comebacks: Incidents
    origin: dict[tuple[int, int], int] = field(default_factory=dict)
    risk: dict[str, np.ndarray] = field(default_factory=dict)
    blamed: Rows = None

    def __post_init__(self) -> None:
        self.risk = {name: np.full(len(values), -1) for name, values in self.after.factor.items()}
        modules = self.incidents.attacks.values()
        self._risks = np.array([*(RISK_NAMES.index(module.RISK) for module in modules), -1])
        self.blamed = {name: np.zeros(0, int) for name in ("order", "entity", "who", "risk")}

    def suspect(self, entity: int, number: np.ndarray, incident: np.ndarray, incidents: Incidents) -> None:
        """Remember the risk of entities with an effect; who was an attacker once stays one."""
        risk = self.risk[ENTITIES[entity]]
        risk[number] = np.where(incident >= 0, self.risk_of_incident(incident, incidents), risk[number])

    def risk_of_incident(self, incident: np.ndarray, incidents: Incidents) -> np.ndarray:
        """Return the position in RISK_NAMES of each incident, -1 for none."""
        if incidents.table is None:
            return np.full(len(incident), -1)
        return np.where(incident >= 0, self._risks[incidents.table["attack"][incident]], -1)

    def is_returned(self, entity: np.ndarray, number: np.ndarray) -> np.ndarray:
        """Return whether each entity is an attacker who returned because of an action."""
        here = np.zeros(len(number), bool)
        for position, name in enumerate(ENTITIES):
            here |= (entity == position) & np.isin(number, self.returned_numbers(name))
        return here

    def returned_numbers(self, name: str) -> np.ndarray:
        """Return the numbers under which attackers return because of actions."""
        table = self.comebacks.table
        if table is None:
            return np.zeros(0, int)
        return table["number"][table["entity"] == ENTITIES.index(name)]

    def blame(self, order: np.ndarray, cause: Rows) -> None:
        """Remember the cause of orders that do not happen, or are cancelled."""
        rows = {name: np.concatenate([self.blamed[name], values])
                for name, values in ({"order": order} | cause).items()}
        self.blamed = take(rows, np.argsort(rows["order"], kind="stable"))

    def is_blamed(self, order: np.ndarray) -> np.ndarray:
        """Return whether each order does not happen, or is cancelled, because of an action."""
        return self._blamed_at(order) >= 0

    def _blamed_at(self, order: np.ndarray) -> np.ndarray:
        known = self.blamed["order"]
        if not len(known):
            return np.full(len(order), -1)
        at = np.searchsorted(known, order).clip(0, len(known) - 1)
        return np.where(known[at] == order, at, -1)

    def of(self, gone: Rows, by: tuple[str, ...], day: int) -> Rows:
        """Return the cause of each event that happens only without actions: entity, who, risk."""
        size, best, share = count(gone), np.ones(count(gone)), np.ones(count(gone))
        entity, who = np.full(size, -1), np.full(size, -1)
        for name in ("seller", "user", "creator"):
            if name in by:
                after = self.after.factor[name][gone[name]]
                fall, share = after / self.before.factor[name][gone[name]], share * after
                lowest = fall < best
                best = np.where(lowest, fall, best)
                entity, who = np.where(lowest, ENTITIES.index(name), entity), np.where(lowest, gone[name], who)
        by_incident = (gone["lot"] < share) & (gone["incident"] >= 0)
        if by_incident.any():
            at, table = gone["incident"].clip(0), self.incidents.table
            entity = np.where(by_incident, table["entity"][at], entity)
            who = np.where(by_incident, table["number"][at], who)
        cause = self._traced(entity, who)
        if "order" in gone:
            at = self._blamed_at(gone["order"])
            cause = {name: np.where(at >= 0, self.blamed[name][at] if len(self.blamed[name]) else -1, values)
                     for name, values in cause.items()}
        return cause

    def of_returned(self, rows: Rows) -> Rows:
        """Return the cause of each event of attackers who returned because of an action: their first number."""
        entity, who = np.full(count(rows), -1), np.full(count(rows), -1)
        for position, name in enumerate(ENTITIES):
            if name in rows:
                mine = np.isin(rows[name], self.returned_numbers(name))
                entity, who = np.where(mine, position, entity), np.where(mine, rows[name], who)
        if self.comebacks.table is not None:
            at, mine = rows["incident"].clip(0), rows["incident"] >= 0
            entity = np.where(mine, self.comebacks.table["entity"][at], entity)
            who = np.where(mine, self.comebacks.table["number"][at], who)
        return self._traced(entity, who)

    def _traced(self, entity: np.ndarray, who: np.ndarray) -> Rows:
        first = np.array([self.origin.get(key, key[1]) for key in zip(entity.tolist(), who.tolist())], int)
        risk = np.full(len(who), -1)
        for position, name in enumerate(ENTITIES):
            mine = entity == position
            risk[mine] = self.risk[name][first[mine]]
        return {"entity": entity, "who": first, "risk": risk}
