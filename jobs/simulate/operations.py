"""Operations: which of the actions asked for are carried out, on which day, by whom, and how well people judge."""

from dataclasses import dataclass

import numpy as np

from jobs.simulate import rhythm
from jobs.simulate.action_files import REVIEW, STOP, WATCH
from jobs.simulate.actions import HONEST_DAYS
from jobs.simulate.ids import ADDED, of_day
from jobs.simulate.rows import Rows, concat, count, take
from jobs.simulate.seeds import lots

OPERATORS = 12
GIVEN_UP = 3  # days after which an action that nobody carries out is closed
HOLD_DAYS = 3  # days for which a parcel is held
AFTER_REVIEW = "-stop"  # ends the identifier of a stop that follows a review


@dataclass(frozen=True)
class Conduct:
    """How people work, as shares.

    Attributes:
        late: of the actions that are carried out, one or two days late.
        never: of the actions asked for, never carried out.
        caught: of the attackers in reviews, stopped.
        wronged: of the honest in reviews, stopped.
        sample_right: of the answers to random samples, right.
    """

    late: float = 0.2
    never: float = 0.1
    caught: float = 0.85
    wronged: float = 0.03
    sample_right: float = 0.97


def carried_out(seed: int, asked: Rows, conduct: Conduct) -> Rows:
    """Return the actions with `executed` and `taken`: the day on which they are carried out, or closed undone."""
    key = asked["day"], asked["entity"], asked["number"], asked["action"]
    executed = lots(seed, "operations", 0, *key) >= conduct.never
    delay = np.where(lots(seed, "operations", 1, *key) < conduct.late,
                     1 + (lots(seed, "operations", 2, *key) < 0.5), 0)
    return asked | {"executed": executed, "taken": asked["day"] + np.where(executed, 1 + delay, GIVEN_UP)}


def after_reviews(seed: int, reviews: Rows, attacker: np.ndarray, conduct: Conduct) -> Rows:
    """Return the stops that follow today's reviews on the next day, as actions that are carried out."""
    lot = lots(seed, "operations", 3, reviews["day"], reviews["entity"], reviews["number"])
    found = take(reviews, lot < np.where(attacker, conduct.caught, conduct.wronged))
    names = [f"{name}{AFTER_REVIEW}" for name in found["action_id"]]
    return found | {"action": np.full(count(found), STOP), "taken": found["taken"] + 1,
                    "action_id": np.array(names, object).reshape(-1),
                    "asked": np.full(count(found), "stop", object)}


def log(seed: int, rows: Rows, day: int) -> Rows:
    """Return rows of `actions_taken` about the actions that were carried out, or closed undone, today.

    `until` says what the operator wrote: no end that depends on whether the entity is an attacker.
    """
    size = count(rows)
    key = rows["day"], rows["entity"], rows["number"], rows["action"]
    length = np.select([rows["action"] == STOP, np.isin(rows["action"], (REVIEW, WATCH))], [HONEST_DAYS - 1, 0],
                       HOLD_DAYS - 1)
    second = (lots(seed, "operations", 4, *key) * 6 * 3_600).astype(np.int64)
    operator = (lots(seed, "operations", 5, *key) * OPERATORS).astype(int)
    return {"number": of_day(day, size, ADDED), "time": day * rhythm.DAY + second[:size], "who": rows["number"],
            "entity": rows["entity"], "until": day + length, "operator": operator[:size], "taken": rows["taken"],
            **{name: rows[name] for name in ("action_id", "decision_id", "risk", "asked", "executed")}}


def joined(parts: list[Rows], empty: Rows) -> Rows:
    """Return the parts as one; without a part, no row of `empty`."""
    return concat(parts) if parts else take(empty, np.zeros(0, int))
