"""The register of planted incidents: one row per incident, with its harm so far and its verdict."""

from dataclasses import dataclass, field

import numpy as np

from jobs.simulate.rows import Rows, concat, count, take
from jobs.simulate.world import ENTITIES, World

PLANNED, RETURNED = range(2)  # the two crews of an attack: planned attackers, and returned ones


@dataclass
class Incidents:
    """`table` has one row per incident; `crews` has the attackers by attack and crew, with their rows in `table`.

    Columns of the table: attack (position among the attacks), entity (position in ENTITIES), number, ring, variant,
    start, end, first (day of the first harm, -1 for none yet), ended (day from which nothing of it happens any
    more), loss (minor units), found, decided (day, -1), and the draws that decide its fate: see `add`.
    """

    attacks: dict
    table: Rows = None
    crews: dict[str, list[Rows]] = field(default_factory=dict)

    def add(self, name: str, crew: Rows, rng: np.random.Generator) -> None:
        """Add attackers: the first call adds planned ones, later calls add returned ones."""
        size, module = count(crew), self.attacks[name]
        known = 0 if self.table is None else count(self.table)
        crews = self.crews.setdefault(name, [])
        crew_index = min(len(crews), RETURNED)
        begun = count(crews[RETURNED]) if len(crews) > RETURNED else 0
        crew = crew | {"incident": known + np.arange(size), "at": begun + np.arange(size)}
        entered = {
            "attack": np.full(size, list(self.attacks).index(name)),
            "entity": np.full(size, ENTITIES.index(module.ENTITY)), "crew_index": np.full(size, crew_index),
            **{column: crew[column] for column in ("number", "ring", "variant", "start", "end", "at")},
            "first": np.full(size, -1), "ended": np.full(size, 2**30), "loss": np.zeros(size, np.int64),
            "found": np.zeros(size, bool), "decided": np.full(size, -1),
            "luck": rng.random(size), "second": rng.random(size), "patience": rng.gamma(2.4, 3.5, size),
            "comeback": rng.random(size), "pause": rng.integers(4, 15, size), "again": rng.integers(14, 31, size),
        }
        self.table = entered if self.table is None else concat([self.table, entered])
        if crew_index == RETURNED and len(crews) > RETURNED:
            crews[RETURNED] = concat([crews[RETURNED], crew])
        else:
            crews.append(crew)

    def active(self, name: str, crew_index: int, day: int) -> Rows | None:
        """Return the active attackers of a crew on the day; None if there are none."""
        crews = self.crews.get(name, [])
        if len(crews) <= crew_index:
            return None
        mine = take(crews[crew_index], (crews[crew_index]["begin"] <= day) & (crews[crew_index]["end"] >= day))
        return mine if count(mine) else None

    def running(self, rows: Rows, day: int) -> np.ndarray:
        """Return whether each row belongs to no incident, or to a running one."""
        if self.table is None:
            return np.ones(count(rows), bool)
        return (rows["incident"] < 0) | (self.table["ended"][rows["incident"]] > day)

    def note(self, rows: Rows, day: int) -> None:
        """Record today's harm: the first day of harm, and losses."""
        mine = rows["incident"] >= 0
        if self.table is None or not mine.any():
            return
        at, first = rows["incident"][mine], self.table["first"]
        first[at] = np.where(first[at] < 0, day, first[at])
        if "loss" in rows:
            np.add.at(self.table["loss"], at, rows["loss"][mine])

    def of(self, entity: int, number: np.ndarray, day: int, around: int) -> np.ndarray:
        """Return the incident of each entity within `around` days of the day, -1 for none."""
        found = np.full(len(number), -1)
        if self.table is None:
            return found
        table = self.table
        near = np.flatnonzero((table["entity"] == entity) & (table["start"] <= day + around)
                              & (table["end"] >= day - around) & (table["ended"] > day))
        order = near[np.argsort(table["number"][near], kind="stable")]
        numbers = table["number"][order]
        if len(order):
            at = np.searchsorted(numbers, number).clip(0, len(order) - 1)
            found = np.where(numbers[at] == number, order[at], -1)
        return found


def thinned(world: World, rows: Rows, incidents: Incidents, day: int, by: tuple[str, ...]) -> np.ndarray:
    """Return whether each row happens: its lot is below the volume factors of its user, seller and creator."""
    still = np.ones(count(rows))
    for entity in by:
        still = still * world.factor[entity][rows[entity]]
    return (rows["lot"] < still) & incidents.running(rows, day)
