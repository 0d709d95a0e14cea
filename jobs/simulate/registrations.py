"""Registrations as they are delivered: once each, and again when a fact about the entity has changed."""

import numpy as np
import pandas as pd

from jobs.simulate.rhythm import DAY
from jobs.simulate.world import SLOTS, Market

CHANGED = 0.03  # share of entities delivered a second time
SETTLED = 21  # days between the deliveries: even a late copy of the first is a week past by then


def of_sellers(rng: np.random.Generator, market: Market) -> pd.DataFrame:
    """One row per seller, and a second where the payout account changed; `arrives` is a day."""
    shops = market.sellers.assign(number=np.arange(market.size.sellers), time=market.sellers["registered"])
    changed = _again(rng, shops, market.days)
    return pd.concat([_once(shops), changed.assign(payout=changed["payout"] + market.size.sellers)])


def of_users(rng: np.random.Generator, market: Market) -> pd.DataFrame:
    """One row per user, and a second where the telephone number changed; `arrives` is a day."""
    number = np.arange(market.size.users)
    people = market.users.assign(number=number, time=market.users["registered"], phone=number * SLOTS)
    changed = _again(rng, people, market.days)
    return pd.concat([_once(people), changed.assign(phone=changed["phone"] + 1)])


def _once(entities: pd.DataFrame) -> pd.DataFrame:
    # Whoever is older than the simulated days arrives on the first of them.
    return entities.assign(arrives=(entities["time"] // DAY).clip(lower=0))


def _again(rng: np.random.Generator, entities: pd.DataFrame, days: int) -> pd.DataFrame:
    again = entities[rng.random(len(entities)) < CHANGED]
    first = (again["time"].to_numpy() // DAY).clip(0) + SETTLED
    return again.assign(arrives=first + rng.integers(0, days, len(again)))
