"""The state of each goal as of a day: green, amber or red, and how sure that is."""

import datetime as dt
from typing import Any

import duckdb

from jobs.decisions.goal_files import Goal
from jobs.ledger.goal_metrics import Written, measure

GREEN, AMBER, RED, UNKNOWN = STATES = "green", "amber", "red", "unknown"
ALL = "all"


def goal_row(db: duckdb.DuckDBPyConnection, goal: Goal, written: Written, ds: dt.date) -> dict[str, Any]:
    """Return the row of `goal_daily` of a goal, without the run.

    The state is that of the estimate. It is certain if the whole interval has it: a goal whose interval reaches from
    green to red says that nobody knows.

    Args:
        db: has the views of `open_money.attach`, of the arrival days up to `ds`.
    """
    found = measure(db, goal, written, ds)
    states = [state(goal, value) for value in (found.value, found.lo, found.hi)]
    return {"ds": ds, "goal": goal.name, "goal_version": goal.version, "metric": goal.metric,
            "risks": ", ".join(goal.risks) or ALL, "owner": goal.owner, "green": goal.green, "red": goal.red,
            "due_ds": goal.due, "from_ds": found.days[0], "to_ds": found.days[1], "value": found.value, "lo": found.lo,
            "hi": found.hi, "level": found.level, "state": states[0],
            "is_certain": states[0] != UNKNOWN and len(set(states)) == 1,
            "is_overdue": ds > goal.due and states[0] != GREEN, "unknown_because": found.unknown or None}


def state(goal: Goal, value: float | None) -> str:
    """Return the state of a value: at the bound of green it is green, and at that of red amber."""
    if value is None:
        return UNKNOWN
    sign = 1 if goal.green < goal.red else -1  # less is better, or more
    if sign * value <= sign * goal.green:
        return GREEN
    return AMBER if sign * value <= sign * goal.red else RED
