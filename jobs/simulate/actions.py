"""Actions on entities and their effects: stops, watches, and confirmations by verdicts.

An action has effect from the day after. Every effect is a factor on the entity's volume, and ground truth records it.
Each event has a random number (`lot`) between 0 and 1, and happens if its lot is below the factor. Therefore the
events of other entities do not change, and the events of a stopped entity are a subset of its events without a stop.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from jobs.simulate.incidents import PLANNED, Incidents
from jobs.simulate.rows import Rows, concat, count, take
from jobs.simulate.world import ENTITIES, World

STOP, WATCH, VERDICT = ACTIONS = ("stop", "watch", "verdict")
ATTACKER_STOPPED = 0.1  # volume factor of a stopped attacker, without an end
HONEST_STOPPED = 0.6  # volume factor of a stopped honest entity, for some weeks
HONEST_DAYS = 28
COMES_BACK = 0.35  # share of stopped or confirmed attackers who return under a new number
NEAR = 7  # days before and after its incident in which an entity counts as an attacker
# Volume factors after a confirming verdict. The incident itself ends.
CLOSED = {"brushing": 0.6, "click_farm": 0.7, "merchant_fraud": 0.0, "information_leakage": 0.8,
          "account_takeover": 1.0, "bulk_accounts": 0.0, "incentive_abuse": 0.1, "refund_abuse": 0.0,
          "malicious_activity": 0.1, "traffic_fraud": 0.3}
PREFIX = {"s": "seller", "u": "user", "c": "creator"}


def read(path: Path, first_day: np.datetime64, days: int, totals: dict[str, int]) -> Rows:
    """Convert actions to rows (day, entity, number, action), in order of day.

    Raises:
        ValueError: a column is missing, or a row names an entity or action that does not exist.
    """
    table = pacsv.read_csv(path) if path.suffix == ".csv" else pq.read_table(path)
    wanted = ("ds", "entity", "entity_id", "action")
    if missing := [name for name in wanted if name not in table.column_names]:
        raise ValueError(f"{path}: columns {missing} are missing; found {table.column_names}, expected {list(wanted)}. "
                         "Write the file again with these columns.")
    text = {name: [str(value) for value in table[name].to_pylist()] for name in wanted}
    for name, allowed in (("entity", ENTITIES), ("action", ACTIONS[:2])):
        if unknown := sorted(set(text[name]) - set(allowed)):
            raise ValueError(f"{path}: {name} has {unknown}; expected only {list(allowed)}. Mend these rows.")
    rows = {
        "day": (np.array(text["ds"], "datetime64[D]") - first_day).astype(int) if text["ds"] else np.zeros(0, int),
        "entity": np.array([ENTITIES.index(name) for name in text["entity"]], int),
        "number": np.array([_number(path, entity, name, totals) for entity, name in
                            zip(text["entity"], text["entity_id"])], int),
        "action": np.array([ACTIONS.index(name) for name in text["action"]], int),
    }
    rows = take(rows, np.lexsort((rows["number"], rows["entity"], rows["day"])))
    return take(rows, rows["day"] < days)


def _number(path: Path, entity: str, name: str, totals: dict[str, int]) -> int:
    digits = name.lstrip("scru")
    if not digits.isdigit() or not name.startswith(entity[0]) or int(digits) >= totals[entity]:
        raise ValueError(f"{path}: there is no {entity} {name}; expected one that this simulation landed. "
                         "Take entity_id from the landing folder of the same seed and size.")
    return int(digits)


@dataclass
class Effects:
    """All effects so far: day (the first one), until, entity, number, action, attacker, factor, returned (-1: no)."""

    world: World
    incidents: Incidents
    actions: Rows | None
    table: Rows = None
    looked: dict[str, np.ndarray] = field(default_factory=dict)  # by entity: last day with an action
    coming: dict[int, list[tuple[str, Rows]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.looked = {name: np.full(len(self.world.factor[name]), -1_000) for name in ENTITIES}

    def begin(self, day: int) -> Rows | None:
        """Apply yesterday's actions, set every entity's volume factor, and return these actions."""
        fresh = None
        if self.actions is not None:
            fresh = take(self.actions, self.actions["day"] == day - 1)
            self._act(fresh, day)
        for factor in self.world.factor.values():
            factor[:] = 1.0
        if self.table is not None:
            now = take(self.table, (self.table["day"] <= day) & (self.table["until"] >= day))
            for position, name in enumerate(ENTITIES):
                mine = now["entity"] == position
                np.minimum.at(self.world.factor[name], now["number"][mine], now["factor"][mine])
        return fresh

    def _act(self, fresh: Rows, day: int) -> None:
        for position, name in enumerate(ENTITIES):
            mine = take(fresh, fresh["entity"] == position)
            if not count(mine):
                continue
            self.looked[name][mine["number"]] = day
            incident = self.incidents.of(position, mine["number"], day, NEAR)
            attacker, stop = incident >= 0, mine["action"] == 0
            factor = np.where(stop, np.where(attacker, ATTACKER_STOPPED, HONEST_STOPPED), 1.0)
            until = np.where(attacker | ~stop, self.world.days - 1, day + HONEST_DAYS - 1)
            self.enter(day, position, mine["number"], mine["action"], incident, factor, until)

    def enter(self, day: int, entity: int, number: np.ndarray, action: np.ndarray, incident: np.ndarray,
              factor: np.ndarray, until: np.ndarray) -> None:
        """Record effects from a day on; a returning attacker gets its next number now."""
        stopped = np.where((action != 1) & (incident >= 0), incident, -1)
        rows = {"day": np.full(len(number), day), "until": np.minimum(until, self.world.days - 1),
                "entity": np.full(len(number), entity), "number": number, "action": action, "attacker": incident >= 0,
                "factor": np.asarray(factor, float), "returned": self._comebacks(stopped, day)}
        self.table = rows if self.table is None else concat([self.table, rows])

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
                numbers[row] = self._next(module.ENTITY)
                self._announce(name, incident[row], numbers[row], day)
                table["comeback"][incident[row]] = 1.0
        return numbers

    def _next(self, entity: str) -> int:
        number, self.world.reserve[entity] = self.world.reserve[entity][0], self.world.reserve[entity][1:]
        return int(number)

    def _announce(self, name: str, incident: int, number: int, day: int) -> None:
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
        self.coming.setdefault(arrival, []).append((name, crew | {"before": old["number"]}))
