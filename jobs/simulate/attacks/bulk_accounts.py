"""Bulk accounts: accounts without a person, registered in batches, idle at first, then with equal behaviour."""

import numpy as np

from jobs.simulate import draws, orders, rhythm
from jobs.simulate.attacks import account_takeover
from jobs.simulate.attacks import crew as crews
from jobs.simulate.attacks.crew import tool
from jobs.simulate.legitimate import browsing, sessions
from jobs.simulate.rows import Rows, take
from jobs.simulate.world import PRODUCTS, SLOTS, World

RISK, ENTITY, OWNER, COMES_BACK = "account_integrity", "user", 16, True
VARIANTS = ("bulk", "slow_bulk")


def plan(rng: np.random.Generator, world: World) -> Rows:
    """Plan batches of about nine. Each batch shares some of: device, network, telephone, minutes of registration."""
    number = world.roles[ENTITY, RISK]
    number = number[int(len(number) * account_takeover.SHARE):]
    mine = crews.assemble(rng, world, number, alone=0.05, mean=9, shortest=16, longest=35, jitter=2)
    count, rings = len(number), mine["ring"].max() + 1
    ripening, slow = rng.integers(1, 14, rings)[mine["ring"]], (rng.random(rings) < 0.3)[mine["ring"]]
    spread = np.where(slow, 3 * rhythm.DAY, 2 * 3_600)
    hour = (rng.integers(0, 20 * 3_600, rings))[mine["ring"]]
    begun = (mine["start"] - ripening) * rhythm.DAY + hour + (rng.random(count) * spread).astype(np.int64)
    world.register(ENTITY, number, np.minimum(begun, mine["start"] * rhythm.DAY + 80_000))
    world.users["weight"][number] = 0.0
    style = {name: (rng.random(rings) < share)[mine["ring"]] & (rng.random(count) < 0.85)
             for name, share in (("one_device", 0.5), ("one_network", 0.65), ("one_phone", 0.3))}
    users = world.users
    users["device"][number] = np.where(style["one_device"], tool(OWNER, mine["kit"], number % 2), number * SLOTS)
    users["ip"][number] = np.where(style["one_network"], tool(OWNER, mine["kit"], 10 + number % 2), number * SLOTS)
    users["phone"][number] = np.where(style["one_phone"], tool(OWNER, mine["kit"], 20 + number % 4), number)
    users["referrer"][number] = -1
    return mine | style | {
        "variant": slow.astype(int), "begin": mine["start"] - ripening,
        "rate": np.where(slow, 0.1, 0.24) * rng.uniform(0.6, 1.4, count), "logs_in": rng.uniform(0.2, 0.8, count),
        "alike": draws.shown(rng, rings, 0.7, 0.4, 0.9, 0.1)[mine["ring"]],
        "one_address": draws.shown(rng, rings, 0.4, 0.3, 0.9)[mine["ring"]],
    }


def step(rng: np.random.Generator, world: World, mine: Rows, out: dict) -> None:
    """Add logins at about one time of the day, and orders of one shop and product per batch and week."""
    day = world.today.day
    mine = mine | {"hour": day * rhythm.DAY + (mine["ring"] * 5_741) % 80_000}
    there = world.users["registered"][mine["number"]] < day * rhythm.DAY
    one = take(mine, draws.happens(rng, mine["logs_in"]) & there)
    out["logins"].append(sessions.login(rng, world, one["number"]) | _where(rng, world, one) | {
        "time": one["hour"] + rng.integers(0, 1_500, len(one["hour"])), "incident": crews.charge(one, day)})
    placed = _orders(rng, world, take(mine, draws.events(rng, np.where(mine["start"] <= day, mine["rate"], 0))))
    out["orders"].append(placed | {"loss": placed["discount"] + 300})
    earlier = np.maximum(placed["time"] - rng.integers(10, 500, len(placed["time"])), day * rhythm.DAY)
    out["clicks"].append(browsing.click(
        rng, world, placed["user"], placed["seller"], device=placed["device"], ip=placed["ip"], time=earlier,
        product=placed["product"], incident=placed["incident"]))


def _orders(rng: np.random.Generator, world: World, one: Rows) -> Rows:
    """Return today's orders: many from the batch's own shop, of one product, to few addresses."""
    count, alike = len(one["number"]), draws.happens(rng, one["alike"])
    pick = np.random.default_rng([world.seed, OWNER, world.today.day // 7]).permutation(len(world.sellers["weight"]))
    shop, other = pick[one["ring"] % len(pick)], draws.weighted(rng, world.today.demand, count)
    own, sent = orders.habits(rng, world, one["number"]), draws.happens(rng, one["one_address"])
    placed = orders.place(
        rng, world, one["number"], np.where(alike & (world.today.demand[shop] > 0), shop, other),
        listing=np.where(alike, one["ring"] % PRODUCTS, rng.integers(0, PRODUCTS, count)), payment=own["payment"],
        address=np.where(sent, tool(OWNER, one["kit"], 30 + rng.integers(0, 2, count)), own["address"]),
        incident=one["incident"], row=one["at"], **_where(rng, world, one))
    placed["time"] = np.where(alike, one["hour"] + rng.integers(600, 4_000, count), placed["time"])
    return placed


def _where(rng: np.random.Generator, world: World, one: Rows) -> Rows:
    """Return the batch's shared device and network, else the account's own; they are shuffled in the last weeks."""
    own, count = one["number"] * SLOTS, len(one["number"])
    alone = rng.random(count) < (0.15, 0.3, 0.5)[rhythm.era(world.today.day, world.days)]
    which = rng.integers(0, 2, count)
    return {"device": np.where(one["one_device"] & ~alone, tool(OWNER, one["kit"], which), own),
            "ip": np.where(one["one_network"] & ~alone, tool(OWNER, one["kit"], 10 + which), own)}
