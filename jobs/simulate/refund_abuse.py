"""Buyers, some in small groups, who claim that goods came broken or never, and keep them."""

import numpy as np
import pandas as pd

from jobs.simulate import cases, lookalikes
from jobs.simulate.rhythm import DAY
from jobs.simulate.world import SLOTS, Market

RISK = "refund_abuse"
FIRST_DAY = 7
PROBING = 18  # days before a campaign in which a claim or two are tried


def plan(rng: np.random.Generator, market: Market, free: np.ndarray) -> pd.DataFrame:
    """Choose the buyers, their groups and weeks, and make them order more. `group` is a number."""
    active = free[market.users["weight"].to_numpy()[free] > 0.9]
    active = active[market.users["registered"].to_numpy()[active] < 0]
    number = rng.choice(active, market.size.refund_abusers, replace=False)
    # Most act alone; the others share one of few groups, and with it the weeks.
    alone = rng.random(len(number)) < 0.55
    joined = len(number) + rng.integers(0, len(number) // 6, len(number))
    group = np.where(alone, np.arange(len(number)), joined)
    group_start = rng.integers(FIRST_DAY, market.days - 2, group.max() + 1)
    start = (group_start[group] + rng.integers(-3, 4, len(number))).clip(FIRST_DAY, market.days - 3)
    spans = lookalikes.episodes("user", number, start, rng.integers(14, 36, len(number)), market.days)
    busy = lookalikes.within(spans.assign(start=start - PROBING // 2), market.days)
    market.activity[:, number] *= np.where(busy, rng.uniform(1.5, 4.0, len(number)), 1.0)
    return spans.assign(risk=RISK, group=group)


def mark(rng: np.random.Generator, market: Market, orders: pd.DataFrame,
         incidents: pd.DataFrame) -> np.ndarray:
    """The `incident` of every order: those of a campaign that a claim in bad faith will follow are marked."""
    mine = incidents[incidents["risk"] == RISK]
    start, end, row = (np.full(market.size.users + 1, fill) for fill in (market.days + 1, -1, -1))
    start[mine["number"]], end[mine["number"]], row[mine["number"]] = mine["start"], mine["end"], mine.index
    appetite = np.zeros(market.size.users + 1)
    appetite[mine["number"]] = rng.uniform(0.4, 0.85, len(mine))
    day, user = orders["time"].to_numpy() // DAY, orders["user"].to_numpy()
    campaign = (day >= start[user]) & (day <= end[user])
    probing = (day >= start[user] - PROBING) & (day < start[user])
    claimed = rng.random(len(orders)) < appetite[user] * (campaign + 0.9 * probing)
    return np.where(claimed & (orders["incident"].to_numpy() < 0), row[user], orders["incident"])


def share_things(rng: np.random.Generator, market: Market, orders: pd.DataFrame,
                 incidents: pd.DataFrame) -> pd.DataFrame:
    """Members of a group order now and then from one device or to one address."""
    mine = incidents[incidents["risk"] == RISK]
    group = np.full(market.size.users + 1, -1)
    group[mine["number"]] = mine["group"]
    group = group[orders["user"].to_numpy()]
    grouped = group >= market.size.refund_abusers
    slot = (market.size.users * 2 + group) * SLOTS
    device, address = (grouped & (rng.random(len(orders)) < 0.35) for _ in range(2))
    return orders.assign(device=np.where(device, slot, orders["device"]),
                         address=np.where(address, slot + 1, orders["address"]))


def claims(rng: np.random.Generator, orders: pd.DataFrame, incidents: pd.DataFrame) -> pd.DataFrame:
    """Claims in bad faith, 1 to 6 days after the order, half of them with a photo that was used before."""
    mine = incidents[incidents["risk"] == RISK]
    row = np.flatnonzero(orders["incident"].isin(mine.index))
    group = mine["group"].reindex(orders["incident"].to_numpy()[row]).to_numpy().astype(np.int64)
    wait = (1 + 5 * rng.beta(1.5, 2, len(row))) * DAY
    chance = rng.random((3, len(row)))
    photo = cases.HEAVY_USE * 2 + group * 4 + rng.integers(0, 2, len(row))
    evidence = np.select([chance[0] < 0.5, chance[0] < 0.85], [photo, cases.HEAVY_USE * 3 + row], -1)
    kind = np.where(chance[1] < 0.8, cases.REFUND, cases.DISPUTE)
    reason = np.select([chance[2] < 0.45, chance[2] < 0.85], [cases.NOT_RECEIVED, cases.DAMAGED],
                       cases.NOT_AS_DESCRIBED)
    return cases.open_cases(orders, row, orders["time"].to_numpy()[row] + wait, kind, reason, evidence)
