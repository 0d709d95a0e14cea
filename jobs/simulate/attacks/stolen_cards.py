"""Stolen cards: a small order first, as a test of the card, then expensive goods to a drop address.

This attack plants orders and no attackers. The thief orders as a guest or through a controlled account, until the card
is blocked. Therefore this attack has other functions, and no verdict on an entity ends it:

plan(rng, world) -> one row per stolen card.
step(rng, world, cards) -> today's orders, each with the paying `card`.
"""

import numpy as np

from jobs.simulate import draws, ids, orders, rhythm
from jobs.simulate.attacks.account_takeover import unfamiliar
from jobs.simulate.attacks.crew import FIRST_DAY, tool
from jobs.simulate.rows import Rows, count, take
from jobs.simulate.world import SLOTS, World

RISK, ENTITY, OWNER = "payment_fraud", "order", 30
VARIANTS = ("tested", "at_once", "slow")
SHARES = (0.5, 0.3, 0.2)
KNOWN_HERE = 0.6  # share of cards with owners who buy here before and after the theft


def plan(rng: np.random.Generator, world: World) -> Rows:
    """Plan cards by ring, in use for a day, a few days, or, in the slow variant, up to two weeks."""
    size = max(len(VARIANTS), round(world.size.stolen_cards * (world.days - FIRST_DAY)))
    ring = draws.rings(rng, size, alone=0.3, mean=9)
    start = draws.starts(rng, ring, FIRST_DAY, world.days, jitter=4)
    variant = draws.dealt(rng, size, SHARES)
    length = np.choose(variant, [rng.integers(2, 4, size), np.ones(size, int), rng.integers(6, 15, size)])
    owners = world.honest["user"][world.users["registered"][world.honest["user"]] < 0]
    owner = rng.choice(owners, size)
    return {
        "card": np.arange(size), "ring": ring, "variant": variant, "start": start,
        "end": np.minimum(start + length - 1, world.days - 1), "owner": owner,
        "payment": np.where(rng.random(size) < KNOWN_HERE, owner * SLOTS, ids.thing(OWNER, np.arange(size))),
        "account": np.where(rng.random(size) < 0.3, -1, rng.choice(world.roles["user", "puppets"], size)),
        "hour": rng.integers(0, 80_000, size), "own_device": rng.random(size) < 0.35,
        "near_home": rng.random(size) < 0.3,
    }


def step(rng: np.random.Generator, world: World, cards: Rows) -> Rows:
    """Return today's orders: small ones on a tested card's first day, then expensive ones; slow cards look honest."""
    day = world.today.day
    mine = take(cards, (cards["start"] <= day) & (cards["end"] >= day))
    first, tested, slow = mine["start"] == day, mine["variant"] == 0, mine["variant"] == 2
    tries = draws.events(rng, np.where(tested & first, 1.6, 0.0))
    buys = draws.events(rng, np.select([tested & first, tested, slow], [0.6, 1.6, 0.4], 3.2))
    row = np.concatenate([tries, buys])
    one, small, size = take(mine, row), np.arange(len(row)) < len(tries), len(row)
    slow = one["variant"] == 2
    seller = np.select([small, slow], [unfamiliar(rng, world, size, dear=False),
                                       draws.weighted(rng, world.today.demand, size)],
                       unfamiliar(rng, world, size, dear=True))
    placed = orders.place(rng, world, one["account"], seller, payment=one["payment"], **_where(rng, world, one),
                          quantity=np.where(small | slow, 1, rng.geometric(0.7, size).clip(1, 4)))
    begun = day * rhythm.DAY + (one["hour"] + (day - one["start"]) * 7_919) % 80_000
    at_once = begun + np.where(small, rng.integers(0, 900, size), rng.integers(900, 6_000, size))
    return placed | {"time": np.where(slow, placed["time"], at_once), "card": one["card"],
                     "loss": placed["amount"], "incident": np.full(size, -1)}


def _where(rng: np.random.Generator, world: World, one: Rows) -> Rows:
    """Return the ring's device, network and address, more of them over time; some orders imitate the owner."""
    size, hands = count(one), (2, 4, 8)[rhythm.era(world.today.day, world.days)]
    hand = rng.integers(0, hands, size)
    device = np.where(one["own_device"], ids.thing(OWNER + 1, one["card"]), tool(OWNER, one["ring"], hand))
    network = np.where(rng.random(size) < 0.5, tool(OWNER, one["ring"], 10 + hand), ids.thing(OWNER + 1, one["card"]))
    drop = tool(OWNER, one["ring"], 20 + rng.integers(0, 3, size))
    return {"device": device, "ip": network,
            "address": np.where(one["near_home"], world.users["home"][one["owner"]] * SLOTS, drop)}
