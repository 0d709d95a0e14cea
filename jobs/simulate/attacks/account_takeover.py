"""Account takeover: failed logins, a new device, changed details, then expensive goods to other addresses."""

import numpy as np

from jobs.simulate import draws, orders, rhythm
from jobs.simulate.attacks.crew import assemble, tool
from jobs.simulate.legitimate import claims, sessions
from jobs.simulate.rows import Rows, take
from jobs.simulate.world import World

RISK, ENTITY, OWNER, COMES_BACK = "account_integrity", "user", 15, False
VARIANTS = ("takeover", "slow_takeover")
SHARE = 0.55  # share of this risk's accounts; the others are bulk accounts


def plan(rng: np.random.Generator, world: World) -> Rows:
    """Plan takeovers of accounts of a minimum age; one intruder attacks a few of them on the same days."""
    number = world.roles[ENTITY, RISK]
    number = number[:int(len(number) * SHARE)]
    mine = assemble(rng, world, number, alone=0.35, mean=4, shortest=6, longest=16, jitter=3)
    count = len(number)
    slow = rng.random(count) < 0.25
    world.users["registered"][number] = np.minimum(world.users["registered"][number],
                                                   -rng.integers(20, 600, count) * rhythm.DAY)
    mine["end"] = np.minimum(mine["end"] + slow * 14, world.days - 1)
    return mine | {
        "variant": slow.astype(int),
        "begin": mine["start"] - np.where(rng.random(count) < 0.55, rng.integers(1, 9, count), 0),
        "tries": draws.shown(rng, count, 0.75, 0.8, 3.0, 0.15), "remote": rng.random(count) < 0.8,
        "change": np.select([(pick := rng.random(count)) < 0.3, pick < 0.55, pick < 0.68],
                            [sessions.ADDRESS, sessions.PASSWORD, sessions.PAYOUT], sessions.NONE),
        "trial": rng.uniform(0, 0.6, count), "spend": np.where(slow, 0.2, rng.uniform(0.3, 0.9, count)),
        "elsewhere": rng.random(count) < 0.75, "other_card": rng.random(count) < 0.5,
    }


def step(rng: np.random.Generator, world: World, mine: Rows, out: dict) -> None:
    """Add failed logins before the first day, entry on the first day, and orders from about the third day."""
    since = world.today.day - mine["start"]
    guess = draws.events(rng, np.where(since <= 0, mine["tries"], 0.25 * mine["tries"]))
    enters = np.where(since < 0, 0, np.where(since == 0, 1.5, 0.5))
    enter = draws.events(rng, enters)
    row = np.concatenate([guess, enter])
    one, entered = take(mine, row), np.arange(len(row)) >= len(guess)
    honest = sessions.login(rng, world, one["number"])
    changing = entered & draws.happens(rng, np.where(since[row] <= 2, 0.6, 0.1))
    out["logins"].append(honest | {
        **{name: np.where(one["remote"], tool(OWNER, one["kit"], which), honest[name])
           for name, which in (("device", _hand(rng, world, len(row))), ("ip", 10 + _hand(rng, world, len(row))))},
        "succeeded": entered, "change": np.where(changing, one["change"], sessions.NONE),
        "incident": np.where(since[row] >= 0, one["incident"], -1)})
    _orders(rng, world, mine, since, out)


def _hand(rng: np.random.Generator, world: World, count: int) -> np.ndarray:
    # In later eras an intruder uses another device for each account and day.
    era = rhythm.era(world.today.day, world.days)
    return rng.integers(0, (1, 2, 4)[era], count)


def _orders(rng: np.random.Generator, world: World, mine: Rows, since: np.ndarray, out: dict) -> None:
    tries = draws.events(rng, np.where((since >= 0) & (since < 4), mine["trial"], 0))
    spends = draws.events(rng, np.where(since >= 2, mine["spend"], 0))
    row = np.concatenate([tries, spends])
    one, spent = take(mine, row), np.arange(len(row)) >= len(tries)
    seller = np.where(spent, unfamiliar(rng, world, len(row), dear=True), unfamiliar(rng, world, len(row), dear=False))
    own = orders.habits(rng, world, one["number"])
    sent_away = one["elsewhere"] & (spent | (rng.random(len(row)) < 0.4))
    placed = orders.place(
        rng, world, one["number"], seller,
        device=np.where(one["remote"], tool(OWNER, one["kit"], _hand(rng, world, len(row))), own["device"]),
        ip=np.where(one["remote"], tool(OWNER, one["kit"], 10 + _hand(rng, world, len(row))), own["ip"]),
        address=np.where(sent_away, tool(OWNER, one["kit"], 20 + rng.integers(0, 3, len(row))), own["address"]),
        payment=np.where(one["other_card"], tool(OWNER, one["kit"], 30 + one["at"] % 20), own["payment"]),
        incident=one["incident"], row=one["at"])
    out["orders"].append(placed | {"loss": np.where(spent, placed["amount"], 0)})


def unfamiliar(rng: np.random.Generator, world: World, count: int, dear: bool) -> np.ndarray:
    """Draw sellers without regard to favourites; `dear` draws from the more expensive third."""
    price = world.sellers["base_price"]
    fits = price >= np.quantile(price, 0.66) if dear else price < np.median(price)
    return draws.weighted(rng, world.today.demand * fits, count)


def after(rng: np.random.Generator, world: World, crew: Rows, placed: Rows, out: dict) -> None:
    """Cancel some small orders after the card was accepted; the owner disputes most other orders."""
    small, chance = placed["loss"] == 0, rng.random(len(placed["user"]))
    tried = take(placed, small & (chance < 0.35))
    out["cases"].append(claims.cancellations(rng, tried, np.ones(len(tried["user"]), bool)))
    seen = take(placed, ~small & (chance < 0.7))
    count = len(seen["user"])
    time = seen["time"] + ((2 + 10 * rng.beta(1.3, 2.5, count)) * rhythm.DAY).astype(np.int64)
    reason = np.where(rng.random(count) < 0.8, claims.UNAUTHORISED, claims.NOT_RECEIVED)
    out["cases"].append(claims.case(seen, time, np.full(count, claims.DISPUTE), reason, rng,
                                    evidence=np.full(count, -1)))
