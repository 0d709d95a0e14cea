"""Orders: price, coupon, device, address. `place` makes the orders of honest people and of attackers.

Besides its landed columns an order has columns of the simulation: `incident` (-1: honest), `fate`, `silent` (its buyer
writes no honest review or complaint), `row` (the attacker's position in its crew), and columns that an attacker set
for its parcel.
"""

import numpy as np

from jobs.simulate import rhythm
from jobs.simulate.rows import Rows
from jobs.simulate.world import PRODUCTS, SLOTS, World

SENT, NEVER_SENT, NEVER_DELIVERED = range(3)  # fate
LIMITS = np.array([3_000, 5_000, 10_000])  # minimum amounts of coupons, minor units
SAVINGS = np.array([300, 600, 1_500])  # their discounts, minor units
FLASH_USE = 0.45  # share of a flash day's orders with the sale's discount
COUPON_CAMPAIGN = 1_000  # the first coupon campaign; smaller numbers are flash days


def place(rng: np.random.Generator, world: World, user: np.ndarray, seller: np.ndarray, *, honest: bool = False,
          **given: np.ndarray) -> Rows:
    """Complete today's orders from buyer and seller; money in minor units.

    Args:
        honest: whether buyers use today's coupons, and write honest reviews and complaints.
        given: columns that replace drawn ones. `full` is the price before discount.
    """
    count, today = len(user), world.today
    listing = (rng.beta(0.8, 2.2, count) * PRODUCTS).astype(np.int64)
    listing = given.pop("listing", listing)
    quantity = given.pop("quantity", rng.geometric(0.82, count).clip(1, 8))
    unit = world.sellers["base_price"][seller] * world.factors[seller, listing] * today.price[seller]
    full = given.pop("full", (unit * quantity).round().astype(np.int64).clip(100))
    coupon = given.pop("coupon", today.coupons[seller] * (0.4 + 0.6 * _at(world.users["thrift"], user)))
    full, discount, campaign = discounts(rng, world, full, coupon)
    placed = {
        "time": rhythm.moment(rng, today.day, count), "user": user, "seller": seller,
        "creator": np.full(count, -1), "product": seller * PRODUCTS + listing,
        "category": world.sellers["category"][seller], "quantity": quantity, "full": full, "discount": discount,
        "amount": np.maximum(full - discount, 1), "campaign": campaign, **habits(rng, world, user),
        "incident": np.full(count, -1), "fate": np.full(count, SENT),
        "silent": np.full(count, 0 if honest else 1), "grams": np.full(count, -1), "tracking": np.full(count, -1),
        "loss": np.zeros(count, np.int64), "row": np.full(count, -1),
    }
    return placed | given


def discounts(rng: np.random.Generator, world: World, full: np.ndarray,
              coupon: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return prices, discounts and campaigns. Some people order just above a coupon's minimum."""
    count, today = len(full), world.today
    flash = np.full(count, today.flash) & (rng.random(count) < FLASH_USE)
    used = ~flash & (rng.random(count) < coupon)
    step = np.searchsorted(LIMITS, full, side="right")
    fill = used & (step < len(LIMITS)) & (full > 0.8 * LIMITS[step.clip(0, 2)]) & (rng.random(count) < 0.6)
    full = np.where(fill, LIMITS[step.clip(0, 2)] * (1 + 0.06 * rng.random(count)), full).astype(np.int64)
    level = np.searchsorted(LIMITS, full, side="right") - 1
    share = rng.uniform(0.1, 0.35, count)
    discount = np.select([flash, used & (level >= 0)], [full * share, SAVINGS[level.clip(0)]], 0).astype(np.int64)
    campaign = np.select([flash, discount > 0], [today.day, COUPON_CAMPAIGN + today.day // 7], -1)
    return full, discount, campaign


def habits(rng: np.random.Generator, world: World, user: np.ndarray) -> Rows:
    """Return card, device, network and address of each order, which are slots of the person or of the home.

    Slot 0 is the person's first one, slot 1 the second one (for devices: the household's tablet), slot 2 the one after
    a change within the simulated days. Slots from 3 on are used once, such as a friend's address or a hotel's network.
    """
    who = {name: _at(world.users[name], user) for name in ("home", "tablet", "move_day", "switch_day",
                                                           "second_device", "gifts")}
    chance, count, day = rng.random((4, len(user))), len(user), world.today.day
    moved = np.where(day >= who["move_day"], 2, 0)
    once = rng.integers(3, SLOTS, count)
    owner = np.where(user < 0, rng.integers(0, len(world.users["home"]), count), user)
    return {
        "payment": owner * SLOTS + np.select([chance[0] < 0.07, chance[0] < 0.085], [1, 3], 0),
        "device": np.where(chance[1] < who["second_device"], who["tablet"] * SLOTS + 1,
                           owner * SLOTS + np.where(day >= who["switch_day"], 2, 0)),
        "ip": np.where(chance[2] < 0.7, who["home"] * SLOTS + moved, owner * SLOTS + once),
        "address": np.where(chance[3] < who["gifts"], owner * SLOTS + once, who["home"] * SLOTS + moved),
    }


def _at(column: np.ndarray, number: np.ndarray) -> np.ndarray:
    return column[number]  # -1, a guest, has the habits of the last reserved number
