"""The best actions of rows over several days, where an action closes its row for a while.

The night decides day after day. A plan knows all days of a range at once, so that no other sequence of open actions is
worth more at the same price of a minute. It is found for each key backwards in time (Bellman 1957).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from jobs.decisions.queues import NONE


@dataclass(frozen=True)
class Steps:
    """The rows of each key in the order of days. A key is an entity and a risk under a policy.

    Attributes:
        row: (keys, steps) position of the row in other arrays; NONE after the last step of a key.
        day: (keys, steps) number of the day.
        rank: (keys, steps) rank of the level.
        live: (keys, steps) position of the action that the live policy takes; NONE where it takes none.
        cooldown: (keys,) days.
        actions: length of the ladders.
    """

    row: np.ndarray
    day: np.ndarray
    rank: np.ndarray
    live: np.ndarray
    cooldown: np.ndarray
    actions: int

    @cached_property
    def followers(self) -> list[np.ndarray]:
        """For each step, (keys, actions, later steps, actions): which action may be the next one after which.

        A row that acted is closed to every action until the cooldown is over or its level rises. The night closes it
        to the action that it got and wants again. A step that the live policy took to another action is open too.
        """
        action = np.arange(self.actions)
        went_on = self._live_followers()
        found = []
        for step in range(self.row.shape[1]):
            later = slice(step + 1, None)
            is_over = ((self.day[:, later] - self.day[:, step, None] > self.cooldown[:, None])
                       | (self.rank[:, later] > self.rank[:, step, None]))
            is_next = went_on[:, step, None] == np.arange(step + 1, self.row.shape[1])
            as_live = ((is_next[:, None, :, None] & (self.live[:, step, None] == action)[:, :, None, None])
                       & (self.live[:, later, None] == action)[:, None])
            found.append(is_over[:, None, :, None] | as_live)
        return found

    def _live_followers(self) -> np.ndarray:
        """Return (keys, steps): the next step on which the live policy acts; the number of steps without one."""
        keys, length = self.row.shape
        acts = np.where((self.live != NONE) & (self.row != NONE), np.arange(length), length)
        after = np.concatenate([acts[:, 1:], np.full((keys, 1), length)], axis=1)
        return np.minimum.accumulate(after[:, ::-1], axis=1)[:, ::-1]


def steps(key: np.ndarray, day: np.ndarray, rank: np.ndarray, live: np.ndarray, cooldown: np.ndarray,
          actions: int) -> Steps:
    """Return the steps of rows. Each array has one entry a row, and a key has at most one row a day."""
    order = np.lexsort((day, key))
    _, first, index = np.unique(key[order], return_index=True, return_inverse=True)
    place = np.arange(len(key)) - first[index]
    row = np.full((len(first), place.max(initial=0) + 1), NONE)
    row[index, place] = order
    return Steps(row, day[row], rank[row], live[row], cooldown[row[:, 0]], actions)


def best_plan(of: Steps, value: np.ndarray) -> np.ndarray:
    """Return the action of each row in the plan of the largest total value; NONE where it gets none.

    Of plans with equal totals, the one that acts earlier counts, then the one with the first action.

    Args:
        value: (rows, actions) of an action, after all prices; -inf where the row cannot have it.
    """
    keys, length = of.row.shape
    chosen = np.full(len(value), NONE)
    if not keys or not of.actions:
        return chosen
    total = np.where((of.row == NONE)[..., None], -np.inf, value[of.row])  # of the action and of all that follow
    following = np.full(total.shape, NONE)
    for step in reversed(range(length - 1)):
        reached = np.where(of.followers[step], total[:, None, step + 1:], -np.inf).reshape(keys, of.actions, -1)
        best = reached.argmax(axis=2)
        gain = np.take_along_axis(reached, best[..., None], axis=2)[..., 0]
        total[:, step] += np.maximum(gain, 0.0)
        following[:, step] = np.where(gain > 0, best + (step + 1) * of.actions, NONE)
    return _followed(of, chosen, total.reshape(keys, -1), following.reshape(keys, -1))


def _followed(of: Steps, chosen: np.ndarray, total: np.ndarray, following: np.ndarray) -> np.ndarray:
    key = np.arange(len(total))
    at = total.argmax(axis=1)
    at[total[key, at] <= 0] = NONE
    while (going := at != NONE).any():
        key, at = key[going], at[going]
        chosen[of.row[key, at // of.actions]] = at % of.actions
        at = following[key, at]
    return chosen
