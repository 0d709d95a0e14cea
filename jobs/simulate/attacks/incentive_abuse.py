"""Incentives farmed in groups: friends who are oneself, coupons by the dozen to one door, cash back on what is returned."""

import numpy as np

from jobs.simulate import draws, orders, rhythm
from jobs.simulate.attacks.crew import assemble, tool
from jobs.simulate.honest import claims, grants
from jobs.simulate.rows import Rows, take
from jobs.simulate.world import SLOTS, World

RISK, ENTITY, OWNER, COMES_BACK = "incentive_abuse", "user", 17, True
VARIANTS = ("referral", "stacking", "cashback")
REFERRAL, STACKING, CASHBACK = range(3)


def plan(rng: np.random.Generator, world: World) -> Rows:
    """Rings of about six, each of one variant. In a referral ring the first invites the others as they register."""
    number = world.roles[ENTITY, RISK]
    mine = assemble(rng, world, number, alone=0.15, mean=6, shortest=16, longest=35, jitter=3)
    count, rings = len(number), mine["ring"].max() + 1
    variant = rng.choice(3, rings, p=[0.4, 0.35, 0.25])[mine["ring"]]
    lead = _leaders(mine)
    invited = (variant == REFERRAL) & (lead != number)
    begun = mine["start"] * rhythm.DAY + (rng.random(count) * 12 - 6) * rhythm.DAY
    world.users["registered"][number] = np.where(
        invited, begun, np.minimum(world.users["registered"][number], (mine["start"] - 10) * rhythm.DAY)).astype(np.int64)
    world.users["referrer"][number] = np.where(invited, lead, world.users["referrer"][number])
    device = draws.shown(rng, rings, 0.65, 0.3, 0.9, 0.05)[mine["ring"]]
    shares = rng.random(count) < device
    world.users["device"][number] = np.where(invited & shares, tool(OWNER, mine["kit"], number % 3), number * SLOTS)
    world.users["weight"][number] *= np.where(invited, 0.05, 1.0)
    slow = (rng.random(rings) < 0.25)[mine["ring"]]
    return mine | {
        "variant": variant, "lead": lead, "device": device, "rate": np.where(slow, 0.16, rng.uniform(0.25, 0.5, count)),
        "coupon": np.select([variant == STACKING, variant == REFERRAL], [rng.uniform(0.6, 0.98, count), 0.35], 0.25),
        "address": draws.shown(rng, rings, 0.6, 0.3, 0.95, 0.05)[mine["ring"]],
        "payment": draws.shown(rng, rings, 0.5, 0.3, 0.9, 0.02)[mine["ring"]],
        "returns": np.where(variant == CASHBACK, rng.uniform(0.45, 0.9, count), 0.08),
        "limit": draws.shown(rng, count, 0.6, 0.3, 0.9), "begin": np.where(invited, mine["start"] - 6, mine["start"]),
    }


def _leaders(mine: Rows) -> np.ndarray:
    # The first of each ring.
    rings, first = np.unique(mine["ring"], return_index=True)
    return mine["number"][first][np.searchsorted(rings, mine["ring"])]


def step(rng: np.random.Generator, world: World, mine: Rows, out: dict) -> None:
    """Today's orders of the rings: cheap, with a coupon, from and to what the ring shares."""
    day, era = world.today.day, rhythm.era(world.today.day, world.days)
    there = (world.users["registered"][mine["number"]] < day * rhythm.DAY) & (mine["start"] <= day)
    row = draws.events(rng, np.where(there, mine["rate"], 0) * (1.0, 0.9, 0.75)[era])
    one, count = take(mine, row), len(row)
    seller = draws.weighted(rng, world.today.demand, count)
    own, hidden = orders.habits(rng, world, one["number"]), (1.0, 0.8, 0.6)[era]
    limit = orders.LIMITS[rng.integers(0, 2, count)] * (1 + 0.04 * rng.random(count))
    usual = world.sellers["base_price"][seller] * rng.lognormal(-0.2, 0.5, count)
    dear = np.where(one["variant"] == CASHBACK, usual * 2, usual)
    at_limit = draws.happens(rng, one["limit"]) & (one["variant"] == STACKING)
    shared = {name: np.where(draws.happens(rng, one[name] * hidden), tool(OWNER, one["kit"], which), own[name])
              for name, which in (("device", rng.integers(0, 3, count)), ("address", 20 + rng.integers(0, 2, count)),
                                  ("payment", 30 + rng.integers(0, 2, count)))}
    placed = orders.place(rng, world, one["number"], seller, coupon=one["coupon"], ip=own["ip"], **shared,
                          full=np.where(at_limit, limit, dear).astype(np.int64).clip(300), incident=one["incident"],
                          row=one["at"])
    out["orders"].append(placed | {"loss": placed["discount"]})


def after(rng: np.random.Generator, world: World, crew: Rows, placed: Rows, out: dict) -> None:
    """Rewards for early orders of those invited, cash back, and the returns that follow."""
    one = take(crew, placed["row"])
    day = world.today.day
    young = day * rhythm.DAY - world.users["registered"][one["number"]] < 15 * rhythm.DAY
    first = (one["variant"] == REFERRAL) & (one["lead"] != one["number"]) & young & (rng.random(len(young)) < 0.6)
    bonus = take(placed | {"user": one["lead"]}, first)
    out["grants"].append(grants.grant(bonus, grants.REFERRAL, np.full(first.sum(), grants.REWARD),
                                      take(placed, first)["user"]))
    back = take(placed, (one["variant"] == CASHBACK) & (rng.random(len(first)) < 0.75))
    out["grants"].append(grants.grant(back, grants.CASHBACK, (back["amount"] * grants.BACK * 1.6).astype(np.int64)))
    returned = take(placed, draws.happens(rng, one["returns"]))
    count = len(returned["user"])
    time = returned["time"] + (rng.uniform(4, 11, count) * rhythm.DAY).astype(np.int64)
    reason = np.where(rng.random(count) < 0.6, claims.CHANGED_MIND, claims.WRONG_SIZE)
    out["cases"].append(claims.case(returned, time, np.full(count, claims.RETURN), reason, rng))
