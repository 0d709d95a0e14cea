"""What can be had: the loss that actions stop against what they cost, over prices of minutes and weights of friction.

A point of the frontier is what rows choose for themselves at a price and a weight. No set of choices stops more loss at
the same minutes and the same friction (Everett 1963).
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jobs.decisions import queues
from jobs.decisions.choices import Choices, PolicyRows, of_option
from jobs.decisions.policy_documents import PARTIES

RESAMPLES = 500
TAIL = 2.5  # percent beyond each end of an interval
WEIGHTS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)  # of a cent of friction against a cent of loss
PRICES = (0.0, 10.0, 30.0, 60.0, 100.0, 200.0, 400.0, 800.0, 1_600.0)  # minor units a minute


@dataclass(frozen=True)
class Taken:
    """The results of one choice over some days.

    Attributes:
        entity: (acting rows,) whose row it is.
        prevented, minutes: (acting rows,) expected loss stopped, and minutes.
        friction: (acting rows, parties).
    """

    entity: np.ndarray
    prevented: np.ndarray
    friction: np.ndarray
    minutes: np.ndarray


def at_price(rows: PolicyRows, price: float, weights: Sequence[float]) -> Taken:
    """Return what the rows of a policy choose at a price of a minute and a weight of each party, without any limit.

    Every action of the ladder whose condition holds is open; rows that stand confirmed or exempt stay out.
    """
    valuation = rows.valuation
    value = valuation.prevented - valuation.friction @ np.asarray(weights) - price * valuation.minutes
    open_rows = ~rows.confirmed & ~rows.exempt
    value = np.where(rows.allowed & open_rows[:, None], value, np.nan)
    allocation = queues.allocate(value, np.zeros(value.shape[1]), 0.0)
    return _taken(Choices(rows, allocation.option, np.full(len(value), None)))


def of_choices(choices: Choices) -> Taken:
    """Return what the actions of decided rows are expected to do."""
    return _taken(choices)


def _taken(choices: Choices) -> Taken:
    acts = choices.acts & (of_option(choices, choices.rows.valuation.prevented) > 0)
    entity = np.array(choices.rows.keys["entity_id"].to_pylist(), object)
    return Taken(entity[acts], of_option(choices, choices.rows.valuation.prevented)[acts],
                 of_option(choices, choices.rows.valuation.friction)[acts], choices.minutes[acts])


def together(parts: Sequence[Taken]) -> Taken:
    """Return the results of several choices as one."""
    return Taken(*[np.concatenate([getattr(part, name) for part in parts])
                   for name in ("entity", "prevented", "friction", "minutes")])


def point(taken: Taken, days: int, name: str) -> dict[str, Any]:
    """Return the figures of one point, with intervals by a bootstrap of entities."""
    friction = taken.friction.sum(axis=1)
    _, index = np.unique(taken.entity.astype(str), return_inverse=True)
    totals = np.stack([np.bincount(index, weights=column) for column in (taken.prevented, friction)], axis=1)
    ends = np.zeros((2, 2))
    if len(totals):
        rng = np.random.default_rng(zlib.crc32(name.encode()))
        resampled = rng.poisson(1.0, (RESAMPLES, len(totals))) @ totals
        ends = np.percentile(resampled, [TAIL, 100 - TAIL], axis=0)
    return {
        "rows": len(taken.entity), "minutes_a_day": float(taken.minutes.sum()) / days,
        "prevented_cents": float(taken.prevented.sum()),
        "prevented_lo_cents": float(ends[0, 0]), "prevented_hi_cents": float(ends[1, 0]),
        **{f"friction_{party}_cents": float(taken.friction[:, place].sum()) for place, party in enumerate(PARTIES)},
        "friction_lo_cents": float(ends[0, 1]), "friction_hi_cents": float(ends[1, 1]),
    }


def weights() -> Iterator[tuple[float, ...]]:
    """Yield the weights of the parties: all alike, then each party by itself beside others of weight 1."""
    yield from ((weight,) * len(PARTIES) for weight in WEIGHTS)
    for place in range(len(PARTIES)):
        yield from (tuple(weight if party == place else 1.0 for party in range(len(PARTIES)))
                    for weight in WEIGHTS if weight != 1)


def grid(parts: Sequence[PolicyRows], days: int) -> Iterator[dict[str, Any]]:
    """Yield the point of each price and weights: price_cents_a_minute, weight_<party>, and the figures of `point`."""
    for of_parties in weights():
        for price in PRICES:
            taken = together([at_price(part, price, of_parties) for part in parts])
            yield {"price_cents_a_minute": price, **weight_columns(of_parties),
                   **point(taken, days, f"{price}/{of_parties}")}


def weight_columns(of_parties: Sequence[float]) -> dict[str, float]:
    """Return the weight of each party by its column."""
    return {f"weight_{party}": weight for party, weight in zip(PARTIES, of_parties)}
