"""Honest orders: tastes, favourite shops, followed creators, sprees, resellers and bargain hunters."""

import numpy as np

from jobs.simulate import honest_lookalikes, orders
from jobs.simulate.draws import events, happens, weighted
from jobs.simulate.rows import Rows, concat, take
from jobs.simulate.world import FAVOURITES, World

GUESTS = 0.01
LOYALTY = 0.5  # share of orders at a favourite shop
FOLLOWED = 0.07  # share of orders through a creator


def everyday(rng: np.random.Generator, world: World, odd: Rows) -> Rows:
    """Return the honest orders of the day."""
    today = world.today
    count = rng.poisson(world.size.orders * today.volume)
    user, seller = weighted(rng, today.activity, count), weighted(rng, today.demand, count)
    favourite = world.favourites[user, rng.integers(0, FAVOURITES, count)]
    seller = np.where((rng.random(count) < LOYALTY) & (today.demand[favourite] > 0), favourite, seller)
    guest = rng.random(count) < GUESTS
    placed = orders.place(rng, world, np.where(guest, -1, user), seller, honest=True,
                          coupon=_thrift(world, odd, user, seller))
    nights = rng.random(count) < world.users["night"][user]
    placed["time"] = np.where(nights, today.day * 86_400 + rng.integers(0, 5 * 3_600, count), placed["time"])
    return concat([placed, _followed(rng, world), _resold(rng, world, odd)])


def _thrift(world: World, odd: Rows, user: np.ndarray, seller: np.ndarray) -> np.ndarray:
    # Bargain hunters use a coupon on nearly every order for some weeks, honestly.
    keen = np.ones(len(world.users["thrift"]))
    bargains = honest_lookalikes.on(odd, "bargains", world.today.day)
    keen[bargains["number"]] = bargains["strength"]
    return world.today.coupons[seller] * (0.4 + 0.6 * world.users["thrift"][user]) * keen[user]


def _followed(rng: np.random.Generator, world: World) -> Rows:
    """Return orders through a creator; friends of some creators order repeatedly."""
    today, about = world.today, world.creators
    count = rng.poisson(world.size.orders * today.volume * FOLLOWED)
    creator = weighted(rng, today.following * about["conversion"], count)
    friend = about["circle"][creator, rng.integers(0, 12, count)]
    close = happens(rng, about["close"][creator]) & (today.activity[friend] > 0)
    user = np.where(close, friend, weighted(rng, today.activity, count))
    partner = about["partners"][creator, rng.integers(0, 5, count)]
    seller = np.where(today.demand[partner] > 0, partner, weighted(rng, today.demand, count))
    return orders.place(rng, world, user, seller, honest=True, creator=creator)


def _resold(rng: np.random.Generator, world: World, odd: Rows) -> Rows:
    """Return orders of resellers: many pieces, most of all before a sale, and sometimes cancelled."""
    keen = honest_lookalikes.on(odd, "reselling", world.today.day)
    row = events(rng, keen["strength"])
    user = take(keen, row)["number"]
    seller = world.favourites[user, rng.integers(0, 3, len(row))]
    known = world.today.demand[seller] > 0
    pieces = rng.integers(4, 25, known.sum())
    return orders.place(rng, world, user[known], seller[known], honest=True, quantity=pieces)
