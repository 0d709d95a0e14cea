"""Who enters an experiment on a day, with which arm, and what is kept of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from features.risks import of_entity
from jobs.decisions import account_groups, arms, random_assignment, switchback_design
from jobs.decisions.arms import Unit, UnitsOf
from jobs.decisions.choices import Choices, of_option
from jobs.decisions.day_state import DayState
from jobs.decisions.experiment_files import GROUP, POLICY, Arm, Experiment, stratum

SCORE = "score"


@dataclass
class _Candidate:
    """A unit before its assignment.

    Attributes:
        score: the largest of its rows.
        stopped: the loss that actions are expected to stop, minor units, by policy; by None those of the live ones.
        eligible: its accounts with an eligible row.
    """

    score: float = 0.0
    stopped: dict[str | None, float] = field(default_factory=lambda: defaultdict(float))
    eligible: set[str] = field(default_factory=set)

    @property
    def loss(self) -> float:
        """What a holdout of the unit is expected to cost."""
        return self.stopped[None]

    def loss_in(self, arm: Arm) -> float:
        """Return what an arm is expected to cost, beside what the live policies would do."""
        return 0.0 if arm.does == POLICY else max(0.0, self.loss - (self.stopped[arm.policy] if arm.policy else 0.0))


def enrol(state: DayState, experiments: Sequence[Experiment], choices: Sequence[Choices],
          of_arms: Mapping[str, Choices], assigned: UnitsOf, run_id: str) -> list[Unit]:
    """Return the units that enter an experiment today, as rows of `experiment_units`.

    A unit enters with its first eligible row, one without an override that would get an action today: under the live
    policy, or under a policy of an arm if that one decided on everybody. So who enters does not depend on the arm. An
    experiment with a holdout takes rows between the bounds of `medium` and `critical` alone. Units enter in the order
    of a second hash until an arm of one more could cost too much; then no unit of any arm enters. Of a switchback, all
    regions enter on the first day of a block.

    Args:
        choices: of each live policy, as if nobody had an arm.
        of_arms: of each policy of an arm, by its name, as if everybody had that arm.
        assigned: the units of earlier days, as `arms.assigned` returns them.
    """
    units: list[Unit] = []
    for experiment in experiments:
        layer = [each.name for each in experiments if each.layer == experiment.layer and each is not experiment]
        taken = {account for name in layer for account in assigned.get(name, ())} | {
            account for unit in units if unit["experiment"] in layer for account in unit["members"]}
        if experiment.is_switchback:
            units += _regions(state, experiment, run_id)
        elif experiment.enrols(state.ds) and experiment.entity in state.facts.entities:
            later = {account for unit in arms.of_experiment(state.later_units, experiment.name)
                     for account in unit["members"]}
            # A day that is decided again gives the units that it gave, and takes none from the days after it.
            candidates = _candidates(state, experiment, choices, of_arms, taken)
            units += [unit for unit in _enrolled(state, experiment, candidates, run_id)
                      if later.isdisjoint(unit["members"])]
    return sorted(units, key=lambda unit: (unit["experiment"], unit["unit"]))


def _regions(state: DayState, experiment: Experiment, run_id: str) -> list[Unit]:
    """Return the regions of today that have no unit in today's block of a switchback yet."""
    known = {unit["unit"] for unit in arms.of_blocks(state, experiment)}
    rows = switchback_design.rows(experiment, state.ds, sorted(set(state.facts.regions(experiment.entity).values())),
                                  run_id)
    return [row for row in rows if row["unit"] not in known]


def _candidates(state: DayState, experiment: Experiment, choices: Sequence[Choices],
                of_arms: Mapping[str, Choices], taken: set[str]) -> dict[str, _Candidate]:
    """Return the units that may enter, by name; none with an account that another experiment of the layer has taken."""
    groups = state.facts.groups(experiment.entity) if experiment.unit == GROUP else {}
    earlier = sorted(arms.of_experiment(state.units, experiment.name), key=lambda unit: (unit["ds"], unit["unit"]))
    known = arms.units_of_entities(earlier, experiment, groups)
    horizons = {risk.name: risk.horizon_days for risk in of_entity(experiment.entity)}
    candidates: dict[str, _Candidate] = {}
    named = [(name, of_arms[name]) for name in experiment.policies]
    for by, of_policy in [*((None, each) for each in choices), *named]:
        rows = of_policy.rows
        if rows.policy.entity != experiment.entity:
            continue
        prevented = of_option(of_policy, rows.valuation.prevented)
        columns = [rows.keys[name].to_pylist() for name in ("entity_id", "risk", "score")]
        for row in np.flatnonzero(_may_enter(of_policy, experiment)):
            entity_id, risk, score = (column[row] for column in columns)
            if entity_id not in known:
                unit = candidates.setdefault(groups.get(entity_id, entity_id), _Candidate())
                unit.score = max(unit.score, score)
                unit.stopped[by] += prevented[row] * max(1.0, experiment.window_days / max(horizons[risk], 1))
                unit.eligible.add(entity_id)
    members = account_groups.members(groups)
    return {name: unit for name, unit in candidates.items() if taken.isdisjoint(members.get(name, [name]))}


def _may_enter(choices: Choices, experiment: Experiment) -> np.ndarray:
    rows = choices.rows
    level = np.array(rows.keys["level"].to_pylist(), object)
    untouched = np.array([name is None for name in rows.override_id], bool)
    return ((rows.eligible == experiment.name) & choices.does_something & np.isin(level, experiment.levels) & untouched
            & (rows.experiment == None))  # noqa: E711 (element by element)


def _enrolled(state: DayState, experiment: Experiment, candidates: dict[str, _Candidate], run_id: str) -> list[Unit]:
    """Return the units that enter, in the order of the second hash."""
    names = np.array(sorted(candidates), object)
    order = np.lexsort((names, random_assignment.unit_interval(f"{experiment.salt}-order", names)))
    names = names[order]
    band = stratum(np.array([candidates[name].score for name in names], float))
    shares = experiment.shares[band]
    position = random_assignment.arms(random_assignment.unit_interval(experiment.salt, names), shares)
    covariates = _covariates(state, experiment, [account for unit in candidates.values() for account in unit.eligible])
    groups = state.facts.groups(experiment.entity) if experiment.unit == GROUP else {}
    members, spent, units = account_groups.members(groups), 0.0, []
    most = _most_loss(experiment, candidates)
    for name, of_band, arm, share in zip(names, band, position, shares):
        unit, of_arm = candidates[name], experiment.arms[arm]
        # Whatever the unit's own arm: otherwise the last one would never be in the dearest arm.
        if spent + max(map(unit.loss_in, experiment.arms)) > most:
            break
        spent += unit.loss_in(of_arm)
        units.append({
            "ds": state.ds, "experiment": experiment.name, "experiment_version": experiment.version, "unit": name,
            "entity": experiment.entity, "members": members.get(name, [name]), "arm": of_arm.name,
            "propensity": float(share[arm]), "first_ds": state.ds, "stratum": int(of_band),
            "expected_loss_cents": unit.loss, "covariates": _mean(covariates, unit, experiment), "run_id": run_id})
    return units


def _most_loss(experiment: Experiment, candidates: dict[str, _Candidate]) -> float:
    """Return the expected loss that the arms of today's units may cost, minor units."""
    if experiment.max_loss_cents_a_day is not None:
        return experiment.max_loss_cents_a_day
    largest = max(arm.shares[0] for arm in experiment.arms if arm.shares)
    return 2 * largest * sum(unit.loss for unit in candidates.values())


def _covariates(state: DayState, experiment: Experiment, accounts: Sequence[str]) -> dict[str, dict]:
    """Return the covariates of each account, from features that were computed before any action of the experiment."""
    state.db.register("enrolled", pa.table({"entity_id": pa.array(sorted(accounts), pa.string())}))
    columns = "".join(f", CAST({name} AS DOUBLE) AS {name}" for name in experiment.covariates if name != SCORE)
    rows = state.db.sql(f"SELECT entity_id{columns} FROM {experiment.entity}_rows SEMI JOIN enrolled USING (entity_id)")
    return {row["entity_id"]: row for row in rows.to_arrow_table().to_pylist()}


def _mean(covariates: dict[str, dict], unit: _Candidate, experiment: Experiment) -> list[dict]:
    """Return the mean of each covariate over the unit's eligible accounts, and its score; nulls count as 0."""
    rows = [covariates[account] for account in sorted(unit.eligible)]
    return [{"name": SCORE, "value": unit.score}, *(
        {"name": name, "value": float(np.mean([row[name] or 0.0 for row in rows]))}
        for name in experiment.covariates if name != SCORE)]
