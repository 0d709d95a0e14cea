"""Creators with bought engagement (racks that click and never buy), or who order from themselves for the commission."""

import numpy as np

from jobs.simulate import draws, orders, rhythm
from jobs.simulate.attacks.crew import assemble, tool
from jobs.simulate.honest import browsing, claims
from jobs.simulate.rows import Rows, take
from jobs.simulate.world import PRODUCTS, World

RISK, ENTITY, OWNER, COMES_BACK = "traffic_fraud", "creator", 20, True
VARIANTS = ("bots", "own_orders", "both")
COMMISSION = 0.08
PER_CLICK = 4  # minor units


def plan(rng: np.random.Generator, world: World) -> Rows:
    """Half buy clicks, a third orders for themselves, the others do both."""
    number = world.roles[ENTITY, RISK]
    mine = assemble(rng, world, number, alone=0.6, mean=3, shortest=14, longest=35)
    count, rings = len(number), mine["ring"].max() + 1
    variant = rng.choice(3, count, p=[0.5, 0.32, 0.18])
    slow = np.where(rng.random(count) < 0.25, 0.45, 1.0)
    return mine | {
        "variant": variant, "clicks": np.where(variant != 1, rng.lognormal(1.6, 0.6, count), 0.0) * slow,
        "orders": np.where(variant != 0, rng.lognormal(-0.5, 0.4, count), 0.0) * slow,
        "accounts": draws.members(rng, world.roles["user", "puppets"], mine["ring"], 20),
        "farm": draws.members(rng, world.roles["user", "farm"], mine["ring"], 100),
        "size": rng.integers(4, 20, rings)[mine["ring"]], "racks": rng.integers(3, 20, rings)[mine["ring"]],
        "short": draws.shown(rng, count, 0.7, 0.4, 0.95, 0.15), "rack": draws.shown(rng, count, 0.7, 0.4, 0.95, 0.1),
        "anonymous": rng.uniform(0.1, 0.7, count), "joint": draws.shown(rng, count, 0.5, 0.3, 0.9),
        "device": draws.shown(rng, count, 0.55, 0.3, 0.9, 0.05), "payment": draws.shown(rng, count, 0.5, 0.3, 0.9, 0.03),
        "returned": draws.shown(rng, count, 0.7, 0.35, 0.85, 0.1),
    }


def step(rng: np.random.Generator, world: World, mine: Rows, out: dict) -> None:
    """Today's bought clicks, and the orders from accounts at hand."""
    _clicks(rng, world, mine, out)
    era = rhythm.era(world.today.day, world.days)
    row = draws.events(rng, mine["orders"] * (1.0, 0.9, 0.75)[era])
    one, count = take(mine, row), len(row)
    user = one["accounts"][np.arange(count), rng.integers(0, one["size"])]
    partner = world.creators["partners"][one["number"], rng.integers(0, 2, count)]
    seller = np.where(world.today.demand[partner] > 0, partner, draws.weighted(rng, world.today.demand, count))
    own, hidden = orders.habits(rng, world, user), (1.0, 0.8, 0.6)[era]
    shared = {name: np.where(draws.happens(rng, one[name] * hidden), tool(OWNER, one["kit"], which), own[name])
              for name, which in (("device", 40 + rng.integers(0, 2, count)), ("payment", 50 + rng.integers(0, 2, count)))}
    placed = orders.place(rng, world, user, seller, creator=one["number"], ip=own["ip"], address=own["address"], **shared,
                          incident=one["incident"], row=one["at"])
    out["orders"].append(placed | {"loss": (placed["amount"] * COMMISSION).astype(np.int64)})


def _clicks(rng: np.random.Generator, world: World, mine: Rows, out: dict) -> None:
    day, era = world.today.day, rhythm.era(world.today.day, world.days)
    row = draws.events(rng, mine["clicks"] * (rng.random(len(mine["at"])) < 0.85))
    one, count = take(mine, row), len(row)
    slot = rng.integers(0, 100, count)
    user = one["farm"][np.arange(count), slot]
    seller = world.creators["partners"][one["number"], rng.integers(0, 5, count)]
    racked, anonymous = draws.happens(rng, one["rack"] * (1.0, 0.85, 0.6)[era]), draws.happens(rng, one["anonymous"])
    stranger = tool(OWNER, one["kit"], slot % one["racks"])
    usual = draws.weighted(rng, world.today.activity, count) * 8
    burst = day * rhythm.DAY + 20_000 + (one["kit"] * 6_007 + day * 90_001) % 60_000 + rng.integers(0, 500, count)
    joint, short = draws.happens(rng, one["joint"]), draws.happens(rng, one["short"] * (1.0, 0.85, 0.6)[era])
    out["clicks"].append(browsing.click(
        rng, world, np.where(anonymous, -1, user), seller, creator=one["number"],
        device=np.where(racked, stranger, usual), ip=np.where(racked, tool(OWNER, one["kit"], 60 + slot % 3), usual),
        time=np.where(joint, burst, rhythm.moment(rng, day, count)),
        dwell=np.where(short, rng.integers(80, 1_500, count), browsing.dwell(rng, count, 7.0)),
        product=seller * PRODUCTS + rng.integers(0, PRODUCTS, count), incident=one["incident"]))


def after(rng: np.random.Generator, world: World, crew: Rows, placed: Rows, out: dict) -> None:
    """Most of it goes back once the commission is paid."""
    back = take(placed, draws.happens(rng, take(crew, placed["row"])["returned"]))
    count = len(back["user"])
    time = back["time"] + (rng.uniform(5, 14, count) * rhythm.DAY).astype(np.int64)
    out["cases"].append(claims.case(back, time, np.full(count, claims.RETURN), np.full(count, claims.CHANGED_MIND), rng))
