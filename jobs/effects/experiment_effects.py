"""The effects of an experiment as of a day: each metric, arm and estimator, and what they say together."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from jobs.decisions.experiment_files import Experiment
from jobs.decisions.experiment_metrics import ARRIVES, LOWER_IS_BETTER, PARTY
from jobs.effects.estimates import Estimate
from jobs.effects.mean_difference import mean_difference
from jobs.effects.power import minimal_effect
from jobs.effects.regression_adjustment import adjusted, variance_cut
from jobs.effects.sample_ratio import BLOCKS_BELOW, sample_ratio_p
from jobs.effects.sequential import confidence_sequence
from jobs.effects.winsorise import winsorised

MEANS, ADJUSTED, WINSORISED = ESTIMATORS = "difference of means", "adjusted", "winsorised, adjusted"
DECIDES = WINSORISED  # the estimator that the state follows
RUNNING, SHIP, STOP, BLOCKED = STATES = "running", "ship", "stop", "blocked"

PLANNED = 1_000  # units for which every confidence sequence is narrowest, fixed before any experiment
LEAST = 2  # units of each arm in a stratum


@dataclass(frozen=True)
class Arms:
    """The mature units of an arm and of the control, of strata in which both have units.

    Attributes:
        outcome: (units,); treated: (units,) bool; strata: (units, strata - 1) indicators.
        covariates: (units, columns): the metric before the first eligibility, and what the experiment keeps.
        mature_share: share of the units of both arms whose figures are final.
    """

    outcome: np.ndarray
    treated: np.ndarray
    strata: np.ndarray
    covariates: np.ndarray
    mature_share: float


def arms(experiment: Experiment, arm: str, units: pa.Table, outcomes: pa.Table) -> Arms:
    """Return the units of an arm and of the control.

    Args:
        units: rows of `experiment_units` of the experiment, ordered by unit.
        outcomes: as `unit_outcomes.outcomes` returns them, of the same units.
    """
    columns = {name: outcomes[name].to_numpy(zero_copy_only=False) for name in outcomes.column_names}
    of_both = np.isin(columns["arm"], (arm, experiment.control))
    mature = columns["mature"].astype(bool) & of_both
    treated, stratum = columns["arm"] == arm, columns["stratum"]
    whole = [each for each in np.unique(stratum[mature])
             if min((mature & (stratum == each) & (treated == side)).sum() for side in (True, False)) >= LEAST]
    chosen = mature & np.isin(stratum, whole)
    kept = [{each["name"]: each["value"] for each in row} for row in units["covariates"].to_pylist()]
    names = sorted({name for row in kept for name in row})
    frozen = np.array([[row.get(name, 0.0) for name in names] for row in kept], float).reshape(len(kept), len(names))
    return Arms(columns["value"][chosen], treated[chosen],
                np.column_stack([np.zeros((chosen.sum(), 0)), *((stratum == each)[chosen] for each in whole[1:])]),
                np.column_stack([columns["before"], frozen])[chosen],
                float(mature.sum() / max(of_both.sum(), 1)))


def estimates(of: Arms, quantile: float) -> Iterator[tuple[str, Estimate, float | None]]:
    """Yield each estimator with its estimate and the share of the variance that its covariates take away.

    The arms' shares differ by stratum, so that the plain difference compares other scores. Indicators of the strata
    with their products make it the mean of the strata's differences, weighted by their units (Lin 2013; Miratrix,
    Sekhon and Yu 2013, post-stratification).
    """
    plain = (adjusted(of.outcome, of.treated, of.strata) if of.strata.shape[1]
             else mean_difference(of.outcome, of.treated))
    columns = np.column_stack([of.strata, of.covariates])
    found = adjusted(of.outcome, of.treated, columns)
    yield MEANS, plain, None
    yield ADJUSTED, found, variance_cut(found, plain)
    yield WINSORISED, adjusted(winsorised(of.outcome, quantile), of.treated, columns), None


def sample_ratio(experiment: Experiment, units: pa.Table) -> float:
    """Return the p-value of the counts of all arms against their shares, over all strata; 1 without a unit."""
    if not len(units):
        return 1.0
    names = [arm.name for arm in experiment.arms]
    arm = units["arm"].to_pylist()
    planned = experiment.shares[units["stratum"].to_numpy()].mean(axis=0)
    return float(sample_ratio_p([arm.count(name) for name in names], planned))


def rows(experiment: Experiment, units: pa.Table, outcomes: dict[str, pa.Table], ds: dt.date) -> list[dict[str, Any]]:
    """Return the rows of `effect_daily` of an experiment, without the run.

    Args:
        outcomes: of each metric, as of the day.
    """
    srm_p, found = sample_ratio(experiment, units), []
    for metric in (experiment.metric, *experiment.guard_rails):
        for arm in (each.name for each in experiment.arms if each.name != experiment.control):
            of = arms(experiment, arm, units, outcomes[metric])
            if len(of.outcome) and of.strata.shape[1] * 2 + 4 <= len(of.outcome):
                found += [_row(experiment, metric, arm, of, *estimate) for estimate in estimates(
                    of, experiment.winsorise)]
    state = state_of(experiment, found, srm_p, ds)
    return [{"ds": ds, "experiment": experiment.name, "experiment_version": experiment.version, **row, "srm_p": srm_p,
             "state": state} for row in found]


def _row(experiment: Experiment, metric: str, arm: str, of: Arms, estimator: str, estimate: Estimate,
         cut: float | None) -> dict[str, Any]:
    smaller = int(min(of.treated.sum(), (~of.treated).sum()))
    sequence = confidence_sequence(estimate, smaller, PLANNED)
    return {"metric": metric, "party": PARTY[metric], "estimator": estimator, "arm": arm, "effect": estimate.effect,
            "lo": estimate.low, "hi": estimate.high, "seq_lo": _finite(sequence.low), "seq_hi": _finite(sequence.high),
            "units": estimate.units, "clusters": estimate.units, "mature_share": of.mature_share, "variance_cut": cut,
            "mde": minimal_effect(estimate.error, estimate.df)}


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def state_of(experiment: Experiment, found: Sequence[dict[str, Any]], srm_p: float, ds: dt.date) -> str:
    """Return what the effects say together.

    - blocked: the counts of the arms do not fit their shares. Something assigned or lost units, and no effect counts.
    - stop: a metric became worse, by its confidence sequence; or all units are final and the primary one is no better.
    - ship: the primary metric became better and none worse, by confidence sequences, or at the end by the interval.
    - running: none of these.
    """
    if srm_p < BLOCKS_BELOW:
        return BLOCKED
    mine = [row for row in found if row["estimator"] == DECIDES]
    is_over = ds >= experiment.last_day + dt.timedelta(days=experiment.window_days + max(
        ARRIVES[metric] for metric in (experiment.metric, *experiment.guard_rails)))
    lo, hi = ("lo", "hi") if is_over else ("seq_lo", "seq_hi")
    if any(_direction(row, lo, hi) < 0 for row in mine):
        return STOP
    primary = [row for row in mine if row["metric"] == experiment.metric]
    if primary and all(_direction(row, lo, hi) > 0 for row in primary):
        return SHIP
    return STOP if is_over else RUNNING


def _direction(row: dict[str, Any], lo: str, hi: str) -> int:
    """Return 1 where a metric became better, -1 where it became worse, 0 where nobody can say."""
    if row[lo] is None or row[hi] is None or row[lo] <= 0 <= row[hi]:
        return 0
    return 1 if (row[hi] < 0) == (row["metric"] in LOWER_IS_BETTER) else -1
