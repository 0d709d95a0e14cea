"""Honest clicks: before an order, without an order, through creators, and after an advertisement."""

import numpy as np

from jobs.simulate import honest_lookalikes, rhythm
from jobs.simulate.draws import events, happens, weighted
from jobs.simulate.rows import Rows, concat
from jobs.simulate.world import PRODUCTS, SLOTS, World

ANONYMOUS = 0.2  # clicks without a login
BEFORE_ORDER = 1.1  # clicks on a product before its order


def clicks(rng: np.random.Generator, world: World, placed: Rows, odd: Rows) -> Rows:
    """Return the honest clicks of today; `placed` are today's honest orders."""
    expected = world.size.clicks * world.today.volume
    return concat([_before(rng, placed), _passing(rng, world, int(expected * 0.33)),
                   _through_creators(rng, world, odd, int(expected * 0.17)), _advertised(rng, world, odd)])


def click(rng: np.random.Generator, world: World, person: np.ndarray, seller: np.ndarray, **given: np.ndarray) -> Rows:
    """Return today's clicks of a person at home, with dwell in milliseconds. `given` columns replace drawn ones."""
    count = len(seller)
    drawn = {
        "time": rhythm.moment(rng, world.today.day, count), "user": person,
        "device": person * SLOTS, "ip": world.users["home"][person] * SLOTS, "seller": seller,
        "product": seller * PRODUCTS + (rng.beta(0.8, 2.2, count) * PRODUCTS).astype(np.int64),
        "creator": np.full(count, -1), "dwell": dwell(rng, count), "incident": np.full(count, -1),
    }
    return drawn | given


def dwell(rng: np.random.Generator, count: int, seconds: float = 14.0) -> np.ndarray:
    """Draw dwell times in milliseconds: a long tail, and one in six very short by accident."""
    milliseconds = rng.lognormal(np.log(seconds * 1000), 1.1, count)
    slip = rng.random(count) < 0.16
    return np.where(slip, rng.uniform(100, 1_500, count), milliseconds).astype(np.int64).clip(0, 1_800_000)


def _before(rng: np.random.Generator, placed: Rows) -> Rows:
    row = events(rng, np.full(len(placed["user"]), BEFORE_ORDER))
    earlier = placed["time"][row] - rng.integers(20, 2_400, len(row))
    midnight = placed["time"][row] // rhythm.DAY * rhythm.DAY
    return {"time": np.maximum(earlier, midnight),
            **{name: placed[name][row] for name in ("user", "device", "ip", "seller", "product", "creator")},
            "dwell": dwell(rng, len(row), 30.0), "incident": np.full(len(row), -1)}


def _passing(rng: np.random.Generator, world: World, mean: int) -> Rows:
    count = rng.poisson(mean)
    user, seller = weighted(rng, world.today.activity, count), weighted(rng, world.today.demand, count)
    # A mobile phone shares its network with thousands of other phones.
    mobile = rng.random(count) < 0.3
    ip = np.where(mobile, rng.integers(0, 60, count) * SLOTS + 6, world.users["home"][user] * SLOTS)
    anonymous = rng.random(count) < ANONYMOUS
    device = np.where(world.today.day >= world.users["switch_day"][user], 2, 0) + user * SLOTS
    return click(rng, world, user, seller, device=device, ip=ip, user=np.where(anonymous, -1, user))


def _through_creators(rng: np.random.Generator, world: World, odd: Rows, mean: int) -> Rows:
    """Return clicks of followers. A viral week brings many clicks without orders; a show brings clicks at one time."""
    about, count = world.creators, rng.poisson(mean)
    creator = weighted(rng, world.today.following, count)
    seller = about["partners"][creator, rng.integers(0, 5, count)]
    user = weighted(rng, world.today.activity, count)
    shows = np.zeros(len(about["weight"]))
    show = honest_lookalikes.on(odd, "live_show", world.today.day)
    shows[show["number"]] = 0.7
    time = rhythm.moment(rng, world.today.day, count)
    at_once = happens(rng, shows[creator])
    begins = world.today.day * rhythm.DAY + 68_000 + creator % 12 * 600
    time = np.where(at_once, begins + rng.integers(0, 1_500, count), time)
    viral = np.zeros(len(about["weight"]), bool)
    viral[honest_lookalikes.on(odd, "viral", world.today.day)["number"]] = True
    look = dwell(rng, count, 9.0) * about["dwell"][creator] * np.where(viral[creator], 0.35, 1.0)
    anonymous = rng.random(count) < 0.35
    return click(rng, world, user, seller, creator=creator, time=time, dwell=look.astype(np.int64),
                 user=np.where(anonymous, -1, user))


def _advertised(rng: np.random.Generator, world: World, odd: Rows) -> Rows:
    """Return clicks of an advertisement: many short ones on one listing, some from few networks, with few orders."""
    shown = honest_lookalikes.on(odd, "advertising", world.today.day)
    row = events(rng, shown["strength"])
    seller, count = shown["number"][row], len(row)
    user = weighted(rng, world.today.activity, count)
    mobile = rng.random(count) < 0.5
    return click(rng, world, user, seller, user=np.where(rng.random(count) < 0.4, -1, user),
                 ip=np.where(mobile, (seller % 20 + rng.integers(0, 3, count)) * SLOTS + 6,
                             world.users["home"][user] * SLOTS),
                 product=seller * PRODUCTS + seller % 5, dwell=dwell(rng, count, 3.0))
