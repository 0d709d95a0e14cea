"""Malicious activity: extortion by bad reviews, hoarding of stock before a sale, buying by script."""

import numpy as np

from jobs.simulate import draws, orders, rhythm, texts
from jobs.simulate.attacks import crew as crews
from jobs.simulate.attacks.crew import tool
from jobs.simulate.legitimate import claims, reviews
from jobs.simulate.rows import Rows, take
from jobs.simulate.world import PRODUCTS, World

RISK, ENTITY, OWNER, COMES_BACK = "malicious_activity", "user", 19, True
VARIANTS = ("extortion", "hoarding", "scripted")
EXTORTION, HOARDING, SCRIPTED = range(3)


def plan(rng: np.random.Generator, world: World) -> Rows:
    """Plan attackers. An extortionist mostly acts alone; hoarders and scripts use several accounts."""
    number = world.roles[ENTITY, RISK]
    mine = crews.assemble(rng, world, number, alone=0.35, mean=5, shortest=16, longest=35)
    count, rings, ring = len(number), mine["ring"].max() + 1, mine["ring"]
    older = -rng.integers(3, 500, count) * rhythm.DAY
    world.register(ENTITY, number, np.minimum(world.users["registered"][number], older))
    variant = draws.dealt(rng, rings, (0.38, 0.28, 0.34))[ring]
    often = np.choose(variant, [rng.uniform(0.5, 1.0, count), rng.uniform(0.4, 0.8, count),
                                rng.uniform(1.0, 2.0, count)])
    return mine | {
        "variant": variant, "rate": often * np.where(rng.random(count) < 0.2, 0.5, 1.0),
        "asks": draws.shown(rng, count, 0.75, 0.35, 0.9, 0.05), "worst": rng.uniform(0.65, 0.95, count),
        "pieces": rng.integers(6, 40, count), "drops": draws.shown(rng, count, 0.8, 0.5, 0.95, 0.15),
        "night": draws.shown(rng, rings, 0.75, 0.5, 0.95, 0.05)[ring],
        "regular": draws.shown(rng, rings, 0.7, 0.5, 0.95, 0.1)[ring],
        "network": draws.shown(rng, rings, 0.75, 0.5, 0.95, 0.03)[ring],
        "same": draws.shown(rng, rings, 0.7, 0.4, 0.95, 0.1)[ring],
    }


def step(rng: np.random.Generator, world: World, mine: Rows, out: dict) -> None:
    """Add today's events. Hoarders act in the three days before a flash sale; the others act every day."""
    day, era = world.today.day, rhythm.era(world.today.day, world.days)
    wakes = 3.5 if world.flash[day + 1:day + 4].any() else 0.5
    pace = np.where(mine["variant"] == HOARDING, wakes, 1.0) * crews.pace(mine, day) * (1.0, 0.95, 0.85)[era]
    row = draws.events(rng, mine["rate"] * pace)
    one, count = take(mine, row), len(row)
    own = orders.habits(rng, world, one["number"])
    seller, listing = _goods(rng, world, one)
    remote = draws.happens(rng, one["network"] * (1.0, 0.9, 0.7)[era]) & (one["variant"] == SCRIPTED)
    many = (one["pieces"] * rng.uniform(0.5, 1.5, count)).astype(np.int64).clip(2)
    placed = orders.place(
        rng, world, one["number"], seller, listing=listing, quantity=np.where(one["variant"] == HOARDING, many, 1),
        ip=np.where(remote, tool(OWNER, one["kit"], rng.integers(0, 3, count)), own["ip"]),
        incident=crews.charge(one, day), row=one["at"])
    placed["time"] = _times(rng, day, one, row, placed["time"])
    out["orders"].append(placed)


def _goods(rng: np.random.Generator, world: World, one: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Draw sellers and listings: one product per ring and fortnight, or small shops that depend on their rating."""
    shops, count = len(world.sellers["weight"]), len(one["number"])
    pick = np.random.default_rng([world.seed, OWNER, world.today.day // 14]).permutation(shops)
    target = pick[one["ring"] % shops]
    stuck = draws.happens(rng, one["same"]) & (one["variant"] != EXTORTION) & (world.today.demand[target] > 0)
    small = draws.weighted(rng, np.sqrt(world.today.demand), count)
    return (np.where(stuck, target, small),
            np.where(stuck, one["ring"] % PRODUCTS, rng.integers(0, PRODUCTS, count)))


def _times(rng: np.random.Generator, day: int, one: Rows, row: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Return times of scripted orders: at night, at equal intervals of whole minutes."""
    script = one["variant"] == SCRIPTED
    night, regular = (script & draws.happens(rng, one[name]) for name in ("night", "regular"))
    nth = np.arange(len(row)) - np.searchsorted(row, row)
    minute = day * rhythm.DAY + 3_600 + one["kit"] * 97 % 5_400 + nth * 1_800 + rng.integers(0, 40, len(row))
    at_night = np.where(regular, minute, rhythm.at_night(rng, day, len(row)))
    by_day = np.where(regular, minute + 9 * 3_600, usual)
    return np.where(night, at_night, by_day).clip(None, (day + 1) * rhythm.DAY - 1)


def after(rng: np.random.Generator, world: World, crew: Rows, placed: Rows, out: dict) -> None:
    """Add one-star reviews with a price for their removal, and cancellations of hoarded pieces; scripts add nothing."""
    one = take(crew, placed["row"])
    bad = (one["variant"] == EXTORTION) & draws.happens(rng, one["worst"])
    _extort(rng, rhythm.era(world.today.day, world.days), take(placed, bad), take(one, bad), out)
    kind = take(placed, (one["variant"] == EXTORTION) & ~bad & (rng.random(len(bad)) < 0.5))  # disguise
    time = kind["time"] + (rng.uniform(3, 9, len(kind["time"])) * rhythm.DAY).astype(np.int64)
    out["reviews"].append(reviews.review(kind, time, np.full(len(time), 5), texts.write(rng, "good", len(time))))
    dropped = take(placed, (one["variant"] == HOARDING) & draws.happens(rng, one["drops"]))
    count = len(dropped["user"])
    time = dropped["time"] + (rng.uniform(0.5, 3, count) * rhythm.DAY).astype(np.int64)
    out["cases"].append(claims.case(dropped, time, np.full(count, claims.CANCELLATION),
                                    np.full(count, claims.CHANGED_MIND), rng, loss=np.full(count, 500)))


def _extort(rng: np.random.Generator, era: int, about: Rows, one: Rows, out: dict) -> None:
    """Write bad reviews, many with a price, less openly in later eras; a third also claim a refund."""
    count = len(about["user"])
    asks = draws.happens(rng, one["asks"] * (1.0, 0.9, 0.75)[era])
    angry, dull = texts.write(rng, "angry", count, 0.3), texts.write(rng, "disliked", count, 0.4)
    plain = np.where(rng.random(count) < 0.5, angry, dull)
    time = about["time"] + (rng.uniform(3, 9, count) * rhythm.DAY).astype(np.int64)
    stars = np.where(rng.random(count) < 0.9, 1, 2)
    words = np.where(asks, texts.write(rng, "extortion", count, 0.25), plain)
    out["reviews"].append(reviews.review(about, time, stars, words))
    claimed = take(about, rng.random(count) < 0.3)
    time = claimed["time"] + (rng.uniform(3, 10, len(claimed["user"])) * rhythm.DAY).astype(np.int64)
    out["cases"].append(claims.case(claimed, time, np.full(len(time), claims.REFUND),
                                    np.full(len(time), claims.NOT_AS_DESCRIBED), rng, loss=claimed["amount"]))
