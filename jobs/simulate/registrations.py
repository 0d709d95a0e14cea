"""Delivered registrations: one per entity, and a further one after a change of the entity."""

import numpy as np

from jobs.simulate import rhythm
from jobs.simulate.rows import Rows, concat, take
from jobs.simulate.seeds import stream
from jobs.simulate.world import ENTITIES, RISKS, World

CHANGED = {"seller": 0.03, "user": 0.03, "creator": 0.02}  # share of entities with a second registration
MOVED = 0.12  # share of attackers who change their region at an era's start
SETTLED = 21  # days between the deliveries: a late copy of the first arrives a week before the second
PHONE, PAYOUT, REGION = range(3)


def plan(world: World) -> Rows:
    """Return the second registrations: entity, number, day, changed column."""
    rng, parts = stream(world.seed, "registrations"), []
    for position, name in enumerate(ENTITIES):
        who = np.flatnonzero(rng.random(len(world.of(name)["weight"])) < CHANGED[name])
        attackers = np.concatenate([world.roles[name, risk] for risk in RISKS[name]])
        moved = attackers[rng.random(len(attackers)) < MOVED]
        eras = np.array([round(share * world.days) for share in rhythm.ERAS])
        first = np.maximum(world.of(name)["registered"][who] // rhythm.DAY, 0) + SETTLED
        what = np.where(rng.random(len(who)) < 0.3, REGION, {"seller": PAYOUT, "user": PHONE, "creator": REGION}[name])
        for number, day, fact in ((who, first + rng.integers(0, world.days, len(who)), what),
                                  (moved, rng.choice(eras, len(moved)), np.full(len(moved), REGION))):
            parts.append({"entity": np.full(len(number), position), "number": number, "day": day, "what": fact})
    return concat(parts)


def of_day(world: World, changes: Rows, entity: str, day: int) -> Rows:
    """Return the registrations of today: new ones, changed ones, and on the first day all older ones."""
    table = world.of(entity)
    registered = table["registered"] // rhythm.DAY
    fresh = np.flatnonzero((registered == day) | ((registered < 0) & (day == 0)))
    delivered_before = registered[changes["number"] % len(registered)] + SETTLED <= day
    due = take(changes, (changes["entity"] == ENTITIES.index(entity)) & (changes["day"] == day) & delivered_before)
    _change(world, table, due)
    number = np.concatenate([fresh, np.unique(due["number"])])
    return take(table, number) | {"number": number, "time": table["registered"][number]}


def registered_on(table: Rows, number: np.ndarray, day: int) -> np.ndarray:
    """Return whether each of an entity's numbers is registered on the day."""
    return table["registered"][number] // rhythm.DAY == day


def _change(world: World, table: Rows, due: Rows) -> None:
    for what, column, step in ((PHONE, "phone", 3_000_000), (PAYOUT, "payout", 3_000_000), (REGION, "region", 1)):
        who = due["number"][due["what"] == what]
        if len(who):
            table[column][who] = (table[column][who] + step) % (6 if what == REGION else 2**40)
