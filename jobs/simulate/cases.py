"""Cases opened in good faith: called-off orders, returns, refunds and disputes."""

import numpy as np
import pandas as pd

from jobs.simulate.rhythm import DAY
from jobs.simulate.world import RETURN_LEVEL, Market

KINDS = ("refund", "return", "dispute", "cancellation")
REFUND, RETURN, DISPUTE, CANCELLATION = range(4)
REASONS = ("changed_mind", "wrong_size", "damaged", "not_as_described", "item_not_received", "unauthorised",
           "late")
CHANGED_MIND, WRONG_SIZE, DAMAGED, NOT_AS_DESCRIBED, NOT_RECEIVED, UNAUTHORISED, LATE = range(7)

# What an honest case is about, by kind: one row per kind, one column per reason.
REASON_SHARE = np.array([
    [0.03, 0.02, 0.36, 0.26, 0.21, 0.00, 0.12],
    [0.42, 0.31, 0.09, 0.16, 0.00, 0.00, 0.02],
    [0.00, 0.00, 0.14, 0.28, 0.36, 0.14, 0.08],
    [0.82, 0.06, 0.00, 0.00, 0.00, 0.02, 0.10],
])
# Days from order to case: earliest, and the mean of what comes on top.
DELAY = np.array([[3, 4.0], [3, 4.5], [6, 7.0], [0, 0.4]])
HEAVY_USE = 9_000_000  # numbers of photos shown more than once start here


def open_cases(orders: pd.DataFrame, row: np.ndarray, time: np.ndarray, kind: np.ndarray, reason: np.ndarray,
               evidence: np.ndarray) -> pd.DataFrame:
    """Cases about the orders at positions `row`; the claim is what was paid, minor units."""
    about = orders.iloc[row]
    return pd.DataFrame({
        "time": np.asarray(time, np.int64), "order": row, "user": about["user"].to_numpy(),
        "seller": about["seller"].to_numpy(), "kind": kind, "reason": reason,
        "claim": about["amount"].to_numpy(), "evidence": evidence, "incident": about["incident"].to_numpy(),
    })


def honest(rng: np.random.Generator, market: Market, orders: pd.DataFrame) -> pd.DataFrame:
    """Cases about honest orders: habit of the buyer, quality of the seller, bad batches, lost parcels."""
    row = np.flatnonzero((orders["incident"].to_numpy() < 0) & ~orders["called_off"].to_numpy())
    about = orders.iloc[row]
    day, seller = about["time"].to_numpy() // DAY, about["seller"].to_numpy()
    kind = _kinds(rng, market, about)
    reason = (np.cumsum(REASON_SHARE, axis=1)[kind.clip(0)] < rng.random(len(row))[:, None]).sum(axis=1)
    faulty = rng.random(len(row)) < market.faulty[day, seller]
    lost = rng.random(len(row)) < market.lost[day, seller]
    pick = rng.random(len(row))
    kind = np.select([lost, faulty], [np.where(pick < 0.55, REFUND, DISPUTE),
                                      np.where(pick < 0.6, REFUND, RETURN)], kind)
    reason = np.select([lost, faulty], [np.where(pick < 0.85, NOT_RECEIVED, LATE),
                                        np.where(pick < 0.5, DAMAGED, NOT_AS_DESCRIBED)], reason)
    time = about["time"].to_numpy() + _delay(rng, kind.clip(0))
    opened = open_cases(orders, row, time, kind, reason.clip(0, len(REASONS) - 1), _photos(rng, about))
    return opened[kind >= 0]


def _kinds(rng: np.random.Generator, market: Market, about: pd.DataFrame) -> np.ndarray:
    # A guest has average habits.
    habit = np.append(market.users["returns"].to_numpy(), 1.0)[about["user"].to_numpy()]
    trouble = market.sellers["trouble"].to_numpy()[about["seller"].to_numpy()]
    level = RETURN_LEVEL[about["category"].to_numpy()]
    chance = np.stack([0.012 * trouble * habit, 0.022 * habit * level, 0.004 * trouble,
                       np.full(len(about), 0.016)], axis=1)
    kind = (np.cumsum(chance, axis=1) < rng.random(len(about))[:, None]).sum(axis=1)
    return np.where(kind < len(KINDS), kind, -1)


def _delay(rng: np.random.Generator, kind: np.ndarray) -> np.ndarray:
    return ((DELAY[kind, 0] + rng.exponential(DELAY[kind, 1])) * DAY).astype(np.int64) + 600


def _photos(rng: np.random.Generator, about: pd.DataFrame) -> np.ndarray:
    # Some people show the same photo again, in good faith: two pieces broke in one parcel.
    chance, user = rng.random(len(about)), about["user"].to_numpy()
    again = (chance < 0.06) & (user >= 0)
    return np.select([again, chance < 0.6], [HEAVY_USE + user, np.arange(len(about))], -1)
