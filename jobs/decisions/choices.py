"""The choice of an action for each row of a queue: values, suppression in its order, and the reviewers' minutes."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pyarrow as pa

from jobs.decisions import queues
from jobs.decisions.overrides import EXEMPT, FORCE
from jobs.decisions.policy_files import Policy, Queue
from jobs.decisions.policy_keys import NO_ACTION
from jobs.decisions.queues import NONE
from jobs.decisions.suppression import CAPACITY, CONFIRMED, COOLDOWN, OVERRIDE
from jobs.decisions.valuation import Valuation


@dataclass(frozen=True)
class PolicyRows:
    """The rows of one policy on a day, with all that a choice depends on. Arrays have one entry a row.

    Attributes:
        keys: (entity, entity_id, risk, score, level, open_cents), ordered by entity_id and risk.
        expected_loss: of a guilty row, minor units, as verdicts count it.
        unbooked_loss: harm of a guilty row that no verdict counts, minor units, as the policy says.
        allowed: (rows, actions) whether the action's condition holds.
        cooling: (rows, actions) whether the row got the action within the cooldown, at no lower level.
        confirmed: whether the row's risk stands confirmed.
        override_id, effect, forced_action: of the override in force; None without one.
        eligible: name of the experiment that the row may enter; None without one.
        experiment, arm, propensity: of the row's unit; None, None and NaN where it is in no experiment.
        held_out: whether the row gets no action so that the effect of actions can be measured.
        sampled_with: inclusion probability of a random review; NaN where none was drawn.
        decided_by: the policy that decides the row because its arm says so; None: the live one.
    """

    policy: Policy
    keys: pa.Table
    expected_loss: np.ndarray
    unbooked_loss: np.ndarray
    valuation: Valuation
    allowed: np.ndarray
    cooling: np.ndarray
    confirmed: np.ndarray
    override_id: np.ndarray
    effect: np.ndarray
    forced_action: np.ndarray
    eligible: np.ndarray
    experiment: np.ndarray
    arm: np.ndarray
    propensity: np.ndarray
    held_out: np.ndarray
    sampled_with: np.ndarray
    decided_by: np.ndarray

    @property
    def exempt(self) -> np.ndarray:
        return ~self.confirmed & (self.effect == EXEMPT)

    @property
    def forced(self) -> np.ndarray:
        return ~self.confirmed & (self.effect == FORCE)

    def take(self, positions: np.ndarray) -> "PolicyRows":
        """Return some of the rows."""
        valuation = replace(self.valuation, prevented=self.valuation.prevented[positions],
                            friction=self.valuation.friction[positions], value=self.valuation.value[positions])
        arrays = {f.name: getattr(self, f.name)[positions] for f in fields(self)
                  if isinstance(getattr(self, f.name), np.ndarray)}
        return replace(self, keys=self.keys.take(positions), valuation=valuation, **arrays)


@dataclass(frozen=True)
class Choices:
    """The results for the rows of one policy.

    Attributes:
        option: position in the ladder of the action that the row gets, or would have got; NONE: no action.
        suppressed_by: why the row does not get it; None where it does, and where there is nothing to get.
    """

    rows: PolicyRows
    option: np.ndarray
    suppressed_by: np.ndarray

    def take(self, positions: np.ndarray) -> "Choices":
        """Return the choices of some of the rows."""
        return Choices(self.rows.take(positions), self.option[positions], self.suppressed_by[positions])

    @property
    def acts(self) -> np.ndarray:
        """Whether the row gets an action of its ladder."""
        return (self.option != NONE) & (self.suppressed_by == None)  # noqa: E711 (element by element)

    @property
    def does_something(self) -> np.ndarray:
        """Whether the row gets an action of its ladder that is no watch."""
        watch = np.array([action.is_watch for action in self.rows.policy.ladder])
        return self.acts & ~watch[np.maximum(self.option, 0)]

    @property
    def actions(self) -> list[str]:
        """The word of each row's action."""
        names = [action.action for action in self.rows.policy.ladder]
        return [forced if is_forced else names[option] if option != NONE else NO_ACTION
                for option, is_forced, forced in zip(self.option, self.rows.forced, self.rows.forced_action)]

    @property
    def minutes(self) -> np.ndarray:
        """Reviewer minutes of each row's action; 0 where the row does not get it."""
        return np.where(self.acts, _of_option(self.rows.valuation.minutes, self.option), 0.0)


def _of_option(by_action: np.ndarray, option: np.ndarray) -> np.ndarray:
    """Return the entry of each row's action, 0 for NONE. The entries are (actions,) or (rows, actions, ...)."""
    at = np.maximum(option, 0)
    values = by_action[at] if by_action.ndim == 1 else by_action[np.arange(len(option)), at]
    return np.where((option != NONE).reshape(-1, *[1] * (values.ndim - 1)), values, 0.0)


def of_option(choices: Choices, by_action: np.ndarray) -> np.ndarray:
    """Return each row's entry of an array (rows, actions, ...) of its valuation; 0 where it has no action."""
    return _of_option(by_action, choices.option)


def choose(parts: Sequence[PolicyRows], queue: Queue, sample_minutes: float) -> tuple[list[Choices], float]:
    """Choose the actions of all rows that share a queue.

    Suppression is asked in the order of `suppression.WORDS`, without holdouts: `arms.held_out` adds them. Rows with
    forced actions and random reviews take their minutes first. The rows that are left compete for the rest at one
    price.

    Args:
        sample_minutes: minutes of the drawn random reviews.

    Returns:
        The choices of each part, and the price: minor units that one more minute would be worth.
    """
    wanted = [_best(part, part.allowed) for part in parts]
    words = [_suppressed(part, option) for part, option in zip(parts, wanted)]
    forced = [_forced_options(part) for part in parts]
    taken = sample_minutes + sum(
        _of_option(part.valuation.minutes, np.where(part.forced, option, NONE)).sum()
        for part, option in zip(parts, forced))
    competing = [_competing_values(part, word) for part, word in zip(parts, words)]
    given, price = _allocated(parts, competing, max(queue.minutes_a_day - taken, 0.0))
    return [_choices(part, *options) for part, *options in zip(parts, wanted, words, forced, given)], price


def _values(part: PolicyRows, allowed: np.ndarray) -> np.ndarray:
    """Return the value of each action that a row can get; NaN for the others, and for actions that do nothing."""
    watch = np.array([action.is_watch for action in part.policy.ladder])
    return np.where(allowed & ~watch, part.valuation.value, np.nan)


def _best(part: PolicyRows, allowed: np.ndarray) -> np.ndarray:
    """Return each row's action with the largest positive value; NONE where no action has one."""
    values = np.nan_to_num(_values(part, allowed), nan=-np.inf)
    return np.where(values.max(axis=1, initial=-np.inf) > 0, values.argmax(axis=1), NONE)


def _suppressed(part: PolicyRows, wanted: np.ndarray) -> np.ndarray:
    """Return the word of each row that must not get what it wants; None for the others."""
    wants = wanted != NONE
    cools = wants & part.cooling[np.arange(len(wanted)), np.maximum(wanted, 0)]
    words = np.full(len(wanted), None, object)
    for word, holds in reversed(((CONFIRMED, part.confirmed), (OVERRIDE, part.exempt), (COOLDOWN, cools))):
        words[holds] = word
    words[part.forced] = None
    return words


def _forced_options(part: PolicyRows) -> np.ndarray:
    """Return the position of each row's forced action; NONE for an action that is not in the ladder."""
    names = {action.action: rung for rung, action in enumerate(part.policy.ladder)}
    return np.array([names.get(action, NONE) for action in part.forced_action], int)


def _competing_values(part: PolicyRows, words: np.ndarray) -> np.ndarray:
    free = (words == None) & ~part.forced  # noqa: E711 (element by element)
    return _values(part, part.allowed & ~part.cooling & free[:, None])


def _allocated(parts: Sequence[PolicyRows], values: Sequence[np.ndarray],
               capacity: float) -> tuple[list[np.ndarray], float]:
    """Allocate the minutes over the rows of all parts together, in the order of their keys."""
    width = max(value.shape[1] for value in values)
    value = np.concatenate([_widened(value, width, np.nan) for value in values])
    minutes = np.concatenate([np.broadcast_to(_widened(part.valuation.minutes[None], width, 0.0),
                                              (len(of_part), width)) for part, of_part in zip(parts, values)])
    order = pa.concat_tables([part.keys.select(["entity", "entity_id", "risk"]) for part in parts]).append_column(
        "row", pa.array(np.arange(len(value)))).sort_by(
        [("entity", "ascending"), ("entity_id", "ascending"), ("risk", "ascending")])["row"].to_numpy()
    allocation = queues.allocate(value[order], minutes[order], capacity)
    option = np.empty(len(value), int)
    option[order] = allocation.option
    return np.split(option, np.cumsum([len(of_part) for of_part in values])[:-1]), allocation.price


def _widened(values: np.ndarray, width: int, fill: float) -> np.ndarray:
    return np.pad(values, ((0, 0), (0, width - values.shape[1])), constant_values=fill)


def _choices(part: PolicyRows, wanted: np.ndarray, words: np.ndarray, forced: np.ndarray,
             given: np.ndarray) -> Choices:
    words = words.copy()
    words[(words == None) & ~part.forced & (given == NONE) & (wanted != NONE)] = CAPACITY  # noqa: E711
    option = np.where(words != None, wanted, given)  # noqa: E711
    option = np.where(part.forced, forced, option)
    return Choices(part, np.where(option == NONE, _watch(part), option), words)


def _watch(part: PolicyRows) -> np.ndarray:
    """Return the first action that does nothing and whose condition holds; NONE where a row has none."""
    rungs = [rung for rung, action in enumerate(part.policy.ladder) if action.is_watch]
    option = np.full(len(part.keys), NONE)
    for rung in reversed(rungs):
        option = np.where(part.allowed[:, rung], rung, option)
    return np.where(part.forced, NONE, option)
