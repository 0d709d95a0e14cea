"""Buyers who claim that goods came broken or never, and keep them: alone, or hopping between the accounts of a group."""

import numpy as np

from jobs.simulate import draws, orders, rhythm
from jobs.simulate.attacks.crew import assemble, tool
from jobs.simulate.honest import claims
from jobs.simulate.rows import Rows, take
from jobs.simulate.world import World

RISK, ENTITY, OWNER, COMES_BACK = "refund_abuse", "user", 18, True
VARIANTS = ("alone", "hoppers", "slow")
GROUP_PHOTOS = 90_000_000_000  # numbers of photos that a group shows again and again begin here


def plan(rng: np.random.Generator, world: World) -> Rows:
    """In a group the accounts take turns: each is used for about a week, then rests."""
    number = world.roles[ENTITY, RISK]
    mine = assemble(rng, world, number, alone=0.45, mean=5, shortest=16, longest=35)
    count, rings = len(number), mine["ring"].max() + 1
    slow, group = rng.random(count) < 0.25, np.bincount(mine["ring"])[mine["ring"]] > 1
    world.users["registered"][number] = np.minimum(world.users["registered"][number],
                                                   -rng.integers(5, 500, count) * rhythm.DAY)
    shared = {name: np.where(group, draws.shown(rng, rings, 0.65, 0.25, 0.85, 0.03)[mine["ring"]], 0.0)
              for name in ("device", "address", "payment")}
    return mine | shared | {
        "variant": np.where(slow, 2, group.astype(int)), "rate": np.where(slow, 0.12, rng.uniform(0.15, 0.4, count)),
        "claims": np.where(slow, 0.55, rng.uniform(0.45, 0.9, count)), "photo": draws.shown(rng, count, 0.55, 0.3, 0.9, 0.05),
        "not_received": draws.shown(rng, count, 0.65, 0.4, 0.9, 0.1), "begin": mine["start"] - rng.integers(0, 12, count),
        "hops": np.where(group, rng.random(rings)[mine["ring"]] < 0.6, False),
    }


def step(rng: np.random.Generator, world: World, mine: Rows, out: dict) -> None:
    """Today's orders that a claim will follow; a claim or two are tried before the campaign."""
    day, era = world.today.day, rhythm.era(world.today.day, world.days)
    turn = (mine["at"] + day // 6) % 3 == 0
    pace = np.where(day < mine["start"], 0.35, np.where(mine["hops"], np.where(turn, 2.0, 0.3), 1.0))
    row = draws.events(rng, mine["rate"] * pace * (1.0, 0.9, 0.75)[era])
    one, count = take(mine, row), len(row)
    favourite = world.favourites[one["number"], rng.integers(0, 6, count)]
    open_now = (world.today.demand[favourite] > 0) & (rng.random(count) < 0.3)
    seller = np.where(open_now, favourite, draws.weighted(rng, world.today.demand, count))
    own, hidden = orders.habits(rng, world, one["number"]), (1.0, 0.8, 0.55)[era]
    shared = {name: np.where(draws.happens(rng, one[name] * hidden), tool(OWNER, one["kit"], which), own[name])
              for name, which in (("device", rng.integers(0, 2, count)), ("address", 20 + rng.integers(0, 2, count)),
                                  ("payment", 30 + rng.integers(0, 2, count)))}
    out["orders"].append(orders.place(rng, world, one["number"], seller, ip=own["ip"], **shared,
                                      incident=np.where(day >= one["start"], one["incident"], -1), row=one["at"]))


def after(rng: np.random.Generator, world: World, crew: Rows, placed: Rows, out: dict) -> None:
    """Claims in bad faith days after the delivery, some with a photo that was shown before."""
    one = take(crew, placed["row"])
    claimed = draws.happens(rng, one["claims"])
    about, one = take(placed, claimed), take(one, claimed)
    count = len(about["user"])
    time = about["time"] + ((4 + 8 * rng.beta(1.5, 2, count)) * rhythm.DAY).astype(np.int64)
    old = GROUP_PHOTOS + one["kit"] * 16 + rng.integers(0, 2, count)
    fresh = np.where(rng.random(count) < 0.6, claims.PHOTOS + about["number"], -1)
    evidence = np.where(draws.happens(rng, one["photo"]), old, fresh)
    reason = np.where(draws.happens(rng, one["not_received"]), claims.NOT_RECEIVED,
                      np.where(rng.random(count) < 0.7, claims.DAMAGED, claims.NOT_AS_DESCRIBED))
    kind = np.where(rng.random(count) < 0.8, claims.REFUND, claims.DISPUTE)
    fault = np.where(rng.random(count) < 0.35, 0, rng.integers(1, 5, count))
    out["cases"].append(claims.case(about, time, kind, reason, rng, evidence=evidence, fault=fault,
                                    loss=about["amount"]))
