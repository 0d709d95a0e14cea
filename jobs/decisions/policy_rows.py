"""The rows of a policy on a day, with all that the choice of their actions depends on."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from jobs.decisions import candidate_rows, suppression
from jobs.decisions.choices import PolicyRows
from jobs.decisions.day_state import DayState
from jobs.decisions.overrides import with_overrides
from jobs.decisions.policy_documents import LIVE, PARTIES, SHADOW
from jobs.decisions.policy_files import Policies, Policy
from jobs.decisions.valuation import valuate

KEY = candidate_rows.KEY


def policy_rows(state: DayState, policies: Policies, policy: Policy) -> PolicyRows:
    """Return the rows of a policy with all that the choice depends on; none of them has an arm yet."""
    experiments = [each for each in policies.experiments if each.enrols(state.ds) and each.entity == policy.entity
                   and not each.is_switchback]
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
        np.array([drawn.get(key, np.nan) for key in keys], float), nobody)


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
