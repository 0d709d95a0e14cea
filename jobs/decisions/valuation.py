"""What an action is worth for a row, and what it costs honest parties."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jobs.decisions.policy_documents import PARTIES
from jobs.decisions.policy_files import Action


@dataclass(frozen=True)
class Valuation:
    """The expected results of each action of a ladder for each row, in minor units. Estimates, never booked money.

    Attributes:
        prevented: (rows, actions) the loss that the action is expected to stop.
        friction: (rows, actions, parties) what it is expected to cost honest parties, in the order of PARTIES.
        minutes: (actions,) of a reviewer.
        value: (rows, actions) prevented minus all friction minus the wage of the minutes.
    """

    prevented: np.ndarray
    friction: np.ndarray
    minutes: np.ndarray
    value: np.ndarray


def valuate(probability: np.ndarray, loss: np.ndarray, worth: np.ndarray, ladder: Sequence[Action],
            wage: float) -> Valuation:
    """Return `p * loss * stops - (1 - p) * worth * costs - minutes * wage` for each row and action.

    Args:
        probability: (rows,) that the row is guilty; NaN counts as 0, because nothing is known of the row.
        loss: (rows,) expected loss of a guilty row, minor units.
        worth: (rows, parties) worth of each honest party, minor units; NaN counts as 0.
        wage: minor units per minute.
    """
    guilty = np.nan_to_num(probability)[:, None]
    stops = np.array([action.stops for action in ladder])
    costs = np.array([[action.costs[party] for party in PARTIES] for action in ladder])
    minutes = np.array([action.minutes for action in ladder], float)
    prevented = guilty * loss[:, None] * stops
    friction = (1 - guilty)[:, :, None] * np.nan_to_num(worth)[:, None, :] * costs
    return Valuation(prevented, friction, minutes, prevented - friction.sum(axis=2) - minutes * wage)
