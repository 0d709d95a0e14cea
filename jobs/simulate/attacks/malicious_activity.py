"""Harm for gain or sport: bad reviews for money, stock taken off the shelf before a sale, buying by script."""

import numpy as np

from jobs.simulate import draws, orders, rhythm, texts
from jobs.simulate.attacks.crew import assemble, tool
from jobs.simulate.honest import claims, opinions
from jobs.simulate.rows import Rows, take
from jobs.simulate.world import PRODUCTS, World

RISK, ENTITY, OWNER, COMES_BACK = "malicious_activity", "user", 19, True
VARIANTS = ("extortion", "hoarding", "scripted")
EXTORTION, HOARDING, SCRIPTED = range(3)


def plan(rng: np.random.Generator, world: World) -> Rows:
    """Extortion is mostly one person's; hoarding and scripts are run on a handful of accounts."""
    number = world.roles[ENTITY, RISK]
    mine = assemble(rng, world, number, alone=0.35, mean=5, shortest=16, longest=35)
    count, rings = len(number), mine["ring"].max() + 1
    world.users["registered"][number] = np.minimum(world.users["registered"][number],
                                                   -rng.integers(3, 500, count) * rhythm.DAY)
    variant = rng.choice(3, rings, p=[0.38, 0.28, 0.34])[mine["ring"]]
    slow = rng.random(count) < 0.25
    return mine | {
        "variant": variant, "rate": np.choose(variant, [rng.uniform(0.15, 0.35, count), rng.uniform(0.1, 0.3, count),
                                                        rng.uniform(0.3, 0.7, count)]) * np.where(slow, 0.55, 1.0),
        "asks": draws.shown(rng, count, 0.7, 0.3, 0.9, 0.05), "worst": rng.uniform(0.6, 0.95, count),
        "pieces": rng.integers(5, 40, count), "drops": draws.shown(rng, count, 0.8, 0.5, 0.95, 0.15),
        "night": draws.shown(rng, rings, 0.65, 0.5, 0.95, 0.05)[mine["ring"]],
        "regular": draws.shown(rng, rings, 0.7, 0.5, 0.95, 0.1)[mine["ring"]],
        "network": draws.shown(rng, rings, 0.65, 0.4, 0.95, 0.03)[mine["ring"]],
        "same": draws.shown(rng, rings, 0.7, 0.4, 0.95, 0.1)[mine["ring"]],
    }


def step(rng: np.random.Generator, world: World, mine: Rows, out: dict) -> None:
    """Hoarders wake in the three days before a flash sale; the others are at it every day."""
    day, era = world.today.day, rhythm.era(world.today.day, world.days)
    soon = world.flash[day + 1:day + 4].any()
    pace = np.where(mine["variant"] == HOARDING, 3.0 if soon else 0.25, 1.0) * (1.0, 0.9, 0.8)[era]
    row = draws.events(rng, mine["rate"] * pace)
    one, count = take(mine, row), len(row)
    variant = one["variant"]
    target = _target(world, one, day)
    stuck = draws.happens(rng, one["same"]) & (variant != EXTORTION) & (world.today.demand[target] > 0)
    small = draws.weighted(rng, np.sqrt(world.today.demand), count)
    seller = np.where(stuck, target, small)
    own = orders.habits(rng, world, one["number"])
    remote = draws.happens(rng, one["network"] * (1.0, 0.85, 0.6)[era]) & (variant == SCRIPTED)
    pieces = np.where(variant == HOARDING, (one["pieces"] * rng.uniform(0.5, 1.5, count)).astype(np.int64).clip(2), 1)
    placed = orders.place(
        rng, world, one["number"], seller, quantity=pieces,
        listing=np.where(stuck, one["ring"] % PRODUCTS, rng.integers(0, PRODUCTS, count)),
        ip=np.where(remote, tool(OWNER, one["kit"], rng.integers(0, 3, count)), own["ip"]),
        incident=one["incident"], row=one["at"])
    placed["time"] = _times(rng, world, one, row, placed["time"])
    out["orders"].append(placed)


def _target(world: World, one: Rows, day: int) -> np.ndarray:
    # One shop for a ring and a fortnight.
    pick = np.random.default_rng([world.seed, OWNER, day // 14]).permutation(len(world.sellers["weight"]))
    return pick[one["ring"] % len(pick)]


def _times(rng: np.random.Generator, world: World, one: Rows, row: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Scripts buy at night and to the minute: the n-th order of a day one interval after the one before it."""
    script = one["variant"] == SCRIPTED
    night = script & draws.happens(rng, one["night"])
    nth = np.arange(len(row)) - np.searchsorted(row, row)
    minute = world.today.day * rhythm.DAY + 3_600 + (one["kit"] * 97) % 5_400 + nth * 1_800 + rng.integers(0, 40, len(row))
    regular = script & draws.happens(rng, one["regular"])
    at_night = np.where(regular, minute, rhythm.at_night(rng, world.today.day, len(row)))
    by_day = np.where(regular, minute + 9 * 3_600, usual)
    return np.where(night, at_night, by_day).clip(None, (world.today.day + 1) * rhythm.DAY - 1)


def after(rng: np.random.Generator, world: World, crew: Rows, placed: Rows, out: dict) -> None:
    """One star and a price for its removal; hoarded pieces given back; scripts leave nothing."""
    one = take(crew, placed["row"])
    bad = (one["variant"] == EXTORTION) & draws.happens(rng, one["worst"])
    about, asks = take(placed, bad), draws.happens(rng, one["asks"][bad])
    count, era = len(about["user"]), rhythm.era(world.today.day, world.days)
    plain = np.where(rng.random(count) < 0.5, texts.write(rng, "angry", count, 0.3), texts.write(rng, "disliked", count, 0.4))
    asks &= rng.random(count) < (1.0, 0.85, 0.65)[era]
    time = about["time"] + (rng.uniform(3, 9, count) * rhythm.DAY).astype(np.int64)
    out["reviews"].append(opinions.review(about, time, np.where(rng.random(count) < 0.9, 1, 2),
                                          np.where(asks, texts.write(rng, "extortion", count, 0.25), plain)))
    claimed = take(about, rng.random(count) < 0.3)
    wait = (rng.uniform(3, 10, len(claimed["user"])) * rhythm.DAY).astype(np.int64)
    out["cases"].append(claims.case(claimed, claimed["time"] + wait, np.full(len(wait), claims.REFUND),
                                    np.full(len(wait), claims.NOT_AS_DESCRIBED), rng, loss=claimed["amount"]))
    dropped = take(placed, (one["variant"] == HOARDING) & draws.happens(rng, one["drops"]))
    wait = (rng.uniform(0.5, 3, len(dropped["user"])) * rhythm.DAY).astype(np.int64)
    out["cases"].append(claims.case(dropped, dropped["time"] + wait, np.full(len(wait), claims.CANCELLATION),
                                    np.full(len(wait), claims.CHANGED_MIND), rng, loss=np.full(len(wait), 500)))
