"""Who sells and who buys, with the habits that honest days follow.

Everything here is honest. Attacks and lookalikes bend the four day tables of a `Market` afterwards.
Entities are numbered from 0; `ids.py` turns numbers into identifiers.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from jobs.simulate import rhythm


@dataclass(frozen=True)
class Size:
    """How large a marketplace is, and how many incidents of each kind are planted."""

    sellers: int
    users: int
    orders_per_day: int
    merchant_frauds: int
    takeovers: int
    refund_abusers: int


SIZES = {
    "demo": Size(1_500, 20_000, 3_850, 110, 350, 300),
    "small": Size(60, 600, 150, 12, 30, 30),
}

CATEGORIES = ("fashion", "beauty", "home", "kitchen", "toys", "sports", "electronics", "phones", "books",
              "garden", "jewellery", "pets")
MEDIAN_PRICE = np.array([2400, 1600, 3200, 2800, 1900, 3900, 9800, 18500, 1300, 3500, 7200, 2100])
RETURN_LEVEL = np.array([2.2, 0.7, 0.9, 0.8, 0.7, 1.0, 1.1, 1.2, 0.3, 0.7, 1.1, 0.5])
REGIONS = ("north", "south", "east", "west", "islands", "abroad")

PRODUCTS = 24  # listings of one seller
SLOTS = 8  # devices, addresses, cards and networks that one person may come to use
FAVOURITES = 6


@dataclass
class Market:
    """The stage: entities, and how every day of every entity is expected to go.

    demand, price and coupons have shape (days, sellers): relative draw of a shop, factor on its list
    prices, share of its orders bought with a coupon. activity has shape (days, users).
    faulty and lost, shape (days, sellers), are shares of a day's orders that arrive bad or never.
    """

    size: Size
    first_day: np.datetime64
    days: int
    sellers: pd.DataFrame
    users: pd.DataFrame
    favourites: np.ndarray
    factors: np.ndarray
    volume: np.ndarray
    demand: np.ndarray
    price: np.ndarray
    coupons: np.ndarray
    activity: np.ndarray
    faulty: np.ndarray
    lost: np.ndarray

    def register(self, who: str, number: np.ndarray, day: np.ndarray) -> None:
        """Move the registration of some sellers or users to other days (negative: before day 0)."""
        frame, table = (self.sellers, self.demand) if who == "seller" else (self.users, self.activity)
        frame.loc[number, "registered"] = day * rhythm.DAY + 36_000
        base = frame["weight"].to_numpy()[number]
        table[:, number] = np.where(np.arange(self.days)[:, None] > day, base, 0.0)


def build(size: Size, first_day: np.datetime64, days: int, rng: np.random.Generator) -> Market:
    """The marketplace before anything unusual happens in it."""
    sellers, users = _sellers(rng, size.sellers, days), _users(rng, size.users, days)
    day_table = (days, size.sellers)
    return Market(
        size=size, first_day=first_day, days=days, sellers=sellers, users=users,
        favourites=rng.choice(size.sellers, (size.users, FAVOURITES),
                              p=(sellers["weight"] / sellers["weight"].sum()).to_numpy()),
        factors=rng.lognormal(0, 0.45, (size.sellers, PRODUCTS)),
        volume=rhythm.volume(rng, first_day, days, size.orders_per_day),
        demand=_alive(sellers, days) * rng.lognormal(0, 0.25, day_table),
        price=np.ones(day_table),
        coupons=np.broadcast_to(sellers["coupon_share"].to_numpy(), day_table).copy(),
        activity=_alive(users, days), faulty=np.zeros(day_table), lost=np.zeros(day_table),
    )


def _registered(rng: np.random.Generator, count: int, days: int, share_new: float,
                tenure: float) -> np.ndarray:
    # Tenure before day 0 is long-tailed; the share that is new registers evenly over the days.
    before = -rng.exponential(tenure, count).clip(1, 2_500)
    during = rng.uniform(0, days, count)
    return (np.where(rng.random(count) < share_new, during, before) * rhythm.DAY).astype(np.int64)


def _sellers(rng: np.random.Generator, count: int, days: int) -> pd.DataFrame:
    category = rng.integers(0, len(CATEGORIES), count)
    owner = np.arange(count)
    several = rng.random(count) < 0.06  # an owner with two shops, paid into one account
    owner[several] = rng.integers(0, count, several.sum())
    return pd.DataFrame({
        "registered": _registered(rng, count, days, 0.2, 420), "category": category,
        "region": rng.choice(len(REGIONS), count, p=[0.24, 0.22, 0.2, 0.16, 0.06, 0.12]), "owner": owner,
        "payout": owner, "weight": rng.lognormal(0, 1.1, count) + 0.12,
        "base_price": MEDIAN_PRICE[category] * rng.lognormal(0, 0.4, count),
        "coupon_share": rng.beta(2, 12, count), "trouble": rng.gamma(1.6, 1 / 1.6, count) + 0.15,
    })


def _users(rng: np.random.Generator, count: int, days: int) -> pd.DataFrame:
    home = np.arange(count)
    shares = rng.random(count) < 0.12  # households: one address, often one tablet
    home[shares] = rng.integers(0, count, shares.sum())
    new_device = rng.random(count) < 0.2
    return pd.DataFrame({
        "registered": _registered(rng, count, days, 0.15, 500), "home": home,
        "region": rng.choice(len(REGIONS), count, p=[0.25, 0.23, 0.2, 0.2, 0.07, 0.05]),
        "weight": rng.lognormal(0, 0.85, count), "returns": rng.gamma(1.2, 1 / 1.2, count) + 0.1,
        "switch_day": np.where(new_device, rng.integers(0, days, count), days),
        "move_day": np.where(rng.random(count) < 0.08, rng.integers(0, days, count), days),
        "second_device": np.where(rng.random(count) < 0.35, rng.beta(1.5, 3, count), 0),
        "gifts": rng.beta(1, 14, count),
        "referrer": np.where(rng.random(count) < 0.1, rng.integers(0, count, count), -1),
    })


def _alive(frame: pd.DataFrame, days: int) -> np.ndarray:
    # Trade begins on the day after registration.
    begun = np.arange(days)[:, None] > frame["registered"].to_numpy() // rhythm.DAY
    return np.where(begun, frame["weight"].to_numpy(), 0.0)
