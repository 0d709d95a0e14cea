"""The points of the frontier of an entity over past days, and those of its live and shadow policies."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from jobs.decisions import day_state, frontier
from jobs.decisions.backtest import as_decision_daily, no_decisions
from jobs.decisions.choices import Choices, PolicyRows
from jobs.decisions.day_facts import open_day
from jobs.decisions.day_state import DayState
from jobs.decisions.decide_day import DayDecisions, decide
from jobs.decisions.frontier import DayChoices
from jobs.decisions.policy_documents import LIVE, SHADOW
from jobs.decisions.policy_files import Policies
from jobs.decisions.policy_rows import policy_rows
from jobs.errors import UserError
from jobs.storage.lake import Lake
from jobs.storage.query import connect

FRONTIER = "frontier"
NO_PRICE = -1.0  # the minutes have a limit in the place of a price


@dataclass
class _Decided:
    """What the policies in force decide on some days.

    Attributes:
        live: the live choices of the entity's policies, day after day.
        shadow: by name of a shadow policy, the choices as if it were live.
    """

    live: list[DayChoices] = field(default_factory=list)
    shadow: dict[str, list[Choices]] = field(default_factory=dict)


def points(lake: Lake, entity: str, days: Sequence[dt.date], policies: Policies) -> list[dict[str, Any]]:
    """Return the points of the frontier over some days, and those of the live and of each shadow policy.

    All follow the cooldowns: those that the lake's decisions before the first day began, and those that their own
    actions begin. Every action of the range counts as carried out.

    Returns:
        Rows of `strategy_frontier` without days, entity and run.

    Raises:
        UserError: no live policy decides on the entity.
    """
    decided = _decided(lake, entity, days, policies)
    if not decided.live:
        raise UserError(f"{entity}, {days[-1]}: no live policy decides on it. Give one in policies/ the status live; "
                        "make policies shows all of them")
    rows = frontier.open_rows(decided.live)
    marked = {(LIVE, LIVE): [day.choices for day in decided.live],
              **{(SHADOW, name): choices for name, choices in decided.shadow.items()}}
    taken = {mark: frontier.together([frontier.of_choices(one) for one in choices])
             for mark, choices in marked.items()}
    resampling = frontier.Resampling([*rows.entity, *(name for of_mark in taken.values() for name in of_mark.entity)])
    weighted = frontier.weight_columns((1.0,) * len(frontier.PARTIES))
    return [*({"mode": FRONTIER, "policy": LIVE, **point} for point in frontier.grid(rows, len(days), resampling)),
            *({"mode": mode, "policy": name, "price_cents_a_minute": NO_PRICE, **weighted,
               **frontier.point(of_mark, len(days), resampling)} for (mode, name), of_mark in taken.items())]


def _decided(lake: Lake, entity: str, days: Sequence[dt.date], policies: Policies) -> _Decided:
    """Return the decisions of the policies in force, day after day, each with the cooldowns of its own rows."""
    found, made = _Decided(), no_decisions()
    for ds in days:
        with connect() as db:
            state = day_state.load(open_day(db, lake, ds, _entities(entity, ds, policies)), policies, (days[0], made))
            of_day = decide(state, policies, lake.run_id)
            before = day_state.load(state.facts, policies, (days[0], no_decisions()))
            _add(found, of_day, before, policies, entity)
        made = pa.concat_tables([made, as_decision_daily(of_day.rows)])
    return found


def _entities(entity: str, ds: dt.date, policies: Policies) -> set[str]:
    """Return the entities whose rows compete for the minutes of the entity's queues."""
    queues = {policy.queue for policy in (*policies.live(ds), *policies.shadow(ds)) if policy.entity == entity}
    return {entity, *(name.split("/")[0] for queue in queues for name in policies.queues[queue].risks)}


def _add(found: _Decided, of_day: DayDecisions, before: DayState, policies: Policies, entity: str) -> None:
    live = [choices for choices in of_day.choices.values() if choices.rows.policy.entity == entity]
    for choices in live:
        found.live.append(DayChoices(before.ds, choices, _cooling(before, policies, choices)))
    for name, beside in of_day.shadow_choices.items():
        shadow = beside[name].rows.policy
        if shadow.entity == entity:
            others = [choices for choices in live if choices.rows.policy.queue != shadow.queue]
            found.shadow.setdefault(name, []).extend(
                [*others, *(choices for choices in beside.values() if choices.rows.policy.entity == entity)])


def _cooling(before: DayState, policies: Policies, choices: Choices) -> np.ndarray:
    """Return which actions of the rows of choices cool down by decisions before the range alone."""
    def keys(rows: PolicyRows) -> list[tuple]:
        return list(zip(rows.keys["entity_id"].to_pylist(), rows.keys["risk"].to_pylist()))

    every = policy_rows(before, policies, choices.rows.policy)
    position = {key: number for number, key in enumerate(keys(every))}
    return every.cooling[[position[key] for key in keys(choices.rows)]]
