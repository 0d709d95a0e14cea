"""Reads of orders by the shops' own staff, night shifts and apps; some apps read all orders repeatedly."""

import numpy as np

from jobs.simulate import honest_lookalikes, rhythm
from jobs.simulate.draws import happens
from jobs.simulate.rows import Rows, concat, take
from jobs.simulate.world import World

OPERATORS = 8  # maximum operators of one shop
BASE = 1_000_000  # the first number of unusual apps


def accesses(rng: np.random.Generator, world: World, recent: np.ndarray, odd: Rows) -> Rows:
    """Return today's reads. `recent` is the number of each shop's orders in the last days (running mean times 3)."""
    shops = world.sellers
    alive = np.flatnonzero(world.today.demand > 0)
    times = rng.integers(0, 3, len(alive)) + (shops["operators"][alive] > 2) + (shops["app"][alive] >= 0)
    seller = np.repeat(alive, times)
    by_app = (shops["app"][seller] >= 0) & (rng.random(len(seller)) < 0.5)
    read = recent[seller] * shops["reads"][seller] * rng.lognormal(-0.3, 0.8, len(seller)) * np.where(by_app, 2.5, 1)
    usual = access(rng, world, seller, read, app=np.where(by_app, shops["app"][seller], -1))
    return concat([usual, _stocktaking(rng, world, recent, odd)])


def access(rng: np.random.Generator, world: World, seller: np.ndarray, read: np.ndarray, **given: np.ndarray) -> Rows:
    """Return today's reads by the shop's staff. `given` columns replace drawn ones."""
    count, day = len(seller), world.today.day
    night = happens(rng, world.sellers["night_staff"][seller])
    by_day = day * rhythm.DAY + rng.integers(25_000, 75_000, count)
    operator = seller * OPERATORS + rng.integers(0, world.sellers["operators"][seller])
    return {
        "time": np.where(night, rhythm.at_night(rng, day, count), by_day),
        "seller": seller, "operator": operator, "app": np.full(count, -1),
        "read": np.floor(read).astype(np.int64).clip(0), "exported": rng.random(count) < 0.07,
        "incident": np.full(count, -1),
    } | given


def _stocktaking(rng: np.random.Generator, world: World, recent: np.ndarray, odd: Rows) -> Rows:
    """Return reads of a new bookkeeper or ERP: weeks of reads and exports, often at night, without harm."""
    count = honest_lookalikes.on(odd, "stocktaking", world.today.day)
    count = take(count, happens(rng, np.full(len(count["number"]), 0.4)) & (world.today.demand[count["number"]] > 0))
    seller, times = count["number"], len(count["number"])
    night = rng.random(times) < 0.5
    rows = access(rng, world, seller, (recent[seller] + 1) * count["strength"] * rng.uniform(0.4, 1.6, times),
                  exported=rng.random(times) < 0.5, operator=seller * OPERATORS + 5)
    rows["time"] = np.where(night, rhythm.at_night(rng, world.today.day, times), rows["time"])
    return rows
