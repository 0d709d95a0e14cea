"""Draws of honest entities: tenure, homes, tastes, habits."""

import numpy as np

from jobs.simulate import rhythm
from jobs.simulate.rows import Rows

CATEGORIES = ("fashion", "beauty", "home", "kitchen", "toys", "sports", "electronics", "phones", "books",
              "garden", "jewellery", "pets")
MEDIAN_PRICE = np.array([2400, 1600, 3200, 2800, 1900, 3900, 9800, 18500, 1300, 3500, 7200, 2100])
RETURN_LEVEL = np.array([2.2, 0.7, 0.9, 0.8, 0.7, 1.0, 1.1, 1.2, 0.3, 0.7, 1.1, 0.5])
GRAMS = np.array([350, 180, 1400, 1100, 500, 900, 700, 260, 450, 1600, 45, 900])
REGIONS = ("north", "south", "east", "west", "islands", "abroad")
NOT_YET = 2**40  # the registration time of an entity that never registers

HOUSEHOLDS, DORMITORIES, KIOSKS = 0.14, 0.05, 0.03  # shares of users with a common home or place of registration


def _registered(rng: np.random.Generator, count: int, days: int, share_new: float, tenure: float) -> np.ndarray:
    # Tenure before day 0 has a long tail; new entities register evenly over the days.
    before = -rng.exponential(tenure, count).clip(1, 2_500)
    during = rng.uniform(0, days, count)
    return (np.where(rng.random(count) < share_new, during, before) * rhythm.DAY).astype(np.int64)


def sellers(rng: np.random.Generator, count: int, days: int) -> Rows:
    """Draw shops: size, price, quality, staff, packing and days to send."""
    category = rng.integers(0, len(CATEGORIES), count)
    owner = np.arange(count)
    several = rng.random(count) < 0.06  # owners with two shops and one payout account
    owner[several] = rng.integers(0, count, several.sum())
    weight = rng.lognormal(0, 1.1, count) + 0.12
    large = weight > np.quantile(weight, 0.8)
    return {
        "registered": _registered(rng, count, days, 0.2, 420), "category": category,
        "region": rng.choice(len(REGIONS), count, p=[0.24, 0.22, 0.2, 0.16, 0.06, 0.12]), "owner": owner,
        "payout": owner.copy(), "device": owner.copy(), "weight": weight,
        "base_price": MEDIAN_PRICE[category] * rng.lognormal(0, 0.4, count),
        "coupon_share": rng.beta(2, 12, count), "trouble": rng.gamma(1.6, 1 / 1.6, count) + 0.15,
        "grams": GRAMS[category] * rng.lognormal(0, 0.6, count), "handling": rng.gamma(3, 0.35, count) + 0.2,
        "combines": np.where(rng.random(count) < 0.25, rng.uniform(0.3, 0.95, count), 0),
        "operators": np.where(large, rng.integers(2, 6, count), rng.integers(1, 3, count)),
        "app": np.where(rng.random(count) < np.where(large, 0.6, 0.12), rng.integers(0, 14, count), -1),
        "reads": rng.lognormal(0.0, 0.55, count) * np.where(large & (rng.random(count) < 0.3), 5, 1),
        "night_staff": np.where(rng.random(count) < 0.12, rng.uniform(0.2, 0.9, count), 0.03),
    }


def users(rng: np.random.Generator, count: int, days: int) -> Rows:
    """Draw buyers: homes and households, rates of orders, returns and coupons, and days of new phones and moves."""
    number, chance = np.arange(count), rng.random(count)
    home, tablet = number.copy(), number.copy()
    household = chance < HOUSEHOLDS
    home[household] = rng.integers(0, count, household.sum())
    tablet[household] = home[household]
    student = (chance >= HOUSEHOLDS) & (chance < HOUSEHOLDS + DORMITORIES)
    home[student] = rng.integers(0, count, max(1, count // 400))[rng.integers(0, max(1, count // 400), student.sum())]
    registered = _registered(rng, count, days, 0.15, 500)
    device, ip = number * 8, home * 8
    _register_together(rng, days, np.flatnonzero(student), registered, ip, None)
    kiosk = np.flatnonzero(chance >= 1 - KIOSKS)
    _register_together(rng, days, kiosk, registered, ip, device)
    return {
        "registered": registered, "home": home, "tablet": tablet, "device": device, "ip": ip, "phone": number.copy(),
        "region": rng.choice(len(REGIONS), count, p=[0.25, 0.23, 0.2, 0.2, 0.07, 0.05]),
        "weight": rng.lognormal(0, 0.85, count), "returns": rng.gamma(1.2, 1 / 1.2, count) + 0.1,
        "switch_day": np.where(rng.random(count) < 0.22, rng.integers(0, days, count), days),
        "move_day": np.where(rng.random(count) < 0.09, rng.integers(0, days, count), days),
        "second_device": np.where(rng.random(count) < 0.35, rng.beta(1.5, 3, count), 0),
        "gifts": rng.beta(1, 14, count), "thrift": rng.gamma(0.8, 1 / 0.8, count), "harsh": rng.gamma(0.7, 1, count),
        "night": np.where(rng.random(count) < 0.05, rng.uniform(0.3, 0.9, count), 0.0),
        "referrer": np.where(rng.random(count) < 0.1, rng.integers(0, count, count), -1),
    }


def _register_together(rng: np.random.Generator, days: int, who: np.ndarray, registered: np.ndarray, ip: np.ndarray,
                       device: np.ndarray | None) -> None:
    # Half of them register in groups of about eight within one evening, such as new students, or at a stand in a shop.
    group = rng.integers(0, max(1, len(who) // 8), len(who))
    hour = (rng.integers(2, days, group.max(initial=0) + 1) * rhythm.DAY + 60_000)[group]
    joint = rng.random(len(who)) < 0.5
    at = who[joint]
    registered[at] = (hour + rng.integers(0, 9_000, len(who)))[joint]
    leader = who[np.minimum(group, len(who) - 1)] if len(who) else who
    ip[at] = leader[joint] * 8
    if device is not None:
        device[at] = leader[joint] * 8 + 7


def creators(rng: np.random.Generator, count: int, days: int, shops: int, users: int) -> Rows:
    """Draw creators: reach, shops, dwell of their followers and orders per click."""
    weight = rng.lognormal(0, 1.2, count) + 0.15
    return {
        "registered": _registered(rng, count, days, 0.2, 300), "user": rng.integers(0, users, count),
        "region": rng.choice(len(REGIONS), count), "weight": weight,
        "followers": (weight * rng.lognormal(6.2, 0.7, count)).astype(np.int64),
        "partners": rng.integers(0, shops, (count, 5)), "conversion": rng.lognormal(0, 0.6, count),
        "dwell": rng.lognormal(0, 0.4, count), "circle": rng.integers(0, users, (count, 40)),
        "close": np.where(rng.random(count) < 0.25, rng.uniform(0.2, 0.8, count), 0.05),
    }
