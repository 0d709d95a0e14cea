"""Audited cases of a simulated desk: the demo's desk, confusion matrix and bias over random cases (simulated)."""

from dataclasses import replace

import numpy as np

from jobs.after_sales.audited_cases import AuditedCases
from jobs.after_sales.case_groups import ATTRIBUTES
from jobs.simulate import world as worlds
from jobs.simulate.after_sales import desk
from jobs.simulate.after_sales.desk import DeskConduct
from jobs.simulate.people import REGIONS
from jobs.simulate.sizes import SIZES

PARTIES = np.array(["buyer", "seller", "carrier", "platform", "undetermined"], object)
AS_OF = np.datetime64("2026-11-20")


def simulated_world(seed: int = 7) -> worlds.World:
    """Return the sellers of a marketplace of the demo's size."""
    return worlds.build(SIZES["demo"], np.datetime64("2026-09-01"), 40, seed)


def audited_desk(world: worlds.World, seed: int, bias: float, count: int = 6_000, reviews: float = 0.3) -> AuditedCases:
    """Return cases that a desk of a seed decided. Kinds, faults and evidence do not depend on any group.

    The shares of the model are right in the mean: it knows as much as a noisy sign of the party at fault.
    """
    rng = np.random.default_rng(seed)
    weight = world.sellers["weight"] / world.sellers["weight"].sum()
    seller = rng.choice(len(weight), count, p=weight)
    kind, fault = rng.integers(0, 4, count), rng.integers(0, 4, count)
    cases = {"order": np.arange(count), "kind": kind, "fault": fault, "seller": seller,
             "other": rng.integers(0, 5, count)}
    judged = desk.decide(replace(world, seed=seed), DeskConduct(bias, reviews), cases)
    second = np.where(judged["second_responsible"] < 0, None, PARTIES[judged["second_responsible"]])
    sign = rng.normal(0, 1, (count, 4)) + 2 * np.eye(4)[fault]
    shares = np.exp(2 * sign) / np.exp(2 * sign).sum(axis=1, keepdims=True)
    case_kind = kind.astype(str)
    days = AS_OF - rng.integers(0, 119, count)
    return AuditedCases(
        days, PARTIES[judged["responsible"]], second, rng.exponential(100, count), rng.random(count),
        rng.random(count) < 0.03, case_kind, np.char.add(case_kind, PARTIES[sign.argmax(axis=1)].astype(str)),
        np.ones(count, bool), dict(zip(PARTIES, shares.T)),
        np.where(shares.max(axis=1) > 0.8, PARTIES[shares.argmax(axis=1)], None), np.ones(count, bool),
        _groups(world, seller, rng), np.char.add("s", seller.astype(str)))


def _groups(world: worlds.World, seller: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    weight = world.sellers["weight"]
    size = np.where(weight < np.quantile(weight[world.honest["seller"]], desk.LARGE), "small", "large")[seller]
    region = np.array(REGIONS)[world.sellers["region"]][seller]
    age = rng.choice(["young", "old"], len(weight))[seller]
    category = rng.choice(list("abcdefgh"), len(weight))[seller]
    crossed = np.char.add(np.char.add(region, ", "), size)
    tenure = rng.choice(["new", "known", "unknown"], len(seller), p=[0.3, 0.6, 0.1])
    return {name: values.astype(object) for name, values in
            zip(ATTRIBUTES, (size, age, region, category, crossed, tenure), strict=True)}
