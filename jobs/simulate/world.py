"""Who there is: sellers, users and creators with the habits that honest days follow, and what a day looks like.

Entities are numbered from 0. Numbers kept in reserve belong to nobody until an attacker comes back under one.
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
POOLS = {"farm": 0.04, "puppets": 0.03}  # shares of users who are tools: clicked with, or ordering as they are told

PRODUCTS = 24  # listings of one seller
SLOTS = 8  # devices, addresses, cards and networks that one person may come to use
FAVOURITES = 6
LEDGER = 21  # days of orders that are remembered, for whoever looks back


@dataclass
class Today:
    """How the day is expected to go, before anyone acts: arrays over sellers (demand ... slow), users or creators.

    demand and following are relative draws, price a factor on list prices, coupons a share of orders, faulty
    and lost shares of orders that arrive bad or never, slow the days a shop needs on top to send a parcel.
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
    """Everything that outlives a day.

    factor is what each entity still does: 1, or less when acted on. ledger has the orders of the last days, one
    entry a day; recent is about how many orders each shop took in three days.
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
        """The table of an entity."""
        return {"seller": self.sellers, "user": self.users, "creator": self.creators}[entity]

    def register(self, entity: str, number: np.ndarray, time: np.ndarray) -> None:
        """Move registrations to other times, seconds; negative: before the first day."""
        self.of(entity)["registered"][number] = time

    def begin(self, day: int) -> Today:
        """What the day would be like if it were an ordinary one."""
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
    """The marketplace before anything unusual happens in it."""
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
    # Enough for every attacker to come back once.
    return np.arange(count, count + size.attackers(entity) * len(RISKS[entity]))


def _roles(rng: np.random.Generator, size: Size,
           counts: dict[str, int]) -> tuple[dict[tuple[str, str], np.ndarray], dict[str, np.ndarray]]:
    """Who is what, by (entity, role), each role apart; and who is honest. The same whichever attacks are planted."""
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
    """Small shops of a village or a hobby: a few dozen people who buy there again and again, as a paid circle would."""
    shops = rng.choice(world.honest["seller"], max(1, world.size.sellers // 20), replace=False)
    fans = rng.choice(world.honest["user"], (len(shops), 30))
    world.favourites[fans.ravel(), :3] = np.repeat(shops, 30)[:, None]


def popular(rng: np.random.Generator, world: World, count: int) -> np.ndarray:
    """Sellers drawn by the square of today's demand: the ones everybody looks at."""
    return draws.weighted(rng, world.today.demand ** 2, count)
