"""Honest cases: cancellations, returns, refunds, disputes; and the outcome of every case.

`jobs.simulate.after_sales` says what really happened in each case, and whom the desk holds responsible.
"""

from collections.abc import Callable

import numpy as np

from jobs.simulate import honest_lookalikes, rhythm, texts
from jobs.simulate.ids import NEVER
from jobs.simulate.people import RETURN_LEVEL
from jobs.simulate.rows import Rows, take
from jobs.simulate.world import World

KINDS = ("refund", "return", "dispute", "cancellation")
REFUND, RETURN, DISPUTE, CANCELLATION = range(4)
REASONS = ("changed_mind", "wrong_size", "damaged", "not_as_described", "item_not_received", "unauthorised", "late",
           "privacy")
CHANGED_MIND, WRONG_SIZE, DAMAGED, NOT_AS_DESCRIBED, NOT_RECEIVED, UNAUTHORISED, LATE, PRIVACY = range(8)

# Shares of reasons of honest cases: one row per kind, one column per reason.
REASON_SHARE = np.array([
    [0.05, 0.04, 0.42, 0.31, 0.04, 0.00, 0.14],
    [0.42, 0.31, 0.09, 0.16, 0.00, 0.00, 0.02],
    [0.00, 0.00, 0.20, 0.40, 0.10, 0.20, 0.10],
    [0.82, 0.06, 0.00, 0.00, 0.00, 0.02, 0.10],
])
DELAY = np.array([[1, 3.5], [1, 4.0], [4, 7.0], [0, 0.4]])  # days after delivery: minimum, mean of further days
CALLED_OFF = 0.016
OUTCOMES = ("refunded", "partly_refunded", "returned", "rejected", "withdrawn")
PARTIES = ("buyer", "seller", "carrier", "platform", "undetermined")
PHOTOS = 50_000_000_000  # the first number of photos, distinct from numbers of orders
Appeals = Callable[[np.ndarray, np.ndarray], np.ndarray]
GROUP_PHOTOS = 90_000_000_000  # the first number of photos that groups of abusers use repeatedly


def called_off(rng: np.random.Generator, world: World, placed: Rows, odd: Rows) -> np.ndarray:
    """Return whether each honest order is cancelled before it is sent; resellers cancel often."""
    fickle = np.ones(len(world.users["weight"]))
    fickle[honest_lookalikes.on(odd, "reselling", world.today.day)["number"]] = 14
    habit = np.where(placed["user"] >= 0, fickle[placed["user"]], 1.0)
    return (placed["silent"] == 0) & (rng.random(len(habit)) < CALLED_OFF * habit)


def cancellations(rng: np.random.Generator, placed: Rows, cancelled: np.ndarray) -> Rows:
    """Return a case for each cancelled order, hours later."""
    about = take(placed, cancelled)
    count = len(about["user"])
    time = about["time"] + 600 + (rng.exponential(0.4, count) * rhythm.DAY).astype(np.int64)
    return case(about, time, np.full(count, CANCELLATION), np.full(count, CHANGED_MIND), rng)


def complaints(rng: np.random.Generator, world: World, placed: Rows, parcels: Rows, odd: Rows) -> Rows:
    """Return cases about sent orders, by the buyer's habit, the seller's quality, bad batches and lost parcels."""
    at = np.searchsorted(placed["number"], parcels["order"], sorter=(order := np.argsort(placed["number"])))
    about = take(placed, order[at]) | {"delivered": parcels["delivered"], "shipped": parcels["time"]}
    about = take(about, about["silent"] == 0)
    count, seller = len(about["user"]), about["seller"]
    kind = _kinds(rng, world, about, odd)
    reason = (np.cumsum(REASON_SHARE, axis=1)[kind.clip(0)] < rng.random(count)[:, None]).sum(axis=1).clip(0, LATE)
    pick, lost = rng.random(count), about["delivered"] == NEVER
    faulty = (rng.random(count) < world.today.faulty[seller]) & ~lost
    late = (about["delivered"] - about["time"] > 10 * rhythm.DAY) & (rng.random(count) < 0.2) & ~lost
    kind = np.select([lost, faulty, late], [np.where(pick < 0.5, REFUND, np.where(pick < 0.75, DISPUTE, -1)),
                                            np.where(pick < 0.6, REFUND, RETURN), np.full(count, REFUND)], kind)
    reason = np.select([lost, faulty, late], [NOT_RECEIVED, np.where(pick < 0.3, DAMAGED, NOT_AS_DESCRIBED), LATE],
                       reason)
    known = np.where(lost, about["shipped"] + 6 * rhythm.DAY, about["delivered"])
    time = known + _delay(rng, kind.clip(0))
    return take(case(about, time, kind, reason, rng), kind >= 0)


def _kinds(rng: np.random.Generator, world: World, about: Rows, odd: Rows) -> np.ndarray:
    returning = np.ones(len(world.users["weight"]))
    weeks = honest_lookalikes.on(odd, "returning", world.today.day)
    returning[weeks["number"]] = weeks["strength"]
    habit = np.where(about["user"] >= 0, (world.users["returns"] * returning)[about["user"]], 1.0)
    trouble = world.sellers["trouble"][about["seller"]]
    level = RETURN_LEVEL[about["category"]]
    chance = np.stack([0.012 * trouble * habit, 0.024 * habit * level, 0.004 * trouble], axis=1)
    kind = (np.cumsum(chance, axis=1) < rng.random(len(habit))[:, None]).sum(axis=1)
    return np.where(kind < CANCELLATION, kind, -1)


def _delay(rng: np.random.Generator, kind: np.ndarray) -> np.ndarray:
    return ((DELAY[kind, 0] + rng.exponential(DELAY[kind, 1])) * rhythm.DAY).astype(np.int64) + 600


def case(about: Rows, time: np.ndarray, kind: np.ndarray, reason: np.ndarray, rng: np.random.Generator,
         **given: np.ndarray) -> Rows:
    """Return cases about orders; a claim is the paid amount in minor units. A case arrives on its opening day.

    `chance` draws what happened, and `other` is the party that somebody names who is mistaken.
    """
    count, chance = len(time), rng.random(len(time))
    # Some honest people send one photo twice: two pieces broke in one parcel.
    again = (chance < 0.06) & (about["user"] >= 0)
    drawn = {
        "time": time, "order": about["number"], "user": about["user"], "seller": about["seller"], "kind": kind,
        "reason": reason, "claim": about["amount"],
        "evidence": np.select([again, chance < 0.55], [PHOTOS * 2 + about["user"], PHOTOS + about["number"]], -1),
        "text": reason_text(rng, reason), "arrives": time // rhythm.DAY, "lot": about["lot"],
        "incident": about["incident"], "loss": np.zeros(count, np.int64),
        "chance": rng.random(count), "other": rng.integers(0, 5, count),
    }
    return drawn | given


def is_repeated(evidence: np.ndarray) -> np.ndarray:
    """Return whether each photo may have been shown before: in another case of its sender or of a group."""
    return evidence >= GROUP_PHOTOS


def reason_text(rng: np.random.Generator, reason: np.ndarray) -> np.ndarray:
    """Return the texts of each reason; half of the cases have no text."""
    return np.where(rng.random(len(reason)) < 0.5, 0, texts.reasons(rng, reason.clip(0, LATE)))


def settle(rng: np.random.Generator, opened: Rows, appeals: Appeals) -> Rows:
    """Return outcomes of cases, 3 to 20 days after opening, by the desk's decision (`responsible`).

    Args:
        appeals: the probability of an appeal, by outcomes and by whether the decisions are wrong.
    """
    count, responsible = len(opened["time"]), opened["responsible"]
    time = opened["time"] + ((3 + 17 * rng.beta(1.2, 2.5, count)) * rhythm.DAY).astype(np.int64)
    pick, at_buyer = rng.random(count), responsible == 0
    outcome = np.select([opened["kind"] == RETURN, at_buyer & (pick < 0.6), pick < 0.75, pick < 0.87, pick < 0.97],
                        [2, 3, 0, 1, 3], 4)
    share = np.select([outcome == 1, outcome >= 3], [0.5, 0.0], 1.0)
    return {"number": opened["number"], "time": time, "arrives": time // rhythm.DAY, "outcome": outcome,
            "responsible": responsible, "second_responsible": opened["second_responsible"],
            "paid": (opened["claim"] * share).astype(np.int64),
            "appealed": rng.random(count) < appeals(outcome, opened["is_wrong"]), "user": opened["user"],
            "seller": opened["seller"], "lot": opened["lot"], "incident": opened["incident"]}
