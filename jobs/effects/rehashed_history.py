"""An experiment on days that have passed: who would have entered, and what other salts would have shown.

Nobody was held out on these days. So every effect is chance, and its spread is what the experiment will have.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats

from jobs.decisions import account_groups, candidate_rows, open_money, random_assignment
from jobs.decisions.day_facts import KEYS, open_day
from jobs.decisions.experiment_files import GROUP, Experiment, stratum
from jobs.decisions.experiment_metrics import RATIOS
from jobs.decisions.policy_documents import LIVE
from jobs.decisions.policy_files import Policies
from jobs.decisions.suppression import HOLDOUT
from jobs.effects.experiment_effects import arms, estimates, of_ratio
from jobs.effects.power import minimal_effect
from jobs.effects.unit_outcomes import outcomes
from jobs.errors import UserError
from jobs.runtime import console
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from jobs.storage.query import connect

PROGRESS = 10  # days between two lines of progress
SCHEMA = arrow_schema(catalog.EXPERIMENT_UNITS)


@dataclass(frozen=True)
class Spread:
    """What an estimator shows over other salts, where there is no effect.

    Attributes:
        error: standard deviation of its effects; smallest: the effect that four of five experiments would find.
        rejected: share of salts whose interval of 95 % leaves out 0; uniform_p: Kolmogorov-Smirnov p-value of their
            p-values against a uniform distribution.
        reported: the mean of the errors that the estimator itself reports.
    """

    estimator: str
    error: float
    smallest: float
    rejected: float
    uniform_p: float
    reported: float


def history(lake: Lake, experiment: Experiment, policies: Policies, days: Sequence[dt.date]) -> pa.Table:
    """Return who would have entered on past days, as rows of `experiment_units` without an arm.

    A unit enters on the first day on which a row of it got an action between the bounds of `medium` and `critical`, and
    `eligible` holds. Groups are those of the last day.

    Args:
        days: with decisions.
    """
    groups = _groups(lake, experiment, days[-1]) if experiment.unit == GROUP else {}
    members = account_groups.members(groups)
    units: dict[str, dict] = {}
    for number, ds in enumerate(days, start=1):
        if not number % PROGRESS:
            console.log(f"{experiment.name}: {number} of {len(days)} days")
        for row in _eligible(lake, experiment, policies, ds):
            name = groups.get(row["entity_id"], row["entity_id"])
            unit = units.setdefault(name, {
                "ds": ds, "first_ds": ds, "experiment": experiment.name, "unit": name, "entity": experiment.entity,
                "members": members.get(name, [name]), "score": 0.0})
            if unit["ds"] == ds:
                unit["score"] = max(unit["score"], row["score"])
    rows = [{**unit, "stratum": int(stratum(np.array([unit["score"]]))[0]),
             "covariates": [{"name": "score", "value": unit["score"]}]} for unit in units.values()]
    return pa.Table.from_pylist(sorted(rows, key=lambda row: row["unit"]), SCHEMA)


def _groups(lake: Lake, experiment: Experiment, ds: dt.date) -> dict[str, str]:
    with connect() as db:
        open_money.attach(db, lake, ds)
        return account_groups.groups(db, experiment.entity, ds)


def _eligible(lake: Lake, experiment: Experiment, policies: Policies, ds: dt.date) -> list[dict]:
    """Return (entity_id, risk, score) of the rows of a day that got, or in a holdout wanted, an action.

    As in a night, the live policies count and those that arms name, as far as they were in force as shadows.
    """
    decided = lake.arrow(catalog.DECISION_DAILY.name, [ds]).to_table(
        columns=["policy", "mode", "entity", "entity_id", "risk", "level", "stops", "suppressed_by", "override_id"])
    counts = pc.or_(pc.equal(decided["mode"], LIVE),
                    pc.is_in(decided["policy"], pa.array(experiment.policies, pa.string())))
    acted = decided.filter(
        pc.and_(counts, pc.and_(pc.equal(decided["entity"], experiment.entity), pc.and_(
            pc.is_in(decided["level"], pa.array(experiment.levels)), pc.and_(pc.greater(decided["stops"], 0), pc.and_(
                pc.is_null(decided["override_id"]),
                pc.or_kleene(pc.is_null(decided["suppressed_by"]), pc.equal(decided["suppressed_by"], HOLDOUT))))))))
    keys = {(row["entity_id"], row["risk"]) for row in acted.to_pylist()}
    if not keys:
        return []
    with connect() as db:
        facts = open_day(db, lake, ds, [experiment.entity])
        db.register("wanted_rows", KEYS.empty_table())
        tables = [candidate_rows.policy_rows(facts.db, policy, policies.worth[policy.entity], [experiment])
                  for policy in policies.live(ds) if policy.entity == experiment.entity]
        return [row for table in tables for row in table.filter(pc.is_valid(table["eligible"])).select(
            ["entity_id", "risk", "score"]).to_pylist() if (row["entity_id"], row["risk"]) in keys]


def counted(lake: Lake, experiment: Experiment, units: pa.Table, as_of: dt.date) -> pa.Table:
    """Return the primary metric of units, as `unit_outcomes.outcomes` does."""
    with connect() as db:
        open_money.attach(db, lake, as_of)
        return outcomes(db, experiment, units, experiment.metric, as_of)


def spreads(experiment: Experiment, units: pa.Table, counted_units: pa.Table, arm: str, hashes: int) -> list[Spread]:
    """Return what each estimator shows over other salts.

    Args:
        counted_units: as `counted` returns them, of the same units.
        arm: compared with the control.
        hashes: other salts. Those that leave too few units of an arm are left out.

    Raises:
        UserError: fewer than half of the salts are left.
    """
    found: dict[str, list] = {}
    for dealt in _dealt(experiment, counted_units, hashes):
        of = arms(experiment, arm, units, dealt)
        if not of.are_enough:
            continue
        for name, estimate, _ in (of_ratio(of) if experiment.metric in RATIOS else estimates(of, experiment.winsorise)):
            found.setdefault(name, []).append(estimate)
    if (left := max(map(len, found.values()), default=0)) < hashes / 2:
        raise UserError(f"{experiment.name}: {len(units)} units and their shares leave two units of {arm} and of "
                        f"{experiment.control} in a band of scores with {left} of {hashes} salts. Expected half of "
                        "them at least: more days, or a larger share of the smaller arm")
    return [_spread(name, of_salts) for name, of_salts in found.items()]


def _dealt(experiment: Experiment, counted_units: pa.Table, hashes: int) -> Iterator[pa.Table]:
    """Yield the units with the arms of one other salt after the other."""
    names, shares = counted_units["unit"].to_pylist(), experiment.shares[counted_units["stratum"].to_numpy()]
    labels = np.array([arm.name for arm in experiment.arms], object)
    place = counted_units.schema.get_field_index("arm")
    for number in range(hashes):
        draw = random_assignment.unit_interval(f"{experiment.salt}-{number}", names)
        dealt = labels[random_assignment.arms(draw, shares)]
        yield counted_units.set_column(place, "arm", pa.array(dealt.tolist(), pa.string()))


def _spread(name: str, estimates_of: Sequence) -> Spread:
    effects, p = (np.array([getattr(each, column) for each in estimates_of]) for column in ("effect", "p"))
    error = float(effects.std(ddof=1))
    return Spread(name, error, minimal_effect(error), float((p < 0.05).mean()),
                  float(stats.kstest(p, "uniform").pvalue), float(np.mean([each.error for each in estimates_of])))


def as_if_live(experiment: Experiment, days: Sequence[dt.date]) -> Experiment:
    """Return the experiment as if it enrolled on past days."""
    return replace(experiment, status=LIVE, first_day=days[0], last_day=days[-1])
