"""Fake orders, parcels and reviews: circles of paid buyers who work for one seller, or for a broker of several."""

import numpy as np

from jobs.simulate import draws, orders, rhythm, texts
from jobs.simulate.attacks.crew import assemble, tool
from jobs.simulate.honest import browsing, opinions
from jobs.simulate.rows import Rows, take
from jobs.simulate.world import World

RISK, ENTITY, OWNER, COMES_BACK = "brushing", "seller", 11, True
VARIANTS = ("own_circle", "broker", "slow")


def plan(rng: np.random.Generator, world: World) -> Rows:
    """Every mark is shown by a part of the sellers only; a quarter goes slowly and shows all of them faintly."""
    mine = assemble(rng, world, world.roles[ENTITY, RISK], alone=0.5, mean=3, shortest=14, longest=35)
    count = len(mine["number"])
    slow = rng.random(count) < 0.25
    mine["variant"] = np.where(slow, 2, (np.bincount(mine["ring"])[mine["ring"]] > 1).astype(int))
    faint = np.where(slow, 0.45, 1.0)
    world.sellers["weight"][mine["number"]] = rng.lognormal(-0.1, 0.9, count) + 0.1
    return mine | {
        "circle": draws.members(rng, world.honest["user"], mine["ring"], 45),
        "size": rng.integers(14, 45, mine["ring"].max() + 1)[mine["ring"]],
        "rate": rng.lognormal(-0.1, 0.5, count) * np.where(slow, 0.5, 1.0),
        "light": draws.shown(rng, count, 0.65, 0.4, 0.95, 0.05) * faint,
        "reuse": draws.shown(rng, count, 0.5, 0.2, 0.7) * faint,
        "reviewed": rng.uniform(0.3, 0.9, count) * np.where(slow, 0.7, 1.0),
        "copied": draws.shown(rng, count, 0.7, 0.4, 0.95, 0.1) * faint,
        "limit": draws.shown(rng, count, 0.55, 0.3, 0.9) * faint,
        "phones": draws.shown(rng, count, 0.35, 0.2, 0.7) * faint,
    }


def step(rng: np.random.Generator, world: World, mine: Rows, out: dict) -> None:
    """Today's fake orders, and the few clicks that are made to look like interest."""
    era = rhythm.era(world.today.day, world.days)
    row = draws.events(rng, mine["rate"] * (1.0, 1.0, 0.75)[era])
    one, count = take(mine, row), len(row)
    user = one["circle"][np.arange(count), rng.integers(0, one["size"])]
    shared = draws.happens(rng, one["phones"])
    own = orders.habits(rng, world, user)
    limit = orders.LIMITS[one["ring"] % 2] * (1 + 0.05 * rng.random(count))
    at_limit = draws.happens(rng, one["limit"])
    usual = world.sellers["base_price"][one["number"]] * rng.lognormal(-0.1, 0.4, count)
    grams = _grams(rng, world, one, era)
    reused = draws.happens(rng, one["reuse"] * (1.0, 0.8, 0.4)[era])
    tracking = ids_of_slips(one, world.today.day, rng.integers(0, 2, count))
    placed = orders.place(
        rng, world, user, one["number"], full=np.where(at_limit, limit, usual).astype(np.int64).clip(300),
        coupon=np.where(at_limit, 0.9, 0.3), quantity=np.ones(count, np.int64), listing=_few(rng, one),
        device=np.where(shared, tool(OWNER, one["kit"], rng.integers(0, 5, count)), own["device"]),
        grams=grams, tracking=np.where(reused, tracking, -1), incident=one["incident"], row=one["at"])
    out["orders"].append(placed | {"loss": placed["discount"]})
    look = take(placed, rng.random(count) < 0.6)
    out["clicks"].append(browsing.click(
        rng, world, look["user"], look["seller"], product=look["product"], device=look["device"], ip=look["ip"],
        time=np.maximum(look["time"] - rng.integers(10, 120, len(look["time"])), world.today.day * rhythm.DAY),
        dwell=browsing.dwell(rng, len(look["time"]), 6.0), incident=look["incident"]))


def ids_of_slips(one: Rows, day: int, which: np.ndarray) -> np.ndarray:
    """A slip of paper with a tracking number serves several fake parcels, for about five days."""
    return (1 << 47) + one["kit"] * 4_096 + day // 5 * 2 + which


def _grams(rng: np.random.Generator, world: World, one: Rows, era: int) -> np.ndarray:
    # Empty letters at first; later something is put in.
    letter = (rng.lognormal(np.log((14, 30, 70)[era]), 0.5, len(one["number"]))).astype(np.int64).clip(3)
    return np.where(draws.happens(rng, one["light"]), letter, -1)


def _few(rng: np.random.Generator, one: Rows) -> np.ndarray:
    # The listings that are to climb.
    return (one["number"] * 7 + rng.integers(0, 4, len(one["number"]))) % 24


def after(rng: np.random.Generator, world: World, crew: Rows, placed: Rows, out: dict) -> None:
    """Five stars, soon, empty or in words that were used before."""
    one = take(crew, placed["row"])
    told = draws.happens(rng, one["reviewed"])
    about, one = take(placed, told), take(one, told)
    count, era = len(one["number"]), rhythm.era(world.today.day, world.days)
    copied = draws.happens(rng, one["copied"] * (1.0, 0.9, 0.6)[era])
    words = texts.template("copied", one["kit"] * 3 + rng.integers(0, 2, count), rng.integers(0, 3, count))
    plain = np.where(rng.random(count) < 0.3, 0, texts.write(rng, "liked", count, 0.7))
    time = about["time"] + (rng.uniform(1.5, 7, count) * rhythm.DAY).astype(np.int64)
    out["reviews"].append(opinions.review(about, time, np.where(rng.random(count) < 0.92, 5, 4),
                                          np.where(copied, np.where(rng.random(count) < 0.25, 0, words), plain)))
