"""Honest logins: before orders and without orders, mistyped passwords, new phones, moves, locked accounts."""

import numpy as np

from jobs.simulate import honest_lookalikes, rhythm
from jobs.simulate.draws import events, happens, weighted
from jobs.simulate.rows import Rows, concat, take
from jobs.simulate.world import SLOTS, World

CHANGES = ("none", "password", "address", "payout")
NONE, PASSWORD, ADDRESS, PAYOUT = range(4)


def logins(rng: np.random.Generator, world: World, placed: Rows, odd: Rows) -> Rows:
    """Return the honest logins of today; `placed` are today's honest orders."""
    known = take(placed, (placed["user"] >= 0) & (rng.random(len(placed["user"])) < 0.6))
    earlier = known["time"] - rng.integers(60, 3_000, len(known["time"]))
    before = login(rng, world, known["user"], time=np.maximum(earlier, world.today.day * rhythm.DAY),
                   device=known["device"], ip=known["ip"])
    user = weighted(rng, world.today.activity, rng.poisson(world.size.logins * world.today.volume * 0.5))
    passing = login(rng, world, user, change=_changes(rng, len(user)))
    return concat([before, _mistyped(rng, concat([before, passing])), passing, _new_things(rng, world),
                   _locked_out(rng, world, odd)])


def login(rng: np.random.Generator, world: World, user: np.ndarray, **given: np.ndarray) -> Rows:
    """Return today's successful logins without changes. `given` columns replace drawn ones."""
    day, count = world.today.day, len(user)
    moved = np.where(day >= world.users["move_day"][user], 2, 0)
    away = rng.random(count) < 0.15
    return {
        "time": rhythm.moment(rng, day, count), "user": user,
        "device": user * SLOTS + np.where(day >= world.users["switch_day"][user], 2, 0),
        "ip": np.where(away, user * SLOTS + rng.integers(3, SLOTS, count), world.users["home"][user] * SLOTS + moved),
        "succeeded": np.ones(count, bool), "change": np.full(count, NONE), "incident": np.full(count, -1),
    } | given


def _changes(rng: np.random.Generator, count: int) -> np.ndarray:
    return np.searchsorted([0.978, 0.988, 0.998], rng.random(count), side="right")


def _mistyped(rng: np.random.Generator, entered: Rows) -> Rows:
    row = events(rng, np.full(len(entered["user"]), 0.05))
    wrong = take(entered, row)
    midnight = wrong["time"] // rhythm.DAY * rhythm.DAY
    return wrong | {"time": np.maximum(wrong["time"] - rng.integers(5, 60, len(row)), midnight),
                    "succeeded": np.zeros(len(row), bool), "change": np.full(len(row), NONE)}


def _new_things(rng: np.random.Generator, world: World) -> Rows:
    """Return logins on the day of a new phone (one or two failures, half with a new password), and of a move."""
    day, alive = world.today.day, world.today.activity > 0
    phone = np.flatnonzero((world.users["switch_day"] == day) & alive)
    moved = np.flatnonzero((world.users["move_day"] == day) & alive)
    times = rng.integers(1, 4, len(phone))
    row = np.repeat(np.arange(len(phone)), times)
    last = np.cumsum(times) - 1
    succeeded = np.isin(np.arange(len(row)), last)
    change = np.where(succeeded & (rng.random(len(row)) < 0.5), PASSWORD, NONE)
    begun = (day * rhythm.DAY + rng.integers(30_000, 80_000, len(phone)))[row]
    time = begun + (np.arange(len(row)) - (last - times + 1)[row]) * 45
    return concat([login(rng, world, phone[row], succeeded=succeeded, change=change, time=time),
                   login(rng, world, moved, change=np.full(len(moved), ADDRESS))])


def _locked_out(rng: np.random.Generator, world: World, odd: Rows) -> Rows:
    """Return logins of travellers: an unknown device and network, failures, a new password, perhaps a new address."""
    away = honest_lookalikes.on(odd, "locked_out", world.today.day)
    away = take(away, world.today.activity[away["number"]] > 0)
    row = events(rng, away["strength"])
    user, count = away["number"][row], len(row)
    succeeded = rng.random(count) < 0.4
    change = np.where(succeeded & (rng.random(count) < 0.5), rng.choice([PASSWORD, ADDRESS, PASSWORD], count), NONE)
    strange = happens(rng, np.full(count, 0.7))
    return login(rng, world, user, succeeded=succeeded, change=change,
                 device=user * SLOTS + np.where(strange, 5, 0), ip=user * SLOTS + 5)
