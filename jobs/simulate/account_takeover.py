"""Accounts in the wrong hands: a new device, small orders to try the card, then dear goods sent elsewhere."""

import numpy as np
import pandas as pd

from jobs.simulate import cases, lookalikes, orders
from jobs.simulate.rhythm import DAY
from jobs.simulate.world import SLOTS, Market

RISK = "account_integrity"
FIRST_DAY = 7
TRIED_FIRST = 0.9  # share that begins with small orders; the others spend at once
CALLED_OFF = 0.4  # share of the small orders that is cancelled once the card was accepted
PATIENCE = 12  # days between the first small order and the spending, at most


def plan(rng: np.random.Generator, market: Market, free: np.ndarray) -> pd.DataFrame:
    """Choose the accounts, out of those that are old enough, and the days of the spending."""
    old = free[market.users["registered"].to_numpy()[free] < -20 * DAY]
    number = rng.choice(old, market.size.takeovers, replace=False)
    start = rng.integers(FIRST_DAY, market.days - 2, len(number))
    spans = lookalikes.episodes("user", number, start, rng.integers(2, 7, len(number)), market.days)
    return spans.assign(risk=RISK)


def purchases(rng: np.random.Generator, market: Market, incidents: pd.DataFrame) -> pd.DataFrame:
    """What the intruders order: small things while they try; what they spend is marked with the incident."""
    mine = incidents[incidents["risk"] == RISK]
    tried = np.where(rng.random(len(mine)) < TRIED_FIRST, rng.integers(2, 5, len(mine)), 0)
    lead = rng.integers(6, PATIENCE + 1, len(mine))
    trial = np.repeat(np.arange(len(mine)), tried)
    start, end = mine["start"].to_numpy(), mine["end"].to_numpy()
    trial_day = (start[trial] - rng.integers(1, lead[trial] + 1)).clip(0)
    spending = np.repeat(np.arange(len(mine)), rng.integers(2, 6, len(mine)))
    spending_day = rng.integers(start[spending], end[spending] + 1)
    who, day = np.concatenate([trial, spending]), np.concatenate([trial_day, spending_day])
    seller = np.concatenate([orders.unfamiliar_sellers(rng, market, trial_day, dear=False),
                             orders.unfamiliar_sellers(rng, market, spending_day, dear=True)])
    bought = orders.place(rng, market, day, mine["number"].to_numpy()[who], seller)
    spends = np.arange(len(who)) >= len(trial)
    bought["incident"] = np.where(spends, mine.index.to_numpy()[who], -1)
    bought["called_off"] = ~spends & (rng.random(len(who)) < CALLED_OFF)
    return _from_elsewhere(rng, market, bought, who, spends, start)


def _from_elsewhere(rng: np.random.Generator, market: Market, bought: pd.DataFrame, who: np.ndarray,
                    spends: np.ndarray, start: np.ndarray) -> pd.DataFrame:
    count = len(start)
    # Intruders use a machine for a few accounts each; some sit behind the owner's own device.
    stranger = (market.size.users + _machines(rng, start)) * SLOTS
    remote = (rng.random(count) < 0.85)[who]
    elsewhere = ((rng.random(count) < 0.65)[who] | spends) & (rng.random(count) < 0.85)[who]
    other_card = (rng.random(count) < 0.6)[who]
    slot = stranger[who]
    return bought.assign(
        device=np.where(remote, slot, bought["device"]), ip=np.where(remote, slot, bought["ip"]),
        address=np.where(elsewhere, slot + 1, bought["address"]),
        payment=np.where(other_card, slot + 2, bought["payment"]))


def _machines(rng: np.random.Generator, start: np.ndarray) -> np.ndarray:
    # One machine serves some three accounts, of about the same days.
    place = np.argsort(np.argsort(start + rng.uniform(0, 6, len(start))))
    return np.where(rng.random(len(start)) < 0.7, place // 3, len(start) + place)


def disputes(rng: np.random.Generator, bought: pd.DataFrame, incidents: pd.DataFrame) -> pd.DataFrame:
    """The owner reads the statement 2 to 12 days later and disputes most of it."""
    taken = incidents.index[incidents["risk"] == RISK]
    row = np.flatnonzero(bought["incident"].isin(taken) & (rng.random(len(bought)) < 0.75))
    wait = (2 + 10 * rng.beta(1.3, 2.5, len(row))) * DAY
    reason = np.where(rng.random(len(row)) < 0.85, cases.UNAUTHORISED, cases.NOT_RECEIVED)
    return cases.open_cases(bought, row, bought["time"].to_numpy()[row] + wait,
                            np.full(len(row), cases.DISPUTE), reason, np.full(len(row), -1))


def cancellations(rng: np.random.Generator, bought: pd.DataFrame) -> pd.DataFrame:
    """Small orders called off within hours of the card being accepted."""
    row = np.flatnonzero(bought["called_off"].to_numpy())
    wait = rng.integers(300, DAY // 3, len(row))
    return cases.open_cases(bought, row, bought["time"].to_numpy()[row] + wait,
                            np.full(len(row), cases.CANCELLATION), np.full(len(row), cases.CHANGED_MIND),
                            np.full(len(row), -1))
