"""The effects of an experiment as of a day: each metric, arm and estimator, and what they say together."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from jobs.decisions.experiment_files import GROUP, Experiment
from jobs.decisions.experiment_metrics import HONEST, LOWER_IS_BETTER, PARTY, RATIOS
from jobs.effects.effect_on_treated import effect_on_controls, effect_on_treated
from jobs.effects.estimates import Estimate
from jobs.effects.honest_outcome import honest_outcome
from jobs.effects.mean_difference import mean_difference
from jobs.effects.permutation import permutation_p
from jobs.effects.power import minimal_effect
from jobs.effects.ratio import ratio
from jobs.effects.regression_adjustment import adjusted, variance_cut
from jobs.effects.sample_ratio import BLOCKS_BELOW, sample_ratio_p
from jobs.effects.sequential import confidence_sequence
from jobs.effects.wild_bootstrap import FEW, wild_bootstrap
from jobs.effects.winsorise import winsorised

MEANS, ADJUSTED, WINSORISED = ESTIMATORS = "difference of means", "adjusted", "winsorised, adjusted"
RATIO, PER_ACCOUNT, BOOTSTRAP, PERMUTATION = "ratio of sums", "per account", "wild bootstrap", "permutation"
ON_TREATED, ON_CONTROLS = "on the treated", "on the controls"
DECIDES = WINSORISED, RATIO  # the estimators that the state follows, of a mean and of a ratio
RUNNING, SHIP, STOP, BLOCKED = STATES = "running", "ship", "stop", "blocked"

PLANNED = 1_000  # units for which every confidence sequence is narrowest, fixed before any experiment
LEAST = 2  # units of each arm in a stratum


@dataclass(frozen=True)
class Arms:
    """The mature units of an arm and of the control, of strata in which both have units.

    Attributes:
        outcome: (units,); treated: (units,) bool; stratum: (units,) its number.
        covariates: (units, columns): the metric before the first eligibility, and what the experiment keeps.
        denominator: (units,) of a ratio; ones of a mean. accounts: (units,) members.
        guilty: (units,) bool, of a metric of honest units: found by a verdict.
        mature_share: share of the units of both arms whose figures are final.
    """

    outcome: np.ndarray
    treated: np.ndarray
    stratum: np.ndarray
    covariates: np.ndarray
    denominator: np.ndarray
    accounts: np.ndarray
    guilty: np.ndarray
    mature_share: float

    @property
    def strata(self) -> np.ndarray:
        """(units, strata - 1) indicators of all strata but the first."""
        return np.column_stack([np.zeros((len(self.outcome), 0)),
                                *(self.stratum == each for each in np.unique(self.stratum)[1:])])

    @property
    def columns(self) -> np.ndarray:
        """(units, columns) that effects are adjusted by: the strata and the covariates."""
        return np.column_stack([self.strata, self.covariates])

    @property
    def columns_in_logarithms(self) -> np.ndarray:
        """(units, columns) of the same, large covariates compressed: few units would carry a regression of one arm."""
        return np.column_stack([self.strata, np.sign(self.covariates) * np.log1p(np.abs(self.covariates))])

    @property
    def are_enough(self) -> bool:
        """Whether a stratum has units of both arms, and there are more units than what their strata ask for."""
        return len(self.outcome) > 0 and self.strata.shape[1] * 2 + 4 <= len(self.outcome)

    @property
    def weight(self) -> np.ndarray:
        """(units,) units of the stratum for each one of its arm there: both arms then stand for all units.

        The planned shares would leave in what chance made of them, which is much in a stratum with few controls.
        """
        weight = np.empty(len(self.outcome))
        for each in np.unique(self.stratum):
            for arm in (self.treated, ~self.treated):
                mine = (self.stratum == each) & arm
                weight[mine] = (self.stratum == each).sum() / mine.sum()
        return weight


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
    return Arms(columns["value"][chosen], treated[chosen], stratum[chosen],
                np.column_stack([columns["before"], frozen])[chosen],
                *(columns[name][chosen].astype(float) for name in ("denominator", "members")),
                columns["guilty"][chosen].astype(bool),
                float(mature.sum() / max(of_both.sum(), 1)))


def estimates(of: Arms, quantile: float) -> Iterator[tuple[str, Estimate, float | None]]:
    """Yield each estimator with its estimate and the share of the variance that its covariates take away.

    The arms' shares differ by stratum, so that the plain difference compares other scores. Indicators of the strata
    with their products make it the mean of the strata's differences, weighted by their units (Lin 2013; Miratrix,
    Sekhon and Yu 2013, post-stratification).
    """
    plain = (adjusted(of.outcome, of.treated, of.strata) if of.strata.shape[1]
             else mean_difference(of.outcome, of.treated))
    found = adjusted(of.outcome, of.treated, of.columns)
    yield MEANS, plain, None
    yield ADJUSTED, found, variance_cut(found, plain)
    yield WINSORISED, adjusted(winsorised(of.outcome, quantile), of.treated, of.columns), None


def of_ratio(of: Arms) -> Iterator[tuple[str, Estimate, float | None]]:
    """Yield the difference of both arms' ratios of sums; nothing where a sum of denominators is 0."""
    if all((of.denominator[arm] > 0).any() for arm in (of.treated, ~of.treated)):
        weight = of.weight
        yield RATIO, ratio(of.outcome * weight, of.denominator * weight, of.treated), None


def beside_means(of: Arms, is_group: bool) -> Iterator[tuple[str, Estimate, float | None]]:
    """Yield what stands beside the estimates of a mean, each where it says something.

    - on the treated, on the controls: what the ledger multiplies by their number, adjusted by logarithms.
    - per account, of groups: the sum over groups divided by their accounts.
    - wild bootstrap: below 40 units, where the t distribution is too narrow.
    - permutation: a p-value that holds whatever the tails, if the arms change nothing for anyone.
    """
    for name, effect_on in ((ON_TREATED, effect_on_treated), (ON_CONTROLS, effect_on_controls)):
        yield name, effect_on(of.outcome, of.treated, of.columns_in_logarithms, of.stratum), None
    if is_group:
        weight = of.weight
        yield PER_ACCOUNT, ratio(of.outcome * weight, of.accounts * weight, of.treated), None
    if len(of.outcome) < FEW:
        yield BOOTSTRAP, wild_bootstrap(of.outcome, of.treated, np.arange(len(of.outcome)), of.strata), None
    p = permutation_p(of.outcome, of.treated, strata=of.stratum)
    yield PERMUTATION, Estimate(np.nan, np.nan, np.nan, np.nan, p, np.nan, len(of.outcome)), None


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
    for metric in experiment.metrics:
        for arm in (each.name for each in experiment.arms if each.name != experiment.control):
            of = arms(experiment, arm, units, outcomes[metric])
            if of.are_enough:
                if metric in HONEST:
                    of = replace(of, outcome=honest_outcome(of.outcome, of.guilty, of.treated, of.weight))
                of_metric = of_ratio(of) if metric in RATIOS else chain(
                    estimates(of, experiment.winsorise), beside_means(of, experiment.unit == GROUP))
                found += [_row(metric, arm, of, *estimate) for estimate in of_metric]
    state = state_of(experiment, found, srm_p, ds)
    return [{"ds": ds, "experiment": experiment.name, "experiment_version": experiment.version, **row, "srm_p": srm_p,
             "state": state} for row in found]


def _row(metric: str, arm: str, of: Arms, estimator: str, estimate: Estimate,
         cut: float | None) -> dict[str, Any]:
    smaller = int(min(of.treated.sum(), (~of.treated).sum()))
    of_mean = estimator not in (BOOTSTRAP, PERMUTATION)
    has_sequence = of_mean and estimator not in (ON_TREATED, ON_CONTROLS)
    sequence = confidence_sequence(estimate, smaller, PLANNED) if has_sequence else None
    return {"metric": metric, "party": PARTY[metric], "estimator": estimator, "arm": arm,
            **{name: finite(value) for name, value in (
                ("effect", estimate.effect), ("lo", estimate.low), ("hi", estimate.high), ("p", estimate.p),
                ("seq_lo", sequence.low if sequence else np.nan), ("seq_hi", sequence.high if sequence else np.nan),
                ("variance_cut", np.nan if cut is None else cut),
                ("mde", minimal_effect(estimate.error, estimate.df) if of_mean else np.nan))},
            "units": estimate.units, "clusters": estimate.units, "mature_share": of.mature_share}


def finite(value: float) -> float | None:
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
    mine = [row for row in found if row["estimator"] in DECIDES]
    is_over = ds >= experiment.final_day
    lo, hi = ("lo", "hi") if is_over else ("seq_lo", "seq_hi")
    if any(direction(row, lo, hi) < 0 for row in mine):
        return STOP
    primary = [row for row in mine if row["metric"] == experiment.metric]
    if primary and all(direction(row, lo, hi) > 0 for row in primary):
        return SHIP
    return STOP if is_over else RUNNING


def direction(row: dict[str, Any], lo: str = "lo", hi: str = "hi") -> int:
    """Return 1 where a metric became better, -1 where it became worse, 0 where nobody can say."""
    if row[lo] is None or row[hi] is None or row[lo] <= 0 <= row[hi]:
        return 0
    return 1 if (row[hi] < 0) == (row["metric"] in LOWER_IS_BETTER) else -1
