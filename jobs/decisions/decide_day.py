"""The decisions of one day: every row of every policy, its action, and why it does not get it."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from jobs.decisions import arms, candidate_rows, suppression
from jobs.decisions.arms import Unit
from jobs.decisions.choices import Choices, PolicyRows, choose, of_option
from jobs.decisions.day_state import DayState, wanted_rows
from jobs.decisions.enrolment import enrol
from jobs.decisions.overrides import with_overrides
from jobs.decisions.policy_documents import LIVE, PARTIES, SHADOW
from jobs.decisions.policy_files import Policies, Policy
from jobs.decisions.queues import NONE
from jobs.decisions.valuation import valuate
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema, arrow_type

KEY = candidate_rows.KEY


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
        choices: of each live policy, by its name.
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

    Live rows are decided twice where somebody is held out: as if nobody were, which says who enters an experiment and
    what held-out rows would have got, and then without them, because others get their minutes.
    """
    state.db.register("wanted_rows", wanted_rows(state))
    experiments = [each for each in policies.experiments
                   if each.entity in state.facts.entities and each.is_in_force(state.ds)]
    earlier = arms.in_force(state.units, experiments, state.ds)
    assigned = arms.assigned(state.facts, experiments, earlier)
    live = [arms.with_arms(policy_rows(state, policies, policy), experiments, assigned)
            for policy in policies.live(state.ds) if policy.entity in state.facts.entities]
    by_queue = {queue: parts for queue in policies.queues.values()
                if (parts := [part for part in live if part.policy.queue == queue.name])}
    first = {queue: _in_queue(state, policies, parts) for queue, parts in by_queue.items()}
    units = enrol(state, experiments, [of_policy for decided in first.values() for of_policy in decided[0]],
                  run_id) if state.enrols else []
    assigned = arms.assigned(state.facts, experiments, [*earlier, *units]) if units else assigned
    tables, prices, live_choices, shadow_choices = [], [], {}, {}
    for queue, parts in by_queue.items():
        choices, price, minutes = _with_holdout(
            state, policies, [arms.with_arms(part, experiments, assigned) for part in parts], first[queue])
        prices.append(QueuePrice(queue.name, queue.minutes_a_day, minutes, price))
        live_choices |= {of_policy.rows.policy.name: of_policy for of_policy in choices}
        tables += [_rows(of_policy, LIVE, state.ds, run_id, queue.sample_minutes) for of_policy in choices]
    for policy in policies.shadow(state.ds):
        if policy.entity in state.facts.entities:
            own = arms.with_arms(policy_rows(state, policies, policy), experiments, assigned)
            others = [without(part, own) for part in live if part.policy.queue == policy.queue]
            choices, _, _ = _in_queue(state, policies, [own, *others])
            shadow_choices[policy.name] = {of_policy.rows.policy.name: of_policy for of_policy in choices}
            tables.append(_rows(choices[0], SHADOW, state.ds, run_id, 0.0))
    schema = pa.schema([field for field in arrow_schema(catalog.DECISION_DAILY)
                        if field.name != "rank_in_queue"])
    rows = pa.concat_tables(tables).select(schema.names).cast(schema) if tables else schema.empty_table()
    return DayDecisions(rows.sort_by([(name, "ascending") for name in ("policy", *KEY)]), prices, live_choices,
                        shadow_choices, units)


def _with_holdout(state: DayState, policies: Policies, parts: Sequence[PolicyRows],
                  first: tuple[list[Choices], float, float]) -> tuple[list[Choices], float, float]:
    """Return the choices of the parts of a queue, the price and the minutes, with the holdout of the parts.

    Args:
        first: the same as if nobody were held out.
    """
    if not any(part.held_out.any() for part in parts):
        return [replace(of_policy, rows=part) for part, of_policy in zip(parts, first[0])], *first[1:]
    second, price, minutes = _in_queue(state, policies, arms.without_held_out(parts))
    return [arms.held_out(*each) for each in zip(parts, first[0], second)], price, minutes


def _in_queue(state: DayState, policies: Policies,
              parts: Sequence[PolicyRows]) -> tuple[list[Choices], float, float]:
    """Return the choices of the parts, the price, and the minutes that actions and random reviews take."""
    queue = policies.queues[parts[0].policy.queue]
    sample_minutes = len(state.samples[queue.name]) * queue.sample_minutes
    choices, price = choose(parts, queue, sample_minutes)
    return choices, price, sample_minutes + sum(part.minutes.sum() for part in choices)


def policy_rows(state: DayState, policies: Policies, policy: Policy) -> PolicyRows:
    """Return the rows of a policy with all that the choice depends on; none of them has an arm yet."""
    experiments = [each for each in policies.experiments if each.enrols(state.ds) and each.entity == policy.entity]
    table = candidate_rows.policy_rows(state.db, policy, policies.worth[policy.entity], experiments)
    keys = [tuple(key) for key in zip(*(table[name].to_pylist() for name in KEY))]
    loss = _expected_losses(state, policy, table)
    worth = np.column_stack([candidate_rows.column(table, f"worth_{party}") for party in PARTIES])
    unbooked = np.array([policy.unbooked_loss_cents.get(risk, 0) for risk in table["risk"].to_pylist()], float)
    valuation = valuate(candidate_rows.column(table, "score"), loss + unbooked, worth, policy.ladder,
                        policies.queues[policy.queue].price_cents_a_minute)
    overridden = with_overrides(table.select(list(KEY)), state.facts.overrides)
    confirmed = table["confirmed"].to_numpy(zero_copy_only=False).astype(bool)
    samples = state.samples.get(policy.queue) if policy.status == LIVE else None
    drawn = {key: row["inclusion_probability"] for key, row in _by_key(samples).items()} if samples else {}
    nobody, count = np.full(len(table), None), len(table)
    return PolicyRows(
        policy, table.select([*KEY, "score", "level", "open_cents"]), loss, unbooked, valuation,
        np.column_stack([table[f"when_{rung}"].to_numpy(zero_copy_only=False).astype(bool)
                         for rung in range(len(policy.ladder))]),
        _cooling(state, policy, table, keys), confirmed,
        *[np.array(overridden[name].to_pylist(), object)
          for name in ("override_id", "override_effect", "override_action")],
        np.array(table["eligible"].to_pylist(), object), nobody, nobody, np.full(count, np.nan), np.zeros(count, bool),
        np.array([drawn.get(key, np.nan) for key in keys], float))


def _by_key(table: pa.Table) -> dict[tuple, dict]:
    return {tuple(row[name] for name in KEY): row for row in table.to_pylist()}


def _expected_losses(state: DayState, policy: Policy, table: pa.Table) -> np.ndarray:
    open_cents, risk = candidate_rows.column(table, "open_cents"), np.array(table["risk"].to_pylist(), object)
    loss = np.zeros(len(table))
    for name in policy.risks:
        mine = risk == name
        loss[mine] = state.loss_models[policy.name, name].of(open_cents[mine])
    return loss


def _cooling(state: DayState, policy: Policy, table: pa.Table, keys: Sequence[tuple]) -> np.ndarray:
    """Return whether each row got each action within the cooldown, at its level of today or a higher one."""
    cooling = np.zeros((len(keys), len(policy.ladder)), bool)
    if not policy.cooldown_days or not (len(state.earlier) or len(state.facts.taken)):
        return cooling
    got = suppression.cooling_down(state.earlier, state.facts.taken, policy.name if policy.status == SHADOW else None,
                                   policy.cooldown_days, state.ds)
    rank_of = {(*(row[name] for name in KEY), row["action"]): row["level_rank"] for row in got.to_pylist()}
    names = [action.action for action in policy.ladder]
    for position, (key, level) in enumerate(zip(keys, table["level"].to_pylist())):
        rank = suppression.RANKS.get(level, 0)
        cooling[position] = [rank_of.get((*key, name), -1) >= rank for name in names]
    return cooling


def without(part: PolicyRows, other: PolicyRows) -> PolicyRows:
    """Return the rows of a policy without those whose entity and risk another policy decides on."""
    if part.policy.entity != other.policy.entity:
        return part
    return part.take(np.flatnonzero(~np.isin(np.array(part.keys["risk"].to_pylist(), object), other.policy.risks)))


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
