"""Honest incentives: coupons, referral rewards, cash back on some orders."""

import numpy as np

from jobs.simulate import honest_lookalikes, rhythm
from jobs.simulate.rows import Rows, concat, take
from jobs.simulate.world import World

KINDS = ("coupon", "referral", "cashback")
COUPON, REFERRAL, CASHBACK = range(3)
REWARD = 800  # referral reward, minor units
BACK = 0.05  # cash back as a share of the amount


def of_orders(rng: np.random.Generator, placed: Rows) -> Rows:
    """Return coupons and cash back of orders by honest people and attackers; flash discounts are no grant."""
    known = placed["user"] >= 0
    coupon = take(placed, known & (placed["discount"] > 0) & (placed["campaign"] >= 1_000))
    back = take(placed, known & (rng.random(len(known)) < 0.12) & (placed["amount"] > 1_000))
    later = np.minimum(back["time"] + 60, (back["time"] // rhythm.DAY + 1) * rhythm.DAY - 1)
    return concat([grant(coupon, COUPON, coupon["discount"]),
                   grant(back | {"time": later}, CASHBACK, (back["amount"] * BACK).astype(np.int64))])


def grant(placed: Rows, kind: int, amount: np.ndarray, invitee: np.ndarray | None = None) -> Rows:
    """Return grants to the buyers of orders, at the time of the orders."""
    count = len(placed["user"])
    return {"time": placed["time"], "user": placed["user"], "campaign": placed["campaign"],
            "kind": np.full(count, kind), "amount": amount, "order": placed["number"],
            "invitee": np.full(count, -1) if invitee is None else invitee, "incident": placed["incident"],
            "lot": placed["lot"]}


def invitations(rng: np.random.Generator, world: World, placed: Rows, odd: Rows) -> Rows:
    """Return referral rewards for early orders of invited users; some honest people invite a whole club."""
    who = np.where(placed["user"] < 0, 0, placed["user"])
    young = (world.today.day * rhythm.DAY - world.users["registered"][who]) < 12 * rhythm.DAY
    referrer = np.where(placed["user"] < 0, -1, world.users["referrer"][who])
    first = take(placed | {"invitee": placed["user"], "by": referrer},
                 young & (referrer >= 0) & (rng.random(len(who)) < 0.5))
    club = honest_lookalikes.on(odd, "inviting", world.today.day)
    chance = club["strength"].sum() / max(1, len(who))
    invited = take(placed, (rng.random(len(who)) < chance) & (placed["user"] >= 0))
    host = np.resize(club["number"], len(invited["user"]))  # members of a club register one after another
    return concat([_reward(first, first["by"], first["invitee"]), _reward(invited, host, invited["user"])])


def _reward(placed: Rows, host: np.ndarray, invitee: np.ndarray) -> Rows:
    return grant(placed | {"user": host}, REFERRAL, np.full(len(host), REWARD), invitee)
