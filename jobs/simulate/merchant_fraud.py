"""Sleeper shops: sell cheap and well, watch the orders rise, then take the money and send little."""

import numpy as np
import pandas as pd

from jobs.simulate import cases, lookalikes
from jobs.simulate.rhythm import DAY
from jobs.simulate.world import Market

RISK = "merchant_fraud"
FIRST_DAY = 7
YOUNG = 0.5  # share opened for the purpose; the others are old shops, bought or turned


def plan(rng: np.random.Generator, market: Market) -> pd.DataFrame:
    """Choose the shops and their weeks, and bend demand, prices and coupons towards them."""
    sizeable = np.flatnonzero(market.sellers["weight"].to_numpy() > 0.8)
    number = rng.choice(sizeable, market.size.merchant_frauds, replace=False)
    start = rng.integers(FIRST_DAY, market.days - 2, len(number))
    spans = lookalikes.episodes("seller", number, start, rng.integers(14, 29, len(number)), market.days)
    young = rng.random(len(number)) < YOUNG
    market.register("seller", number[young], (start - rng.integers(18, 60, len(number)))[young])
    old = ~young & (market.sellers["registered"].to_numpy()[number] > (start - 30) * DAY)
    market.register("seller", number[old], (start - rng.integers(60, 700, len(number)))[old])
    _share_payouts(rng, market, number)
    _ramp(rng, market, number, spans)
    return spans.assign(risk=RISK)


def _share_payouts(rng: np.random.Generator, market: Market, number: np.ndarray) -> None:
    # One in five is paid into the account of another such shop.
    ring = rng.random(len(number)) < 0.2
    market.sellers.loc[number[ring], "payout"] = rng.choice(number, ring.sum())


def _ramp(rng: np.random.Generator, market: Market, number: np.ndarray, spans: pd.DataFrame) -> None:
    # One in ten does not advertise itself: no growth, no low prices, just goods that never come.
    count, day = len(number), np.arange(market.days)[:, None]
    loud = rng.random(count) < 0.9
    start, lead = spans["start"].to_numpy(), rng.integers(7, 22, count)
    grown = ((day - start + lead) / lead).clip(0, 1) * loud
    market.demand[:, number] *= 1 + grown * rng.uniform(1.0, 4.5, count)
    market.price[:, number] *= 1 - (grown > 0) * rng.uniform(0.15, 0.5, count)
    market.coupons[:, number] += (grown > 0) * rng.uniform(0, 0.4, count)
    market.demand[:, number] *= np.where(day > spans["end"].to_numpy(), 0.02, 1.0)  # the shop is left behind


def mark(rng: np.random.Generator, market: Market, orders: pd.DataFrame,
         incidents: pd.DataFrame) -> np.ndarray:
    """The `incident` of every order: those taken within a shop's incident and never sent are marked."""
    mine = incidents[incidents["risk"] == RISK]
    start, end, row = (np.full(market.size.sellers, fill) for fill in (market.days + 1, -1, -1))
    start[mine["number"]], end[mine["number"]], row[mine["number"]] = mine["start"], mine["end"], mine.index
    sent = np.zeros(market.size.sellers)
    sent[mine["number"]] = rng.uniform(0.05, 0.35, len(mine))
    day, seller = orders["time"].to_numpy() // DAY, orders["seller"].to_numpy()
    kept = (day >= start[seller]) & (day <= end[seller]) & (rng.random(len(orders)) >= sent[seller])
    return np.where(kept & (orders["incident"].to_numpy() < 0), row[seller], orders["incident"])


def complaints(rng: np.random.Generator, orders: pd.DataFrame, incidents: pd.DataFrame) -> pd.DataFrame:
    """Buyers wait 5 to 20 days for what was never sent; then some 70% of them complain."""
    fraud = incidents.index[incidents["risk"] == RISK]
    row = np.flatnonzero(orders["incident"].isin(fraud) & (rng.random(len(orders)) < 0.7))
    wait = (5 + 15 * rng.beta(1.0, 3.0, len(row))) * DAY
    kind = np.where(rng.random(len(row)) < 0.5, cases.DISPUTE, cases.REFUND)
    reason = np.where(rng.random(len(row)) < 0.8, cases.NOT_RECEIVED, cases.LATE)
    return cases.open_cases(orders, row, orders["time"].to_numpy()[row] + wait, kind, reason,
                            np.full(len(row), -1))
