"""Honest entities in odd weeks: what makes the attacks hard to tell, and the wrong verdicts plausible.

Each function bends the market's day tables and returns the episodes: (entity, number, start, end) by day.
"""

import numpy as np
import pandas as pd

from jobs.simulate import orders
from jobs.simulate.world import SLOTS, Market


def episodes(entity: str, number: np.ndarray, start: np.ndarray, length: np.ndarray,
             days: int) -> pd.DataFrame:
    """Spans of days, both ends included, cut at the last simulated day."""
    return pd.DataFrame({"entity": entity, "number": number, "start": start,
                         "end": np.minimum(start + length - 1, days - 1)})


def within(spans: pd.DataFrame, days: int) -> np.ndarray:
    """Which days each span covers, shape (days, spans)."""
    day = np.arange(days)[:, None]
    return (day >= spans["start"].to_numpy()) & (day <= spans["end"].to_numpy())


def _some(rng: np.random.Generator, honest: np.ndarray, share: float) -> np.ndarray:
    return rng.choice(honest, max(2, int(len(honest) * share)), replace=False)


def growing_sellers(rng: np.random.Generator, market: Market, honest: np.ndarray) -> pd.DataFrame:
    """Shops that cut prices and grow two- to fivefold within weeks, and deliver."""
    number = _some(rng, honest, 0.15)
    start = rng.integers(0, market.days - 5, len(number))
    length = rng.integers(14, 46, len(number))
    spans = episodes("seller", number, start, length, market.days)
    grown = (np.arange(market.days)[:, None] - start) / rng.integers(7, 22, len(number))
    on, rise = within(spans, market.days), rng.uniform(0.6, 3.0, len(number))
    market.demand[:, number] *= np.where(on, 1 + grown.clip(0, 1) * rise, 1.0)
    market.price[:, number] *= np.where(on, rng.uniform(0.8, 1.0, len(number)), 1.0)
    market.coupons[:, number] += np.where(on, rng.uniform(0, 0.35, len(number)), 0.0)
    return spans


def bad_batches(rng: np.random.Generator, market: Market, honest: np.ndarray) -> pd.DataFrame:
    """Shops that sold a faulty batch for a week or two: a burst of honest refunds."""
    number = _some(rng, honest, 0.12)
    spans = episodes("seller", number, rng.integers(5, market.days - 8, len(number)),
                     rng.integers(5, 16, len(number)), market.days)
    market.faulty[:, number] += np.where(within(spans, market.days), rng.uniform(0.12, 0.4, len(number)), 0)
    return spans


def lost_parcels(rng: np.random.Generator, market: Market, honest: np.ndarray) -> pd.DataFrame:
    """Shops whose carrier lost parcels: nothing arrived, and nobody stole."""
    number = _some(rng, honest, 0.08)
    spans = episodes("seller", number, rng.integers(5, market.days - 8, len(number)),
                     rng.integers(6, 22, len(number)), market.days)
    market.lost[:, number] += np.where(within(spans, market.days), rng.uniform(0.15, 0.6, len(number)), 0)
    return spans


def heavy_returners(rng: np.random.Generator, market: Market, honest: np.ndarray) -> pd.DataFrame:
    """Buyers who keep little of what they order, all in good faith, for as long as they are seen."""
    number = _some(rng, honest, 0.04)
    market.users.loc[number, "returns"] = rng.uniform(3, 10, len(number))
    # The span is the weeks that someone may take for a campaign.
    return episodes("user", number, rng.integers(7, market.days - 10, len(number)),
                    rng.integers(14, 36, len(number)), market.days)


def sprees(rng: np.random.Generator, market: Market, honest: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A wedding, a move, a new flat: dear orders from new shops, often to a new address or from a new device.

    Returns the episodes and their orders.
    """
    number = _some(rng, honest, 0.03)
    spans = episodes("user", number, rng.integers(3, market.days - 3, len(number)),
                     rng.integers(1, 8, len(number)), market.days)
    row = np.repeat(np.arange(len(number)), rng.integers(2, 7, len(number)))
    first, last = spans["start"].to_numpy()[row], spans["end"].to_numpy()[row]
    day, user = rng.integers(first, last + 1), number[row]
    known = market.activity[day, user] > 0
    row, day, user = row[known], day[known], user[known]
    bought = orders.place(rng, market, day, user, orders.unfamiliar_sellers(rng, market, day, dear=True))
    for column, chance in (("device", 0.25), ("address", 0.5), ("ip", 0.4), ("payment", 0.2)):
        changed = (rng.random(len(number)) < chance)[row]
        bought[column] = np.where(changed, user * SLOTS + 5, bought[column])
    return spans, bought
