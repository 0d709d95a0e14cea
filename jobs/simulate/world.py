"""The marketplace: sellers, users and creators with their honest habits, and the expectations of a day.

Entities are numbered from 0. Reserved numbers belong to no entity until an attacker returns under one.
"""

from dataclasses import dataclass, field

import numpy as np

from jobs.simulate import draws, people, rhythm
from jobs.simulate.rows import Rows
from jobs.simulate.seeds import stream
from jobs.simulate.sizes import Size

ENTITIES = ("seller", "user", "creator")
USER_RISKS = ("account_integrity", "incentive_abuse", "refund_abuse", "malicious_activity")
SELLER_RISKS = ("brushing", "click_farm", "merchant_fraud", "information_leakage")
CREATOR_RISKS = ("traffic_fraud",)
ORDER_RISKS = ("payment_fraud",)
RISKS = {"seller": SELLER_RISKS, "user": USER_RISKS, "creator": CREATOR_RISKS, "order": ORDER_RISKS}
POOLS = {"farm": 0.04, "puppets": 0.03}  # shares of users that attackers control: for clicks, or for orders

PRODUCTS = 24  # listings per seller
SLOTS = 8  # maximum devices, addresses, cards and networks of one person
FAVOURITES = 6
LEDGER = 21  # days of orders in the ledger


@dataclass
class Today:
    """The expectations of a day: arrays over sellers (demand ... slow), users or creators.

    demand and following are relative weights, price is a factor on list prices, coupons a share of orders. faulty and
    lost are shares of orders that arrive damaged or never. slow is a shop's additional days to send a parcel.
    """

    day: int
    volume: float
    flash: bool
    demand: np.ndarray
    price: np.ndarray
    coupons: np.ndarray
    faulty: np.ndarray
    lost: np.ndarray
    slow: np.ndarray
    activity: np.ndarray
    following: np.ndarray


@dataclass
class World:
    """The state between days.

    factor is each entity's volume factor: 1, or less after an action. ledger has the orders of the last days, one entry
    a day. recent is the approximate number of each shop's orders in three days.
    """

    size: Size
    first_day: np.datetime64
    days: int
    seed: int
    sellers: Rows
    users: Rows
    creators: Rows
    favourites: np.ndarray
    factors: np.ndarray
    volume: np.ndarray
    flash: np.ndarray
    roles: dict[tuple[str, str], np.ndarray]
    honest: dict[str, np.ndarray]
    reserve: dict[str, np.ndarray]
    factor: dict[str, np.ndarray]
    today: Today = None
    ledger: list[Rows] = field(default_factory=list)
    recent: np.ndarray = None

    def of(self, entity: str) -> Rows:
        """Return the table of an entity."""
        return {"seller": self.sellers, "user": self.users, "creator": self.creators}[entity]

    def register(self, entity: str, number: np.ndarray, time: np.ndarray) -> None:
        """Move registrations to other times in seconds; negative times are before the first day."""
        self.of(entity)["registered"][number] = time

    def begin(self, day: int) -> Today:
        """Return the expectations of an ordinary day."""
        shops = len(self.sellers["weight"])
        alive = {name: self.of(name)["weight"] * (self.of(name)["registered"] < day * rhythm.DAY)
                 for name in ENTITIES}
        rng = stream(self.seed, "world", day)
        self.today = Today(
            day=day, volume=self.volume[day], flash=bool(self.flash[day]),
            demand=alive["seller"] * rng.lognormal(0, 0.25, shops), price=np.ones(shops),
            coupons=self.sellers["coupon_share"].copy(), faulty=np.zeros(shops), lost=np.full(shops, 0.006),
            slow=np.zeros(shops), activity=alive["user"], following=alive["creator"])
        return self.today


def build(size: Size, first_day: np.datetime64, days: int, seed: int) -> World:
    """Return the marketplace before any oddity or attack."""
    rng = stream(seed, "world")
    counts = {"seller": size.sellers, "user": size.users, "creator": size.creators}
    reserve = {name: _reserve(size, name, count) for name, count in counts.items()}
    total = {name: counts[name] + len(reserve[name]) for name in counts}
    users = people.users(rng, total["user"], days)
    sellers = people.sellers(rng, total["seller"], days)
    creators = people.creators(rng, total["creator"], days, total["seller"], size.users)
    roles, honest = _roles(rng, size, counts)
    shares = sellers["weight"] / sellers["weight"].sum()
    world = World(
        size=size, first_day=first_day, days=days, seed=seed, sellers=sellers, users=users, creators=creators,
        favourites=rng.choice(total["seller"], (total["user"], FAVOURITES), p=shares),
        factors=rng.lognormal(0, 0.45, (total["seller"], PRODUCTS)),
        volume=rhythm.volume(rng, first_day, days), flash=rhythm.is_flash(first_day, days), roles=roles,
        honest=honest, reserve=reserve, factor={name: np.ones(total[name] + 1) for name in total},
        recent=sellers["weight"] / sellers["weight"].sum() * size.orders * 3)
    _communities(rng, world)
    for name in ENTITIES:
        for column, nobody in (("weight", 0.0), ("registered", people.NOT_YET)):
            world.of(name)[column][reserve[name]] = nobody
    return world


def _reserve(size: Size, entity: str, count: int) -> np.ndarray:
    # Enough reserved numbers for every attacker to return once.
    return np.arange(count, count + size.attackers(entity) * len(RISKS[entity]))


def _roles(rng: np.random.Generator, size: Size,
           counts: dict[str, int]) -> tuple[dict[tuple[str, str], np.ndarray], dict[str, np.ndarray]]:
    """Assign disjoint roles by (entity, role), and return the honest entities. Roles do not depend on the attacks."""
    roles, honest = {}, {}
    for entity in ENTITIES:
        wanted = {risk: size.attackers(entity) for risk in RISKS[entity]}
        if entity == "user":
            wanted |= {pool: int(counts[entity] * share) for pool, share in POOLS.items()}
        shuffled, at = rng.permutation(counts[entity]), 0
        for role, number in wanted.items():
            roles[entity, role], at = shuffled[at:at + number], at + number
        honest[entity] = np.sort(shuffled[at:])
    return roles, honest


def _communities(rng: np.random.Generator, world: World) -> None:
    """Return small shops of a village or a hobby: a few dozen people order there repeatedly, like paid buyers."""
    shops = rng.choice(world.honest["seller"], max(1, world.size.sellers // 20), replace=False)
    fans = rng.choice(world.honest["user"], (len(shops), 30))
    world.favourites[fans.ravel(), :3] = np.repeat(shops, 30)[:, None]


def popular(rng: np.random.Generator, world: World, count: int) -> np.ndarray:
    """Draw sellers by the square of today's demand, which prefers popular ones."""
    return draws.weighted(rng, world.today.demand ** 2, count)
