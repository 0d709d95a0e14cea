"""What can be had: the loss that actions stop against what they cost, over prices of minutes and weights of friction.

A point of the frontier is what rows choose for themselves at a price and a weight. No set of choices that is open to
the rows stops more loss at the same minutes and the same friction (Everett 1963).
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.decisions import action_plans
from jobs.decisions.action_plans import Steps
from jobs.decisions.choices import Choices, of_option
from jobs.decisions.policy_documents import PARTIES
from jobs.decisions.queues import NONE
from jobs.decisions.suppression import RANKS

RESAMPLES = 500
TAIL = 2.5  # percent beyond each end of an interval
SEED = 25  # of the resampling: all points share one set of draws, so that they differ by their choices alone
WEIGHTS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)  # of a cent of friction against a cent of loss
PRICES = (0.0, 10.0, 30.0, 60.0, 100.0, 200.0, 400.0, 800.0, 1_600.0)  # minor units a minute


@dataclass(frozen=True)
class DayChoices:
    """The live choices of a policy on a day, and what the history before the range closes.

    Attributes:
        cooling: (rows, actions) whether the row got the action before the range and within the cooldown, at no lower
            level.
    """

    ds: dt.date
    choices: Choices
    cooling: np.ndarray


@dataclass(frozen=True)
class OpenRows:
    """The rows of some days, with the actions that are open to them.

    Attributes:
        entity: (rows,) the entity_id.
        prevented, minutes: (rows, actions) expected loss stopped, and minutes.
        friction: (rows, actions, parties).
        is_open: (rows, actions) whether the row may get the action, as far as the days before the range say.
        forced: (rows,) the action that an override forces; NONE without one.
        steps: the rows of each key in the order of days.
    """

    entity: np.ndarray
    prevented: np.ndarray
    friction: np.ndarray
    minutes: np.ndarray
    is_open: np.ndarray
    forced: np.ndarray
    steps: Steps


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


def open_rows(days: Sequence[DayChoices]) -> OpenRows:
    """Return the rows of all policies and days. Shorter ladders get actions that are never open.

    Confirmed, exempt and held-out rows stay out, as in the night. A row that acted is closed while its cooldown lasts,
    unless its level rises. Rows with a forced action get it at any price. All that the live policies do is open, so
    that they lie nowhere above the frontier.
    """
    width = max((len(day.choices.rows.policy.ladder) for day in days), default=0)
    parts = [_of_day(day, width) for day in days]
    entity, prevented, friction, minutes, is_open, forced, *key = (
        np.concatenate([part[place] for part in parts]) for place in range(len(parts[0])))
    return OpenRows(entity, prevented, friction, minutes, is_open, forced, action_plans.steps(*key, width))


def _of_day(day: DayChoices, width: int) -> tuple[np.ndarray, ...]:
    rows, count = day.choices.rows, len(day.choices.option)
    policy, valuation = rows.policy, rows.valuation
    live = np.where(day.choices.acts & ~rows.forced, day.choices.option, NONE)
    free = ~(rows.confirmed | rows.exempt | rows.held_out | rows.forced | day.cooling.any(axis=1))
    is_open = (rows.allowed & free[:, None]) | (live[:, None] == np.arange(len(policy.ladder)))
    beyond = ((0, 0), (0, width - len(policy.ladder)))
    entity = np.array(rows.keys["entity_id"].to_pylist(), object)
    level = [RANKS.get(level, 0) for level in rows.keys["level"].to_pylist()]
    return (entity, np.pad(valuation.prevented, beyond), np.pad(valuation.friction, (*beyond, (0, 0))),
            np.pad(np.broadcast_to(valuation.minutes, valuation.prevented.shape), beyond), np.pad(is_open, beyond),
            np.where(rows.forced, day.choices.option, NONE),
            np.array([f"{policy.name}|{risk}|{name}" for name, risk in zip(entity, rows.keys["risk"].to_pylist())]),
            np.full(count, day.ds.toordinal()), np.array(level, int), live, np.full(count, policy.cooldown_days))


def at_price(rows: OpenRows, price: float, weights: Sequence[float]) -> Taken:
    """Return what rows choose at a price of a minute and a weight of each party, with no limit of the minutes."""
    value = rows.prevented - rows.friction @ np.asarray(weights) - price * rows.minutes
    option = action_plans.best_plan(rows.steps, np.where(rows.is_open & (rows.prevented > 0), value, -np.inf))
    option = np.where(rows.forced != NONE, rows.forced, option)
    acts = np.flatnonzero(option != NONE)
    acts = acts[rows.prevented[acts, option[acts]] > 0]
    action = option[acts]
    return Taken(rows.entity[acts], rows.prevented[acts, action], rows.friction[acts, action],
                 rows.minutes[acts, action])


def of_choices(choices: Choices) -> Taken:
    """Return what the actions of decided rows are expected to do."""
    prevented = of_option(choices, choices.rows.valuation.prevented)
    acts = choices.acts & (prevented > 0)
    return Taken(np.array(choices.rows.keys["entity_id"].to_pylist(), object)[acts], prevented[acts],
                 of_option(choices, choices.rows.valuation.friction)[acts], choices.minutes[acts])


def together(parts: Sequence[Taken]) -> Taken:
    """Return the results of several choices as one."""
    return Taken(*[np.concatenate([getattr(part, name) for part in parts])
                   for name in ("entity", "prevented", "friction", "minutes")])


class Resampling:
    """A bootstrap of entities: how often each one is drawn, the same for every point."""

    def __init__(self, entities: Sequence[str]):
        self._names = pa.array(sorted(set(entities)), pa.string())
        self._draws = np.random.default_rng(SEED).poisson(1.0, (RESAMPLES, len(self._names))).astype(float)

    def ends(self, taken: Taken) -> np.ndarray:
        """Return the ends of the intervals of 95 %: (2, 2), lower and upper, of the loss stopped and of friction."""
        index = pc.index_in(pa.array(taken.entity, pa.string()), self._names).to_numpy(zero_copy_only=False)
        totals = np.stack([np.bincount(index.astype(int), weights=amount, minlength=len(self._names))
                           for amount in (taken.prevented, taken.friction.sum(axis=1))], axis=1)
        return np.percentile(self._draws @ totals, [TAIL, 100 - TAIL], axis=0)


def point(taken: Taken, days: int, resampling: Resampling) -> dict[str, Any]:
    """Return the figures of one point, with intervals."""
    (prevented_lo, friction_lo), (prevented_hi, friction_hi) = resampling.ends(taken).tolist()
    return {
        "rows": len(taken.entity), "minutes_a_day": float(taken.minutes.sum()) / days,
        "prevented_cents": float(taken.prevented.sum()),
        "prevented_lo_cents": prevented_lo, "prevented_hi_cents": prevented_hi,
        **{f"friction_{party}_cents": float(taken.friction[:, place].sum()) for place, party in enumerate(PARTIES)},
        "friction_lo_cents": friction_lo, "friction_hi_cents": friction_hi,
    }


def weights() -> Iterator[tuple[float, ...]]:
    """Yield the weights of the parties: all alike, then each party by itself beside others of weight 1."""
    yield from ((weight,) * len(PARTIES) for weight in WEIGHTS)
    for place in range(len(PARTIES)):
        yield from (tuple(weight if party == place else 1.0 for party in range(len(PARTIES)))
                    for weight in WEIGHTS if weight != 1)


def grid(rows: OpenRows, days: int, resampling: Resampling) -> Iterator[dict[str, Any]]:
    """Yield the point of each price and weights: price_cents_a_minute, weight_<party>, and the figures of `point`."""
    for of_parties in weights():
        for price in PRICES:
            yield {"price_cents_a_minute": price, **weight_columns(of_parties),
                   **point(at_price(rows, price, of_parties), days, resampling)}


def weight_columns(of_parties: Sequence[float]) -> Mapping[str, float]:
    """Return the weight of each party by its column."""
    return {f"weight_{party}": weight for party, weight in zip(PARTIES, of_parties)}
