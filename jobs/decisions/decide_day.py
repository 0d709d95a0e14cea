"""The decisions of one day: every row of every policy, its action, and why it does not get it."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from jobs.decisions import arms, candidate_rows
from jobs.decisions.arms import Unit
from jobs.decisions.choices import Choices, PolicyRows, choose, of_option
from jobs.decisions.day_state import DayState, wanted_rows
from jobs.decisions.enrolment import enrol
from jobs.decisions.policy_documents import LIVE, PARTIES, SHADOW
from jobs.decisions.policy_files import Policies, Policy, Queue
from jobs.decisions.policy_rows import policy_rows, without
from jobs.decisions.queues import NONE
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema, arrow_type

KEY = candidate_rows.KEY
Decided = tuple[list[Choices], float, float]  # the choices of the parts of a queue, its price, and its minutes


@dataclass(frozen=True)
class QueuePrice:
    """The state of a queue after a day's decisions: minutes in all and used, and what one more minute is worth."""

    queue: str
    minutes_a_day: float
    minutes: float
    price_cents_a_minute: float


@dataclass(frozen=True)
class DayDecisions:
    """Results of a day.

    Attributes:
        rows: the columns of `decision_daily` but `rank_in_queue`, ordered by policy, entity, entity_id and risk.
        prices: of each queue, over the live policies.
        choices: of each live policy, and of each policy that decides rows of an arm, by its name.
        shadow_choices: by the name of a shadow policy: its choices, and those of the live policies beside it.
        units: those that entered an experiment, as rows of `experiment_units`.
    """

    rows: pa.Table
    prices: Sequence[QueuePrice]
    choices: Mapping[str, Choices]
    shadow_choices: Mapping[str, Mapping[str, Choices]]
    units: Sequence[Unit]


def decide(state: DayState, policies: Policies, run_id: str) -> DayDecisions:
    """Decide the rows of all live policies together, and those of each shadow policy as if it were live.

    Live rows are decided twice where somebody has an arm: as if nobody had, which says who enters an experiment and
    what held-out rows would have got, and then with the arms. Others get the minutes of held-out rows, and rows that
    the policy of an arm decides compete for minutes with all others.
    """
    state.db.register("wanted_rows", wanted_rows(state))
    experiments = [each for each in policies.experiments
                   if each.entity in state.facts.entities and each.is_in_force(state.ds)]
    earlier = arms.in_force(state, experiments)
    assigned = arms.assigned(state.facts, experiments, earlier)
    live, of_arms = ([arms.with_arms(policy_rows(state, policies, policy), experiments, assigned)
                      for policy in chosen if policy.entity in state.facts.entities]
                     for chosen in (policies.live(state.ds), policies.of_arms(experiments)))
    first = {queue: _in_queue(state, policies, parts) for queue, parts in _by_queue(policies, live).items()}
    units = enrol(state, experiments, [of_policy for decided in first.values() for of_policy in decided[0]],
                  {own.policy.name: _as_if_live(state, policies, own, live)[0] for own in of_arms}, assigned,
                  run_id) if state.enrols else []
    assigned = arms.assigned(state.facts, experiments, [*earlier, *units]) if units else assigned
    live, of_arms = ([arms.with_arms(part, experiments, assigned) for part in parts] for parts in (live, of_arms))
    live = arms.within_caps(live, {of_policy.rows.policy.name: of_policy for decided in first.values()
                                   for of_policy in decided[0]}, experiments)
    tables, prices, live_choices = [], [], {}
    for queue, parts in _by_queue(policies, [*live, *_rows_of_arms(of_arms)]).items():
        choices, price, minutes = _with_arms(state, policies, parts, first.get(queue))
        prices.append(QueuePrice(queue.name, queue.minutes_a_day, minutes, price))
        live_choices |= {of_policy.rows.policy.name: of_policy for of_policy in choices}
        tables += [_rows(of_policy, LIVE, state.ds, run_id, queue.sample_minutes) for of_policy in choices]
    shadows = [arms.with_arms(policy_rows(state, policies, policy), experiments, assigned)
               for policy in policies.shadow(state.ds) if policy.entity in state.facts.entities]
    shadow_choices = {own.policy.name: _as_if_live(state, policies, own, live) for own in shadows}
    tables += [_rows(choices.take(arms.only_computed(choices.rows)), SHADOW, state.ds, run_id, 0.0)
               for choices, *_ in shadow_choices.values()]
    return DayDecisions(_sorted(tables), prices, live_choices, {
        name: {of_policy.rows.policy.name: of_policy for of_policy in choices}
        for name, choices in shadow_choices.items()}, units)


def _sorted(tables: Sequence[pa.Table]) -> pa.Table:
    """Return the rows of tables as `DayDecisions.rows`."""
    schema = pa.schema([field for field in arrow_schema(catalog.DECISION_DAILY) if field.name != "rank_in_queue"])
    rows = pa.concat_tables(tables).select(schema.names).cast(schema) if tables else schema.empty_table()
    return rows.sort_by([(name, "ascending") for name in ("policy", *KEY)])


def _rows_of_arms(parts: Sequence[PolicyRows]) -> list[PolicyRows]:
    """Return of each policy of an arm the rows that it decides, if there are any."""
    return [part.take(positions) for part in parts if len(positions := arms.of_arm_policy(part))]


def _by_queue(policies: Policies, parts: Sequence[PolicyRows]) -> dict[Queue, list[PolicyRows]]:
    """Return the parts of each queue that has any."""
    return {queue: mine for queue in policies.queues.values()
            if (mine := [part for part in parts if part.policy.queue == queue.name])}


def _as_if_live(state: DayState, policies: Policies, own: PolicyRows, live: Sequence[PolicyRows]) -> list[Choices]:
    """Return the choices of a policy as if it decided on its risks alone, and of the live policies beside it."""
    others = [without(part, own) for part in live if part.policy.queue == own.policy.queue]
    return _in_queue(state, policies, [own, *others])[0]


def _with_arms(state: DayState, policies: Policies, parts: Sequence[PolicyRows],
               first: Decided | None) -> Decided:
    """Return the choices of the parts of a queue, the price and the minutes, as the arms of their rows say.

    Args:
        parts: of the live policies, in the order of `first`, and after them those that the policies of arms decide.
        first: the choices of the live policies as if nobody had an arm; None for a queue without them.
    """
    count = len(first[0]) if first else 0
    kept = [arms.of_live_policy(part) for part in parts[:count]]
    live = [part.take(positions) for part, positions in zip(parts, kept)]
    wanted = [replace(of_policy.take(positions), rows=part)
              for of_policy, positions, part in zip(first[0], kept, live)] if first else []
    of_arms = list(parts[count:])
    if not of_arms and not any(part.held_out.any() for part in live):
        return wanted, *first[1:]
    second, price, minutes = _in_queue(state, policies, [*arms.without_held_out(live), *of_arms])
    return [*(arms.held_out(*each) for each in zip(live, wanted, second)), *second[count:]], price, minutes


def _in_queue(state: DayState, policies: Policies, parts: Sequence[PolicyRows]) -> Decided:
    """Return the choices of the parts, the price, and the minutes that actions and random reviews take."""
    queue = policies.queues[parts[0].policy.queue]
    sample_minutes = len(state.samples[queue.name]) * queue.sample_minutes
    choices, price = choose(parts, queue, sample_minutes)
    return choices, price, sample_minutes + sum(part.minutes.sum() for part in choices)


def _rows(choices: Choices, mode: str, ds: dt.date, run_id: str, sample_minutes: float) -> pa.Table:
    """Return the choices of a policy as rows of `decision_daily`, without the rank."""
    part, count = choices.rows, len(choices.option)
    policy, keys = part.policy, part.keys
    ladder = policy.ladder
    friction = of_option(choices, part.valuation.friction)
    sampled = ~np.isnan(part.sampled_with)
    named = [None if option == NONE else ladder[option] for option in choices.option]
    columns = {
        "ds": pa.repeat(pa.scalar(ds, pa.date32()), count), "policy": [policy.name] * count,
        "policy_version": [policy.version] * count, "mode": [mode] * count,
        **{name: keys[name] for name in ("entity", "entity_id", "risk", "score", "level")},
        "action": choices.actions, "control_point": [action and action.control_point for action in named],
        "stops": [action.stops if action else 0.0 for action in named],
        "queue": [policy.queue] * count, "suppressed_by": list(choices.suppressed_by),
        "override_id": list(part.override_id), "experiment": list(part.experiment),
        "arm": list(part.arm),
        "propensity": pa.array(part.propensity, from_pandas=True),
        "sampled_with": pa.array(part.sampled_with, from_pandas=True),
        "open_cents": keys["open_cents"], "expected_loss_cents": part.expected_loss,
        "unbooked_loss_cents": part.unbooked_loss,
        **{f"friction_{party}_cents": friction[:, index] for index, party in enumerate(PARTIES)},
        "value_cents": of_option(choices, part.valuation.value),
        "minutes": np.maximum(choices.minutes, np.where(sampled, sample_minutes, 0.0)),
        "until": pa.array([ds + dt.timedelta(days=action.days) if action and action.days else None
                           for action in named], pa.date32()),
        "decision_id": [decision_id(ds, policy, *key) for key in zip(*(keys[name].to_pylist() for name in KEY))],
        "run_id": [run_id] * count,
    }
    return pa.table({name: values if isinstance(values, (pa.Array, pa.ChunkedArray)) else
                     pa.array(values, arrow_type(catalog.DECISION_DAILY.column(name).type))
                     for name, values in columns.items()})


def decision_id(ds: dt.date, policy: Policy, entity: str, entity_id: str, risk: str) -> str:
    """Return 16 hex digits of a digest of the day, the policy with its version, and the row."""
    text = f"{ds}|{policy.name}|{policy.version}|{entity}|{entity_id}|{risk}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]
