"""Click farms: bought clicks from racks of telephones with many accounts each, behind few networks."""

import numpy as np

from jobs.simulate import draws, rhythm
from jobs.simulate.attacks import crew as crews
from jobs.simulate.attacks.crew import tool
from jobs.simulate.legitimate import browsing
from jobs.simulate.rows import Rows, take
from jobs.simulate.world import PRODUCTS, SLOTS, World, popular

RISK, ENTITY, OWNER, COMES_BACK = "click_farm", "seller", 12, True
VARIANTS = ("own_rack", "farm", "slow")


def plan(rng: np.random.Generator, world: World) -> Rows:
    """Plan farms, each for several sellers. Slow farms click less, with longer dwell, over the whole day."""
    mine = crews.assemble(rng, world, world.roles[ENTITY, RISK], alone=0.4, mean=4, shortest=16, longest=35)
    count, rings = len(mine["number"]), mine["ring"].max() + 1
    slow = rng.random(count) < 0.2
    mine["variant"] = np.where(slow, 2, crews.has_company(mine["ring"]).astype(int))
    faint = np.where(slow, 0.5, 1.0)
    world.sellers["weight"][mine["number"]] = rng.lognormal(0.1, 0.9, count) + 0.1
    return mine | {
        "accounts": draws.members(rng, world.roles["user", "farm"], mine["ring"], 150),
        "size": rng.integers(20, 150, rings)[mine["ring"]], "racks": rng.integers(8, 48, rings)[mine["ring"]],
        "networks": rng.integers(1, 8, rings)[mine["ring"]],
        "rate": rng.lognormal(2.4, 0.45, count) * np.where(slow, 0.4, 1.0),
        "short": draws.shown(rng, count, 0.75, 0.5, 0.95, 0.15) * faint,
        "joint": draws.shown(rng, count, 0.7, 0.4, 0.95, 0.1) * faint,
        "cover": draws.shown(rng, count, 0.6, 0.1, 0.4, 0.05), "anonymous": rng.uniform(0, 0.4, count),
        "mobile": draws.shown(rng, count, 0.35, 0.3, 0.9),
    }


def step(rng: np.random.Generator, world: World, mine: Rows, out: dict) -> None:
    """Add today's clicks, most of them at the same minutes, and some on popular goods as a disguise."""
    day, era = world.today.day, rhythm.era(world.today.day, world.days)
    works = rng.random(len(mine["number"])) < 0.85  # a farm does not work every day
    one = take(mine, draws.events(rng, mine["rate"] * works * crews.pace(mine, day) * (1.0, 1.0, 0.85)[era]))
    count = len(one["number"])
    cover = draws.happens(rng, one["cover"] * (0.7, 1.0, 1.3)[era])
    seller = np.where(cover, popular(rng, world, count), one["number"])
    chosen = (one["number"] * 5 + rng.integers(0, 3, count)) % PRODUCTS
    short = draws.happens(rng, one["short"] * (1.0, 0.9, 0.75)[era])
    slot = rng.integers(0, one["size"])
    user = np.where(draws.happens(rng, one["anonymous"]), -1, one["accounts"][np.arange(count), slot])
    out["clicks"].append(browsing.click(
        rng, world, user, seller, **_rack(rng, one, slot, era), time=_times(rng, one, day, era),
        product=seller * PRODUCTS + np.where(cover, rng.integers(0, PRODUCTS, count), chosen),
        dwell=np.where(short, rng.integers(80, 1_200, count), browsing.dwell(rng, count, 8.0)),
        incident=crews.charge(one, day)))


def _rack(rng: np.random.Generator, one: Rows, slot: np.ndarray, era: int) -> Rows:
    """Return device and network. On fixed days the rack is shuffled: accounts then have other devices."""
    mobile = draws.happens(rng, one["mobile"])
    shared = rng.integers(0, 60, len(slot)) * SLOTS + 6  # mobile networks that honest users share
    return {"device": tool(OWNER + 20 * era, one["kit"], slot % one["racks"]),
            "ip": np.where(mobile, shared, tool(OWNER, one["kit"], rng.integers(0, one["networks"])))}


def _times(rng: np.random.Generator, one: Rows, day: int, era: int) -> np.ndarray:
    count, joint = len(one["number"]), draws.happens(rng, one["joint"] * (1.0, 0.9, 0.7)[era])
    together = day * rhythm.DAY + 20_000 + (one["kit"] * 7_919 + day * 104_729) % 60_000 + rng.integers(0, 600, count)
    return np.where(joint, together, rhythm.moment(rng, day, count))
