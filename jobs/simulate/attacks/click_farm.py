"""Bought traffic: racks of telephones with many accounts each, behind few networks, clicking what they are told to."""

import numpy as np

from jobs.simulate import draws, rhythm
from jobs.simulate.attacks.crew import assemble, tool
from jobs.simulate.honest import browsing
from jobs.simulate.rows import Rows, take
from jobs.simulate.world import PRODUCTS, World, popular

RISK, ENTITY, OWNER, COMES_BACK = "click_farm", "seller", 12, True
VARIANTS = ("own_rack", "farm", "slow")


def plan(rng: np.random.Generator, world: World) -> Rows:
    """A farm serves some sellers at a time. The slow ones click little, look longer and are spread over the day."""
    mine = assemble(rng, world, world.roles[ENTITY, RISK], alone=0.4, mean=4, shortest=14, longest=35)
    count, rings = len(mine["number"]), mine["ring"].max() + 1
    slow = rng.random(count) < 0.25
    mine["variant"] = np.where(slow, 2, (np.bincount(mine["ring"])[mine["ring"]] > 1).astype(int))
    faint = np.where(slow, 0.5, 1.0)
    world.sellers["weight"][mine["number"]] = rng.lognormal(0.1, 0.9, count) + 0.1
    return mine | {
        "accounts": draws.members(rng, world.roles["user", "farm"], mine["ring"], 150),
        "size": rng.integers(20, 150, rings)[mine["ring"]], "racks": rng.integers(4, 30, rings)[mine["ring"]],
        "networks": rng.integers(1, 8, rings)[mine["ring"]],
        "rate": rng.lognormal(1.75, 0.6, count) * np.where(slow, 0.5, 1.0),
        "short": draws.shown(rng, count, 0.75, 0.4, 0.95, 0.15) * faint,
        "joint": draws.shown(rng, count, 0.7, 0.4, 0.95, 0.1) * faint,
        "cover": draws.shown(rng, count, 0.6, 0.15, 0.5, 0.05), "anonymous": rng.uniform(0, 0.5, count),
        "mobile": draws.shown(rng, count, 0.35, 0.3, 0.9),
    }


def step(rng: np.random.Generator, world: World, mine: Rows, out: dict) -> None:
    """Today's clicks, most of them at the same minutes, some on popular goods to look like a shopper."""
    day, era = world.today.day, rhythm.era(world.today.day, world.days)
    works = rng.random(len(mine["number"])) < 0.8  # not every day
    row = draws.events(rng, mine["rate"] * works * (1.0, 1.0, 0.8)[era])
    one, count = take(mine, row), len(row)
    cover = draws.happens(rng, one["cover"] * (0.7, 1.0, 1.3)[era])
    seller = np.where(cover, popular(rng, world, count), one["number"])
    burst = day * rhythm.DAY + 20_000 + (one["kit"] * 7_919 + day * 104_729) % 60_000 + rng.integers(0, 600, count)
    joint = draws.happens(rng, one["joint"] * (1.0, 0.9, 0.6)[era])
    short = draws.happens(rng, one["short"] * (1.0, 0.85, 0.6)[era])
    # The rack is shuffled at set days: a new account no longer meets its old device.
    slot = rng.integers(0, one["size"])
    user = one["accounts"][np.arange(count), slot]
    mobile = draws.happens(rng, one["mobile"])
    product = np.where(cover, rng.integers(0, PRODUCTS, count), (one["number"] * 5 + rng.integers(0, 3, count)) % PRODUCTS)
    out["clicks"].append(browsing.click(
        rng, world, np.where(draws.happens(rng, one["anonymous"]), -1, user), seller,
        device=tool(OWNER + 20 * era, one["kit"], slot % one["racks"]),
        ip=np.where(mobile, rng.integers(0, 60, count) * 8 + 6, tool(OWNER, one["kit"], rng.integers(0, one["networks"]))),
        time=np.where(joint, burst, rhythm.moment(rng, day, count)), product=seller * PRODUCTS + product,
        dwell=np.where(short, rng.integers(80, 1_400, count), browsing.dwell(rng, count, 8.0)),
        incident=one["incident"]))
