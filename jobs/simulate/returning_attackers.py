"""Returning attackers: stopped attackers that register again under a new number, some with their old devices."""

import numpy as np

from jobs.simulate import rhythm
from jobs.simulate.actions import Effects
from jobs.simulate.rows import concat
from jobs.simulate.seeds import stream
from jobs.simulate.world import SLOTS, World

KEPT = {"seller": ("category", "region", "base_price", "coupon_share", "trouble", "grams", "handling", "operators"),
        "user": ("region", "returns", "thrift"), "creator": ("partners", "region", "conversion", "circle")}


def register(world: World, effects: Effects, day: int, streams: int = 0) -> None:
    """Register today's returning attackers, and add their new incidents."""
    back = effects.coming.pop(day, [])
    rng = stream(world.seed, "returns", day, 1 + streams)
    for name in dict.fromkeys(name for name, _ in back):
        crew = concat([crew for other, crew in back if other == name])
        before, entity = crew.pop("before"), effects.incidents.attacks[name].ENTITY
        number, table = crew["number"], world.of(entity)
        for column in KEPT[entity]:
            table[column][number] = table[column][before]
        table["registered"][number] = day * rhythm.DAY + rng.integers(30_000, 80_000, len(number))
        old_things = rng.random(len(number)) < 0.45
        if entity == "seller":
            for column in ("payout", "device", "owner"):
                table[column][number] = np.where(old_things, table[column][before], number)
        if entity == "user":
            table["device"][number] = np.where(old_things, table["device"][before], number * SLOTS)
            table["home"][number] = np.where(rng.random(len(number)) < 0.5, table["home"][before], number)
        effects.incidents.add(name, crew, rng)
