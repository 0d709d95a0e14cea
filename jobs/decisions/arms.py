"""The arms of a day's rows: which unit each entity belongs to, and what its experiment does with its rows."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.decisions import random_assignment, switchback_design
from jobs.decisions.choices import Choices, PolicyRows, of_option
from jobs.decisions.day_facts import DayFacts
from jobs.decisions.day_state import DayState
from jobs.decisions.experiment_files import GROUP, NOTHING, Experiment
from jobs.decisions.suppression import CAPACITY, HELD_OUT_LEVELS, HOLDOUT

Unit = Mapping[str, Any]
UnitsOf = Mapping[str, Mapping[str, Unit]]  # by experiment, the unit of each entity that has one


def in_force(state: DayState, experiments: Sequence[Experiment]) -> list[Unit]:
    """Return the units that keep an arm on a day, the earliest first; of a live experiment alone."""
    rows = []
    for each in experiments:
        if each.is_in_force(state.ds):
            rows += of_blocks(state, each) if each.is_switchback else of_experiment(
                state.units, each.name, state.ds - dt.timedelta(days=each.window_days), state.ds)
    return sorted(rows, key=lambda row: (row["ds"], row["experiment"], row["unit"]))


def of_blocks(state: DayState, experiment: Experiment) -> list[Unit]:
    """Return the regions of a switchback in the block of a day, also where a later day of the block wrote them."""
    first = switchback_design.first_day(experiment, state.ds)
    last = first + dt.timedelta(days=experiment.block_days - 1)
    return [row for units in (state.units, state.later_units)
            for row in of_experiment(units, experiment.name, first - dt.timedelta(days=1), last)
            if row["first_ds"] == first]


def of_experiment(units: pa.Table, name: str, after: dt.date = dt.date.min, until: dt.date = dt.date.max) -> list[Unit]:
    """Return the units of an experiment that entered after a day, and until one. A lake has too many to see all."""
    days = units["ds"]
    mine = pc.and_(pc.equal(units["experiment"], name), pc.and_(pc.greater(days, after), pc.less_equal(days, until)))
    return units.filter(mine).to_pylist()


def assigned(facts: DayFacts, experiments: Sequence[Experiment], units: Sequence[Unit]) -> UnitsOf:
    """Return the units of entities, as `units_of_entities` does, of each experiment that has any."""
    names = {unit["experiment"] for unit in units}
    return {each.name: _of_regions(units, each, facts.regions(each.entity)) if each.is_switchback else
            units_of_entities(units, each, facts.groups(each.entity) if each.unit == GROUP else {})
            for each in experiments if each.name in names}


def _of_regions(units: Sequence[Unit], experiment: Experiment, regions: Mapping[str, str]) -> dict[str, Unit]:
    """Return the unit of each entity whose region has one."""
    by_region = {switchback_design.region_of(unit["unit"]): unit for unit in units
                 if unit["experiment"] == experiment.name}
    return {entity_id: by_region[region] for entity_id, region in regions.items() if region in by_region}


def units_of_entities(units: Sequence[Unit], experiment: Experiment, groups: Mapping[str, str]) -> dict[str, Unit]:
    """Return the unit of each entity that has one in an experiment.

    A member keeps the unit of its first eligibility. An account that joins a group later gets the group's earliest
    unit, also when groups have merged.

    Args:
        units: as `in_force` returns them.
        groups: by account, the smallest account of its group of today; accounts that are alone are left out.
    """
    mine = [unit for unit in units if unit["experiment"] == experiment.name]
    found: dict[str, Unit] = {}
    for unit in mine:
        for member in unit["members"]:
            found.setdefault(member, unit)
    if experiment.unit != GROUP:
        return found
    of_group: dict[str, Unit] = {}
    for unit in mine:
        for member in unit["members"]:
            if member in groups:
                of_group.setdefault(groups[member], unit)
    return {account: of_group[group] for account, group in groups.items() if group in of_group} | found


def with_arms(part: PolicyRows, experiments: Sequence[Experiment], units: UnitsOf) -> PolicyRows:
    """Return the rows of a policy with their arms: experiment, propensity, who is held out, and which policy decides.

    Args:
        units: as `assigned` returns them.
    """
    entity_ids, risks = part.keys["entity_id"].to_pylist(), part.keys["risk"].to_pylist()
    size = len(entity_ids)
    experiment, arm, propensity = np.full(size, None), np.full(size, None), np.full(size, np.nan)
    nothing, decided_by = np.zeros(size, bool), np.full(size, None)
    for each in experiments:
        if (each.entity != part.policy.entity or not set(each.risks) & set(part.policy.risks)
                or each.name not in units):
            continue
        does = {of_arm.name: of_arm for of_arm in each.arms}
        units_of = units[each.name]
        for row in (row for row in range(size) if risks[row] in each.risks and entity_ids[row] in units_of):
            unit = units_of[entity_ids[row]]
            experiment[row], arm[row], propensity[row] = each.name, unit["arm"], unit["propensity"]
            if of_arm := does.get(unit["arm"]):
                nothing[row], decided_by[row] = of_arm.does == NOTHING, of_arm.policy
    level = np.array(part.keys["level"].to_pylist(), object)
    held_out = nothing & np.isin(level, HELD_OUT_LEVELS) & ~part.confirmed & ~part.forced & ~part.exempt
    return replace(part, experiment=experiment, arm=arm, propensity=propensity, held_out=held_out,
                   decided_by=decided_by)


def of_live_policy(part: PolicyRows) -> np.ndarray:
    """Return the positions of a live policy's rows that no policy of an arm decides."""
    return np.flatnonzero(part.decided_by == None)  # noqa: E711 (element by element)


def of_arm_policy(part: PolicyRows) -> np.ndarray:
    """Return the positions of the rows that a policy decides because arms name it."""
    return np.flatnonzero(part.decided_by == part.policy.name)


def only_computed(part: PolicyRows) -> np.ndarray:
    """Return the positions of a shadow policy's rows that it does not decide."""
    return np.flatnonzero(part.decided_by != part.policy.name)


def within_caps(parts: Sequence[PolicyRows], wanted: Mapping[str, Choices],
                experiments: Sequence[Experiment]) -> list[PolicyRows]:
    """Return the rows of live policies without the holdouts of a switchback that could cost too much today.

    Whole regions are held out, so that no unit can be kept from entering. Accounts stay held out in the order of a
    second hash, until the next one could pass the cap; the others get their actions. The arm of a row never changes.

    Args:
        wanted: by policy, its choices as if nobody had an arm.
    """
    free: set[tuple[str, str]] = set()
    for each in (each for each in experiments if each.is_switchback and each.holds_out):
        losses: dict[str, float] = {}
        for part in parts:
            choices = wanted[part.policy.name]
            stopped = np.where(choices.does_something, of_option(choices, part.valuation.prevented), 0.0)
            names = part.keys["entity_id"].to_pylist()
            for row in np.flatnonzero(part.held_out & (part.experiment == each.name)):
                losses[names[row]] = losses.get(names[row], 0.0) + stopped[row]
        names = np.array(sorted(losses), object)
        order = np.lexsort((names, random_assignment.unit_interval(f"{each.salt}-order", names)))
        spent = np.cumsum([losses[name] for name in names[order]])
        free |= {(each.name, name) for name in names[order][spent > each.max_loss_cents_a_day]}
    return [replace(part, held_out=part.held_out & np.array(
        [(name, entity_id) not in free for name, entity_id in zip(part.experiment, part.keys["entity_id"].to_pylist())],
        bool)) for part in parts] if free else list(parts)


def without_held_out(parts: Sequence[PolicyRows]) -> list[PolicyRows]:
    """Return the rows of each policy that compete for minutes while the others are held out."""
    return [part.take(np.flatnonzero(~part.held_out)) for part in parts]


def held_out(part: PolicyRows, first: Choices, second: Choices) -> Choices:
    """Return the choices of a policy: of held-out rows what they want, of the others what they get.

    The word `holdout` comes before `capacity`: a held-out row that wants an action has it, also where minutes lack.

    Args:
        first: the choices of all rows, as if nobody were held out.
        second: those of `without_held_out`.
    """
    option, words = first.option.copy(), first.suppressed_by.copy()
    words[part.held_out & (first.does_something | (words == CAPACITY))] = HOLDOUT
    option[~part.held_out], words[~part.held_out] = second.option, second.suppressed_by
    return Choices(part, option, words)
