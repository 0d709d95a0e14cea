"""Traffic fraud: creators with bought clicks that never become orders, or with own orders for the commission."""

import numpy as np

from jobs.simulate import draws, orders, rhythm
from jobs.simulate.attacks import crew as crews
from jobs.simulate.attacks.crew import tool
from jobs.simulate.legitimate import browsing, claims
from jobs.simulate.rows import Rows, take
from jobs.simulate.world import PRODUCTS, SLOTS, World

RISK, ENTITY, OWNER, COMES_BACK = "traffic_fraud", "creator", 20, True
VARIANTS = ("bots", "own_orders", "both")
BOTS, OWN_ORDERS, BOTH = range(3)
COMMISSION = 0.08


def plan(rng: np.random.Generator, world: World) -> Rows:
    """Plan creators: half buy clicks, a third order themselves, the others do both."""
    number = world.roles[ENTITY, RISK]
    mine = crews.assemble(rng, world, number, alone=0.6, mean=3, shortest=16, longest=35)
    count, rings, ring = len(number), mine["ring"].max() + 1, mine["ring"]
    variant = draws.dealt(rng, count, (0.5, 0.32, 0.18))
    slow = np.where(rng.random(count) < 0.2, 0.45, 1.0)
    return mine | {
        "variant": variant, "clicks": np.where(variant != OWN_ORDERS, rng.lognormal(1.8, 0.6, count), 0.0) * slow,
        "orders": np.where(variant != BOTS, rng.lognormal(-0.3, 0.4, count), 0.0) * slow,
        "accounts": draws.members(rng, world.roles["user", "puppets"], ring, 20),
        "farm": draws.members(rng, world.roles["user", "farm"], ring, 100),
        "size": rng.integers(4, 20, rings)[ring], "racks": rng.integers(3, 20, rings)[ring],
        "networks": rng.integers(3, 24, rings)[ring],
        "short": draws.shown(rng, count, 0.7, 0.4, 0.95, 0.15), "rack": draws.shown(rng, count, 0.7, 0.4, 0.95, 0.1),
        "anonymous": rng.uniform(0.1, 0.7, count), "joint": draws.shown(rng, count, 0.5, 0.3, 0.9),
        "device": draws.shown(rng, count, 0.55, 0.3, 0.9, 0.05),
        "payment": draws.shown(rng, count, 0.5, 0.3, 0.9, 0.03),
        "returned": draws.shown(rng, count, 0.7, 0.35, 0.85, 0.1),
    }


def step(rng: np.random.Generator, world: World, mine: Rows, out: dict) -> None:
    """Add today's bought clicks, and orders from controlled accounts."""
    out["clicks"].append(_clicks(rng, world, mine))
    day, era = world.today.day, rhythm.era(world.today.day, world.days)
    one = take(mine, draws.events(rng, mine["orders"] * crews.pace(mine, day) * (1.0, 0.95, 0.85)[era]))
    count = len(one["number"])
    user = one["accounts"][np.arange(count), rng.integers(0, one["size"])]
    partner = world.creators["partners"][one["number"], rng.integers(0, 2, count)]
    seller = np.where(world.today.demand[partner] > 0, partner, draws.weighted(rng, world.today.demand, count))
    own, openly = orders.habits(rng, world, user), (1.0, 0.9, 0.75)[era]
    shared = {name: np.where(draws.happens(rng, one[name] * openly), tool(OWNER, one["kit"], which), own[name])
              for name, which in (("device", 40 + rng.integers(0, 2, count)),
                                  ("payment", 50 + rng.integers(0, 2, count)))}
    placed = orders.place(rng, world, user, seller, creator=one["number"], ip=own["ip"], address=own["address"],
                          **shared, incident=crews.charge(one, day), row=one["at"])
    out["orders"].append(placed | {"loss": (placed["amount"] * COMMISSION).astype(np.int64)})


def _clicks(rng: np.random.Generator, world: World, mine: Rows) -> Rows:
    """Return clicks from racks with many accounts, or from inconspicuous telephones."""
    day, era = world.today.day, rhythm.era(world.today.day, world.days)
    works = rng.random(len(mine["at"])) < 0.85  # a creator does not buy clicks every day
    one = take(mine, draws.events(rng, mine["clicks"] * works * crews.pace(mine, day)))
    count, slot = len(one["number"]), rng.integers(0, 100, len(one["number"]))
    user = np.where(draws.happens(rng, one["anonymous"]), -1, one["farm"][np.arange(count), slot])
    seller = world.creators["partners"][one["number"], rng.integers(0, 5, count)]
    racked, anybody = (draws.happens(rng, one["rack"] * (1.0, 0.9, 0.75)[era]),
                       draws.weighted(rng, world.today.activity, count) * SLOTS)
    together = day * rhythm.DAY + 20_000 + (one["kit"] * 6_007 + day * 90_001) % 60_000 + rng.integers(0, 500, count)
    joint, short = draws.happens(rng, one["joint"]), draws.happens(rng, one["short"] * (1.0, 0.9, 0.75)[era])
    return browsing.click(
        rng, world, user, seller, creator=one["number"],
        device=np.where(racked, tool(OWNER, one["kit"], slot % one["racks"]), anybody),
        ip=np.where(racked, tool(OWNER, one["kit"], 20 + slot * 7 % one["networks"]), anybody),
        time=np.where(joint, together, rhythm.moment(rng, day, count)),
        dwell=np.where(short, rng.integers(80, 1_300, count), browsing.dwell(rng, count, 7.0)),
        product=seller * PRODUCTS + rng.integers(0, PRODUCTS, count), incident=crews.charge(one, day))


def after(rng: np.random.Generator, world: World, crew: Rows, placed: Rows, out: dict) -> None:
    """Add returns of most goods after the commission is paid."""
    back = take(placed, draws.happens(rng, take(crew, placed["row"])["returned"]))
    count = len(back["user"])
    time = back["time"] + (rng.uniform(5, 14, count) * rhythm.DAY).astype(np.int64)
    reason = np.full(count, claims.CHANGED_MIND)
    out["cases"].append(claims.case(back, time, np.full(count, claims.RETURN), reason, rng))
