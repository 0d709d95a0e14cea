"""Incentive abuse in groups: referrals of own accounts, many coupons to one address, cash back on returned goods."""

import numpy as np

from jobs.simulate import draws, orders, rhythm
from jobs.simulate.attacks import crew as crews
from jobs.simulate.attacks.crew import tool
from jobs.simulate.legitimate import claims, grants
from jobs.simulate.rows import Rows, take
from jobs.simulate.world import SLOTS, World

RISK, ENTITY, OWNER, COMES_BACK = "incentive_abuse", "user", 17, True
VARIANTS = ("referral", "stacking", "cashback")
REFERRAL, STACKING, CASHBACK = range(3)


def plan(rng: np.random.Generator, world: World) -> Rows:
    """Plan rings of about six, each of one variant. The first of a referral ring invites the others at registration."""
    number = world.roles[ENTITY, RISK]
    mine = crews.assemble(rng, world, number, alone=0.1, mean=6, shortest=16, longest=35, jitter=3)
    count, rings = len(number), mine["ring"].max() + 1
    variant = draws.dealt(rng, rings, (0.4, 0.35, 0.25))[mine["ring"]]
    slow, ring = (rng.random(rings) < 0.2)[mine["ring"]], mine["ring"]
    mine |= {
        "variant": variant, "lead": _leaders(mine), "rate": np.where(slow, 0.3, rng.uniform(0.55, 1.15, count)),
        "device": draws.shown(rng, rings, 0.7, 0.35, 0.9, 0.05)[ring],
        "coupon": np.select([variant == STACKING, variant == REFERRAL], [rng.uniform(0.65, 0.98, count), 0.45], 0.3),
        "address": draws.shown(rng, rings, 0.65, 0.35, 0.95, 0.05)[ring],
        "payment": draws.shown(rng, rings, 0.5, 0.3, 0.9, 0.02)[ring],
        "returns": np.where(variant == CASHBACK, rng.uniform(0.45, 0.9, count), 0.08),
        "limit": draws.shown(rng, count, 0.6, 0.4, 0.95),
    }
    _register(rng, world, mine)
    return mine


def _leaders(mine: Rows) -> np.ndarray:
    # The first member of each ring.
    rings, first = np.unique(mine["ring"], return_index=True)
    return mine["number"][first][np.searchsorted(rings, mine["ring"])]


def _register(rng: np.random.Generator, world: World, mine: Rows) -> None:
    """Register the invited accounts within two weeks around the start, some on the ring's devices."""
    number, users, count = mine["number"], world.users, len(mine["number"])
    invited = (mine["variant"] == REFERRAL) & (mine["lead"] != number)
    begun = (mine["start"] + rng.random(count) * 12 - 6) * rhythm.DAY
    older = np.minimum(users["registered"][number], (mine["start"] - 12) * rhythm.DAY)
    world.register(ENTITY, number, np.where(invited, begun, older).astype(np.int64))
    users["referrer"][number] = np.where(invited, mine["lead"], users["referrer"][number])
    shares = invited & draws.happens(rng, mine["device"])
    users["device"][number] = np.where(shares, tool(OWNER, mine["kit"], number % 3), number * SLOTS)
    users["weight"][number] *= np.where(invited, 0.05, 1.0)


def step(rng: np.random.Generator, world: World, mine: Rows, out: dict) -> None:
    """Add today's orders of the rings: cheap, with a coupon, from shared devices and to shared addresses."""
    day, era = world.today.day, rhythm.era(world.today.day, world.days)
    there = world.users["registered"][mine["number"]] < day * rhythm.DAY
    one = take(mine, draws.events(rng, there * mine["rate"] * crews.pace(mine, day) * (1.0, 0.95, 0.85)[era]))
    count = len(one["number"])
    seller = draws.weighted(rng, world.today.demand, count)
    own = orders.habits(rng, world, one["number"])
    limit = orders.LIMITS[rng.integers(0, 2, count)] * (1 + 0.012 * rng.random(count))
    usual = world.sellers["base_price"][seller] * rng.lognormal(-0.2, 0.5, count)
    at_limit = draws.happens(rng, one["limit"]) & (one["variant"] == STACKING)
    full = np.select([at_limit, one["variant"] == CASHBACK], [limit, usual * 2], usual)
    placed = orders.place(rng, world, one["number"], seller, coupon=one["coupon"], ip=own["ip"],
                          **_shared(rng, one, own, (1.0, 0.9, 0.75)[era]), full=full.astype(np.int64).clip(300),
                          incident=crews.charge(one, day), row=one["at"])
    out["orders"].append(placed | {"loss": placed["discount"]})


def _shared(rng: np.random.Generator, one: Rows, own: Rows, openly: float) -> Rows:
    """Return device, address and card, which are the ring's if the ring shares them."""
    count = len(one["number"])
    return {name: np.where(draws.happens(rng, one[name] * openly), tool(OWNER, one["kit"], which), own[name])
            for name, which in (("device", rng.integers(0, 3, count)), ("address", 20 + rng.integers(0, 2, count)),
                                ("payment", 30 + rng.integers(0, 2, count)))}


def after(rng: np.random.Generator, world: World, crew: Rows, placed: Rows, out: dict) -> None:
    """Add rewards for early orders of invited accounts, cash back, and later returns."""
    one = take(crew, placed["row"])
    young = world.today.day * rhythm.DAY - world.users["registered"][one["number"]] < 15 * rhythm.DAY
    first = (one["variant"] == REFERRAL) & (one["lead"] != one["number"]) & young & (rng.random(len(young)) < 0.6)
    bonus = take(placed | {"user": one["lead"]}, first)
    reward = np.full(first.sum(), grants.REWARD)
    out["grants"].append(grants.grant(bonus, grants.REFERRAL, reward, take(placed, first)["user"]))
    back = take(placed, (one["variant"] == CASHBACK) & (rng.random(len(first)) < 0.75))
    out["grants"].append(grants.grant(back, grants.CASHBACK, (back["amount"] * grants.BACK * 1.6).astype(np.int64)))
    returned = take(placed, draws.happens(rng, one["returns"]))
    count = len(returned["user"])
    time = returned["time"] + (rng.uniform(4, 11, count) * rhythm.DAY).astype(np.int64)
    reason = np.where(rng.random(count) < 0.6, claims.CHANGED_MIND, claims.WRONG_SIZE)
    out["cases"].append(claims.case(returned, time, np.full(count, claims.RETURN), reason, rng))
