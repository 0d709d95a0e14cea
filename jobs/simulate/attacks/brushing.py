"""Brushing: fake orders, parcels and reviews by paid buyers of one seller, or of a broker for several sellers."""

import numpy as np

from jobs.simulate import draws, orders, rhythm, texts
from jobs.simulate.attacks import crew as crews
from jobs.simulate.attacks.crew import tool
from jobs.simulate.legitimate import browsing, reviews
from jobs.simulate.rows import Rows, take
from jobs.simulate.world import PRODUCTS, World

RISK, ENTITY, OWNER, COMES_BACK = "brushing", "seller", 11, True
VARIANTS = ("own_circle", "broker", "slow")
SLIPS = 1 << 47  # the first tracking number that several fake parcels share


def plan(rng: np.random.Generator, world: World) -> Rows:
    """Plan brushing sellers. Each shows only some signs; a quarter are slow and show all signs weakly."""
    mine = crews.assemble(rng, world, world.roles[ENTITY, RISK], alone=0.5, mean=3, shortest=16, longest=35)
    count = len(mine["number"])
    slow = rng.random(count) < 0.2
    mine["variant"] = np.where(slow, 2, crews.has_company(mine["ring"]).astype(int))
    faint = np.where(slow, 0.5, 1.0)
    world.sellers["weight"][mine["number"]] = rng.lognormal(-0.1, 0.9, count) + 0.1
    return mine | {
        "circle": draws.members(rng, world.honest["user"], mine["ring"], 40),
        "size": rng.integers(10, 40, mine["ring"].max() + 1)[mine["ring"]],
        "rate": rng.lognormal(0.95, 0.4, count) * np.where(slow, 0.4, 1.0),
        "light": draws.shown(rng, count, 0.5, 0.3, 0.85, 0.05) * faint,
        "reuse": draws.shown(rng, count, 0.55, 0.25, 0.75) * faint,
        "reviewed": rng.uniform(0.4, 0.95, count) * np.where(slow, 0.7, 1.0),
        "copied": draws.shown(rng, count, 0.7, 0.5, 0.95, 0.1) * faint,
        "limit": draws.shown(rng, count, 0.6, 0.4, 0.95) * faint,
        "phones": draws.shown(rng, count, 0.4, 0.25, 0.75) * faint,
    }


def step(rng: np.random.Generator, world: World, mine: Rows, out: dict) -> None:
    """Add today's fake orders, and a few clicks that simulate interest."""
    day, era = world.today.day, rhythm.era(world.today.day, world.days)
    one = take(mine, draws.events(rng, mine["rate"] * crews.pace(mine, day) * (1.0, 1.0, 0.8)[era]))
    count = len(one["number"])
    user = one["circle"][np.arange(count), rng.integers(0, one["size"])]
    own, shared = orders.habits(rng, world, user), draws.happens(rng, one["phones"])
    full, at_limit = _prices(rng, world, one)
    placed = orders.place(
        rng, world, user, one["number"], full=full, coupon=np.where(at_limit, 0.9, 0.3),
        quantity=np.ones(count, np.int64), listing=(one["number"] * 7 + rng.integers(0, 4, count)) % PRODUCTS,
        device=np.where(shared, tool(OWNER, one["kit"], rng.integers(0, 5, count)), own["device"]),
        incident=crews.charge(one, day), row=one["at"], **_parcel(rng, one, day, era))
    out["orders"].append(placed | {"loss": placed["discount"]})
    look = take(placed, rng.random(count) < 0.6)
    earlier = np.maximum(look["time"] - rng.integers(10, 120, len(look["time"])), day * rhythm.DAY)
    out["clicks"].append(browsing.click(
        rng, world, look["user"], look["seller"], product=look["product"], device=look["device"], ip=look["ip"],
        time=earlier, dwell=browsing.dwell(rng, len(look["time"]), 6.0), incident=look["incident"]))


def _prices(rng: np.random.Generator, world: World, one: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Draw prices before discount, some just above a coupon's minimum, and return which ones are."""
    count, at_limit = len(one["number"]), draws.happens(rng, one["limit"])
    limit = orders.LIMITS[one["ring"] % 2] * (1 + 0.012 * rng.random(count))
    usual = world.sellers["base_price"][one["number"]] * rng.lognormal(-0.1, 0.4, count)
    return np.where(at_limit, limit, usual).astype(np.int64).clip(300), at_limit


def _parcel(rng: np.random.Generator, one: Rows, day: int, era: int) -> Rows:
    """Send empty letters in the first era, heavier ones later; a shared tracking number is used for five days."""
    count = len(one["number"])
    letter = rng.lognormal(np.log((14, 26, 45)[era]), 0.5, count).astype(np.int64).clip(3)
    reused = draws.happens(rng, one["reuse"] * (1.0, 0.85, 0.6)[era])
    slip = SLIPS + one["kit"] * 4_096 + day // 5 * 2 + rng.integers(0, 2, count)
    return {"grams": np.where(draws.happens(rng, one["light"]), letter, -1), "tracking": np.where(reused, slip, -1)}


def after(rng: np.random.Generator, world: World, crew: Rows, placed: Rows, out: dict) -> None:
    """Write early five-star reviews, empty or with repeated words."""
    one = take(crew, placed["row"])
    reviewed = draws.happens(rng, one["reviewed"])
    about, one = take(placed, reviewed), take(one, reviewed)
    count, era = len(one["number"]), rhythm.era(world.today.day, world.days)
    copied = draws.happens(rng, one["copied"] * (1.0, 0.9, 0.7)[era])
    words = texts.template("copied", one["kit"] * 3 + rng.integers(0, 2, count), rng.integers(0, 3, count))
    words = np.where(rng.random(count) < 0.25, 0, words)
    plain = np.where(rng.random(count) < 0.3, 0, texts.write(rng, "liked", count, 0.7))
    time = about["time"] + (rng.uniform(1.5, 7, count) * rhythm.DAY).astype(np.int64)
    stars = np.where(rng.random(count) < 0.92, 5, 4)
    out["reviews"].append(reviews.review(about, time, stars, np.where(copied, words, plain)))
