"""Refund abuse: false claims of broken or missing goods, by one account or by a group's accounts in turn."""

import numpy as np

from jobs.simulate import draws, orders, rhythm
from jobs.simulate.attacks import crew as crews
from jobs.simulate.attacks.crew import tool
from jobs.simulate.legitimate import claims
from jobs.simulate.rows import Rows, take
from jobs.simulate.world import FAVOURITES, World

RISK, ENTITY, OWNER, COMES_BACK = "refund_abuse", "user", 18, True
VARIANTS = ("alone", "hoppers", "slow")
TURN = 6  # days that a group uses some of its accounts before it changes to the next ones


def plan(rng: np.random.Generator, world: World) -> Rows:
    """Plan abusers. Accounts of a group take turns: each is active for about a week, then pauses."""
    number = world.roles[ENTITY, RISK]
    mine = crews.assemble(rng, world, number, alone=0.4, mean=5, shortest=16, longest=35)
    count, rings, ring = len(number), mine["ring"].max() + 1, mine["ring"]
    slow, group = rng.random(count) < 0.2, crews.has_company(ring)
    older = -rng.integers(5, 500, count) * rhythm.DAY
    world.register(ENTITY, number, np.minimum(world.users["registered"][number], older))
    shared = {name: np.where(group, draws.shown(rng, rings, 0.7, 0.35, 0.9, 0.03)[ring], 0.0)
              for name in ("device", "address", "payment")}
    return mine | shared | {
        "variant": np.where(slow, 2, group.astype(int)), "rate": np.where(slow, 0.25, rng.uniform(0.5, 1.1, count)),
        "claims": np.where(slow, 0.6, rng.uniform(0.65, 0.95, count)),
        "photo": draws.shown(rng, count, 0.7, 0.4, 0.9, 0.05),
        "not_received": draws.shown(rng, count, 0.7, 0.4, 0.9, 0.1),
        "begin": mine["start"] - rng.integers(2, 13, count), "hops": group & (rng.random(rings)[ring] < 0.6),
    }


def step(rng: np.random.Generator, world: World, mine: Rows, out: dict) -> None:
    """Add today's orders with later claims; some are trials before the incident."""
    day, era = world.today.day, rhythm.era(world.today.day, world.days)
    turn = (mine["at"] + day // TURN) % 3 == 0
    pace = crews.pace(mine, day) * np.where(mine["hops"], np.where(turn, 2.0, 0.4), 1.0)
    one = take(mine, draws.events(rng, mine["rate"] * pace * (1.0, 0.95, 0.85)[era]))
    count = len(one["number"])
    favourite = world.favourites[one["number"], rng.integers(0, FAVOURITES, count)]
    usual = (world.today.demand[favourite] > 0) & (rng.random(count) < 0.3)
    seller = np.where(usual, favourite, draws.weighted(rng, world.today.demand, count))
    own, openly = orders.habits(rng, world, one["number"]), (1.0, 0.9, 0.7)[era]
    shared = {name: np.where(draws.happens(rng, one[name] * openly), tool(OWNER, one["kit"], which), own[name])
              for name, which in (("device", rng.integers(0, 2, count)), ("address", 20 + rng.integers(0, 2, count)),
                                  ("payment", 30 + rng.integers(0, 2, count)))}
    out["orders"].append(orders.place(rng, world, one["number"], seller, ip=own["ip"], **shared,
                                      incident=crews.charge(one, day), row=one["at"]))


def after(rng: np.random.Generator, world: World, crew: Rows, placed: Rows, out: dict) -> None:
    """Add false claims some days after delivery, some with a repeated photo."""
    one = take(crew, placed["row"])
    claimed = draws.happens(rng, one["claims"])
    about, one = take(placed, claimed), take(one, claimed)
    count = len(about["user"])
    time = about["time"] + ((3 + 7 * rng.beta(1.5, 2, count)) * rhythm.DAY).astype(np.int64)
    old = claims.GROUP_PHOTOS + one["kit"] * 16 + rng.integers(0, 2, count)
    fresh = np.where(rng.random(count) < 0.6, claims.PHOTOS + about["number"], -1)
    evidence = np.where(draws.happens(rng, one["photo"]), old, fresh)
    broken = np.where(rng.random(count) < 0.7, claims.DAMAGED, claims.NOT_AS_DESCRIBED)
    reason = np.where(draws.happens(rng, one["not_received"]), claims.NOT_RECEIVED, broken)
    kind = np.where(rng.random(count) < 0.8, claims.REFUND, claims.DISPUTE)
    out["cases"].append(claims.case(about, time, kind, reason, rng, evidence=evidence, chance=rng.random(count),
                                    other=rng.integers(1, 5, count), loss=about["amount"]))
