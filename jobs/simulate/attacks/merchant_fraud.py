"""Merchant fraud: sleeper shops that sell cheaply and reliably at first, then take payments and send little."""

import numpy as np

from jobs.simulate import draws, orders, rhythm, texts
from jobs.simulate.attacks import crew as crews
from jobs.simulate.legitimate import claims, reviews
from jobs.simulate.rows import Rows, take
from jobs.simulate.world import Today, World

RISK, ENTITY, OWNER, COMES_BACK = "merchant_fraud", "seller", 13, True
VARIANTS = ("young", "turned", "slow")


def plan(rng: np.random.Generator, world: World) -> Rows:
    """Plan fraudulent shops: half new, half old (bought or turned); a quarter withholds only some goods."""
    mine = crews.assemble(rng, world, world.roles[ENTITY, RISK], alone=0.8, mean=3, shortest=14, longest=28)
    count, number = len(mine["number"]), mine["number"]
    slow, young = rng.random(count) < 0.2, rng.random(count) < 0.5
    age = np.where(young, rng.integers(18, 60, count), rng.integers(70, 700, count))
    world.register(ENTITY, number, (mine["start"] - age) * rhythm.DAY + 36_000)
    world.sellers["weight"][number] = rng.lognormal(0.3, 0.8, count) + 0.2
    _share_payouts(rng, world, mine)
    lead = rng.integers(6, 22, count)
    loud = (rng.random(count) < 0.85) & ~slow
    return mine | {
        "variant": np.where(slow, 2, np.where(young, 0, 1)), "begin": mine["start"] - lead, "lead": lead,
        "rate": rng.lognormal(1.2, 0.4, count) * np.where(loud, 1.0, 0.15),
        "cut": np.where(loud, rng.uniform(0.1, 0.45, count), 0),
        "coupon": np.where(loud, rng.uniform(0, 0.4, count), 0),
        "sent": np.where(slow, rng.uniform(0.45, 0.75, count), rng.uniform(0.05, 0.4, count)),
        "phantom": draws.shown(rng, count, 0.6, 0.2, 0.9),
    }


def _share_payouts(rng: np.random.Generator, world: World, mine: Rows) -> None:
    # Most members of a ring have the payout account of its first member.
    rings, first = np.unique(mine["ring"], return_index=True)
    account = mine["number"][first][np.searchsorted(rings, mine["ring"])]
    shares = crews.has_company(mine["ring"]) & (rng.random(len(account)) < 0.6)
    payout = world.sellers["payout"]
    payout[mine["number"]] = np.where(shares, account, payout[mine["number"]])


def bend(today: Today, mine: Rows) -> None:
    """Set low prices and coupons from the first day of the ramp; after it the shop is abandoned."""
    open_now = (mine["begin"] <= today.day) & (mine["end"] >= today.day)
    number = mine["number"][open_now]
    today.price[number] *= 1 - mine["cut"][open_now]
    today.coupons[number] += mine["coupon"][open_now]
    today.demand[mine["number"][mine["end"] < today.day]] *= 0.05


def step(rng: np.random.Generator, world: World, mine: Rows, out: dict) -> None:
    """Add orders of buyers attracted by low prices, more over the ramp."""
    risen = ((world.today.day - mine["begin"] + 1) / mine["lead"]).clip(0, 1)
    row = draws.events(rng, mine["rate"] * risen)
    user = draws.weighted(rng, world.today.activity, len(row))
    out["orders"].append(orders.place(rng, world, user, mine["number"][row], honest=True))


def assign_orders(rng: np.random.Generator, world: World, crew: Rows, placed: Rows) -> np.ndarray:
    """Return the fraudulent orders: most orders within the incident are never sent, or have only a fake shipment."""
    row = np.full(len(world.sellers["weight"]), -1)
    day = world.today.day
    now = (crew["start"] <= day) & (crew["end"] >= day)
    row[crew["number"][now]] = np.flatnonzero(now)
    at = row[placed["seller"]]
    one = take(crew, at.clip(0))
    kept = (at >= 0) & (placed["row"] < 0) & (rng.random(len(at)) >= one["sent"])
    phantom = draws.happens(rng, one["phantom"])
    placed["fate"] = np.where(kept, np.where(phantom, orders.NEVER_DELIVERED, orders.NEVER_SENT), placed["fate"])
    placed["incident"] = np.where(kept, one["incident"], placed["incident"])
    placed["row"], placed["silent"] = np.where(kept, at, placed["row"]), np.where(kept, 1, placed["silent"])
    placed["loss"] = np.where(kept, placed["amount"], placed["loss"])
    return kept


def after(rng: np.random.Generator, world: World, crew: Rows, placed: Rows, out: dict) -> None:
    """Add complaints 5 to 20 days after orders that were never sent, by about 65% of buyers, a few with a text."""
    angry = take(placed, rng.random(len(placed["user"])) < 0.65)
    count = len(angry["user"])
    time = angry["time"] + ((5 + 15 * rng.beta(1.0, 2.5, count)) * rhythm.DAY).astype(np.int64)
    kind = np.where(rng.random(count) < 0.5, claims.DISPUTE, claims.REFUND)
    reason = np.where(rng.random(count) < 0.8, claims.NOT_RECEIVED, claims.LATE)
    out["cases"].append(claims.case(angry, time, kind, reason, rng, evidence=np.full(count, -1),
                                    chance=rng.random(count)))
    writers = take(angry, (rng.random(count) < 0.15) & (angry["user"] >= 0))
    wait = (rng.uniform(6, 16, len(writers["user"])) * rhythm.DAY).astype(np.int64)
    words = texts.write(rng, "disliked", len(writers["user"]), 0.4)
    out["reviews"].append(reviews.review(writers, writers["time"] + wait, np.ones(len(words), np.int64), words))
