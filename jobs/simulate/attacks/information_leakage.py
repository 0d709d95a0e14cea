"""Information leakage: an operator, or an app of several shops, reads too many orders; then buyers get calls."""

import numpy as np

from jobs.simulate import draws, honest_lookalikes, rhythm, texts
from jobs.simulate.attacks import crew as crews
from jobs.simulate.legitimate import claims, staff
from jobs.simulate.rows import Rows, concat, count, take
from jobs.simulate.world import World

RISK, ENTITY, OWNER, COMES_BACK = "information_leakage", "seller", 14, True
VARIANTS = ("insider", "app", "slow")


def plan(rng: np.random.Generator, world: World) -> Rows:
    """Plan leaks at large shops. A slow leak reads few orders at a time, but often."""
    mine = crews.assemble(rng, world, world.roles[ENTITY, RISK], alone=0.6, mean=4, shortest=16, longest=35)
    n = len(mine["number"])
    slow = rng.random(n) < 0.2
    ring = crews.has_company(mine["ring"])
    world.sellers["weight"][mine["number"]] = rng.lognormal(0.8, 0.7, n) + 0.4
    return mine | {
        "variant": np.where(slow, 2, ring.astype(int)), "rate": np.where(slow, 1.4, rng.uniform(0.4, 1.0, n)),
        "reads": np.where(slow, rng.uniform(2, 6, n), rng.uniform(6, 40, n)),
        "night": draws.shown(rng, n, 0.75, 0.5, 0.95, 0.1), "export": draws.shown(rng, n, 0.75, 0.5, 0.9, 0.08),
        "stranger": rng.random(n) < 0.6, "app": np.where(ring & (rng.random(n) < 0.8), staff.BASE + mine["ring"], -1),
        "called": draws.shown(rng, n, 0.8, 0.04, 0.13, 0.01),
    }


def step(rng: np.random.Generator, world: World, mine: Rows, out: dict) -> None:
    """Add today's excess reads, and complaints of buyers of the last two weeks."""
    era = rhythm.era(world.today.day, world.days)
    day = world.today.day
    one = take(mine, draws.events(rng, mine["rate"] * crews.pace(mine, day)))
    n = count(one)
    recent = world.recent[one["number"]] + 2
    read = recent * one["reads"] * rng.uniform(0.5, 1.6, n) * (1.0, 0.8, 0.55)[era]
    night = draws.happens(rng, one["night"] * (1.0, 0.9, 0.6)[era])
    usual = staff.access(rng, world, one["number"], read)
    out["accesses"].append(usual | {
        "operator": np.where(one["stranger"], one["number"] * staff.OPERATORS + 6, usual["operator"]),
        "time": np.where(night, rhythm.at_night(rng, day, n), usual["time"]), "app": one["app"],
        "exported": draws.happens(rng, one["export"]), "incident": crews.charge(one, day)})
    active = take(mine, day >= mine["start"] + 3)
    if count(active):
        out["cases"].append(victims(rng, world, active["number"], active["called"], active["incident"]))


def victims(rng: np.random.Generator, world: World, seller: np.ndarray, chance: np.ndarray,
            incident: np.ndarray) -> Rows:
    """Return cases of buyers with calls about their orders; `chance` is per order, over its two weeks."""
    past = concat(world.ledger[-16:-2] or world.ledger[:1])
    row = np.full(len(world.sellers["weight"]), -1)
    row[seller] = np.arange(len(seller))
    at = row[past["seller"]]
    called = (at >= 0) & (rng.random(count(past)) < np.append(chance, 0)[at] / 14)
    about, at = take(past, called), at[called]
    n = len(at)
    time = world.today.day * rhythm.DAY + rng.integers(28_000, 80_000, n)
    words = np.where(rng.random(n) < 0.8, texts.write(rng, "leaked", n), texts.write(rng, "wary", n))
    loss = np.where(rng.random(n) < 0.4, 15_000, 0)
    return claims.case(about, time, np.full(n, claims.DISPUTE), np.full(n, claims.PRIVACY), rng,
                       claim=np.where(loss > 0, about["amount"], 0), text=words, evidence=np.full(n, -1),
                       incident=incident[at], loss=loss)


def elsewhere(rng: np.random.Generator, world: World, odd: Rows) -> Rows:
    """Return equal complaints without the shop's fault: a carrier or an address broker leaked."""
    wave = honest_lookalikes.on(odd, "scam_wave", world.today.day)
    return victims(rng, world, wave["number"], wave["strength"], np.full(len(wave["number"]), -1))
