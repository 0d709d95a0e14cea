"""Orders: who buys what from whom on a day, at which price, from which device.

Frames of orders carry numbers, not identifiers; -1 means none. `incident` is the row of the incident
that an order was placed for, -1 when honest, and never leaves the simulation.
"""

import numpy as np
import pandas as pd

from jobs.simulate import rhythm
from jobs.simulate.world import PRODUCTS, SLOTS, Market

GUESTS = 0.01
LOYALTY = 0.5  # share of orders that go to a favourite shop


def draw(rng: np.random.Generator, weights: np.ndarray, day: np.ndarray) -> np.ndarray:
    """One column of `weights`, shape (days, n), for each entry of `day`, in proportion to that day's row.

    Each row's cumulative share is shifted by its day, which makes one sorted list to search in.
    """
    share = np.cumsum(weights, axis=1)
    share /= share[:, -1:]
    share += np.arange(len(weights))[:, None]
    found = np.searchsorted(share.ravel(), day + rng.random(len(day)), side="right")
    return (found - day * weights.shape[1]).clip(0, weights.shape[1] - 1)


def everyday(rng: np.random.Generator, market: Market) -> pd.DataFrame:
    """The orders that the day tables of the market lead to."""
    day = np.repeat(np.arange(market.days), rng.poisson(market.volume))
    user = draw(rng, market.activity, day)
    seller = draw(rng, market.demand, day)
    favourite = market.favourites[user, rng.integers(0, market.favourites.shape[1], len(day))]
    loyal = (rng.random(len(day)) < LOYALTY) & (market.demand[day, favourite] > 0)
    return place(rng, market, day, user, np.where(loyal, favourite, seller))


def place(rng: np.random.Generator, market: Market, day: np.ndarray, user: np.ndarray,
          seller: np.ndarray) -> pd.DataFrame:
    """Complete orders from their day, buyer and seller; money in minor units."""
    count = len(day)
    listing = (rng.beta(0.8, 2.2, count) * PRODUCTS).astype(np.int64)
    bought = pd.DataFrame({
        "time": rhythm.moment(rng, day), "user": user, "seller": seller,
        "creator": np.where(rng.random(count) < 0.04, rng.integers(0, 200, count), -1),
        "product": seller * PRODUCTS + listing, "category": market.sellers["category"].to_numpy()[seller],
        "quantity": rng.geometric(0.82, count).clip(1, 8),
    })
    unit = market.sellers["base_price"].to_numpy()[seller] * market.factors[seller, listing]
    full = unit * market.price[day, seller] * bought["quantity"].to_numpy()
    discount, campaign = _discounts(rng, market, day, seller, full)
    bought["discount"] = discount
    bought["amount"] = np.maximum(full.round().astype(np.int64) - discount, 1)
    bought["campaign"] = campaign
    bought = bought.assign(**_habits(rng, market, day, user))
    return bought.assign(incident=-1, called_off=False)


def _discounts(rng: np.random.Generator, market: Market, day: np.ndarray, seller: np.ndarray,
               full: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    flash = rhythm.is_flash(market.first_day, market.days)[day] & (rng.random(len(day)) < 0.45)
    coupon = rng.random(len(day)) < market.coupons[day, seller]
    share = np.where(flash, rng.uniform(0.1, 0.35, len(day)), rng.uniform(0.05, 0.2, len(day)))
    discount = np.where(flash | coupon, full * share, 0).round().astype(np.int64)
    return discount, np.where(flash, day, -1)


def _habits(rng: np.random.Generator, market: Market, day: np.ndarray,
            user: np.ndarray) -> dict[str, np.ndarray]:
    # Slot 0 is what the person began with, 1 the second one (of devices: the household's tablet), 2 the
    # one changed to within these days; 3 and above are for once: a friend's address, a hotel's network.
    who = market.users.iloc[user]
    home, chance = who["home"].to_numpy(), rng.random((4, len(day)))
    moved = np.where(day >= who["move_day"].to_numpy(), 2, 0)
    device = user * SLOTS + np.where(day >= who["switch_day"].to_numpy(), 2, 0)
    on_tablet = chance[1] < who["second_device"].to_numpy()
    once = rng.integers(3, SLOTS, len(day))
    return {
        "payment": user * SLOTS + np.select([chance[0] < 0.07, chance[0] < 0.085], [1, 3], 0),
        "device": np.where(on_tablet, home * SLOTS + 1, device),
        "ip": np.where(chance[2] < 0.7, home * SLOTS + moved, user * SLOTS + once),
        "address": np.where(chance[3] < who["gifts"].to_numpy(), user * SLOTS + once, home * SLOTS + moved),
    }


def some_guests(rng: np.random.Generator, orders: pd.DataFrame) -> pd.DataFrame:
    """A small share of honest buyers has no account."""
    guest = (rng.random(len(orders)) < GUESTS) & (orders["incident"].to_numpy() < 0)
    return orders.assign(user=np.where(guest, -1, orders["user"]))


def unfamiliar_sellers(rng: np.random.Generator, market: Market, day: np.ndarray, dear: bool) -> np.ndarray:
    """Sellers drawn with no regard to anyone's favourites; `dear`: from the more expensive half."""
    price = market.sellers["base_price"].to_numpy()
    fits = price >= np.median(price) if dear else price < np.median(price)
    return draw(rng, market.demand * fits, day)
