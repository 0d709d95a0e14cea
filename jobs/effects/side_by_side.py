"""Every estimator of one arm against the control, in the order in which a reader wants them."""

from dataclasses import dataclass

import numpy as np

from jobs.effects.clustered import cluster_codes, clustered, clusters_by_arm
from jobs.effects.estimates import LEVEL, Estimate
from jobs.effects.mean_difference import mean_difference
from jobs.effects.permutation import PERMUTATIONS, permutation_p
from jobs.effects.power import minimal_effect
from jobs.effects.ratio import ratio
from jobs.effects.regression_adjustment import adjusted, variance_cut
from jobs.effects.sequential import confidence_sequence
from jobs.effects.wild_bootstrap import FEW, wild_bootstrap
from jobs.effects.winsorise import winsorised

MEANS, ADJUSTED, CLUSTERED, ADJUSTED_CLUSTERED = (
    "difference of means", "adjusted", "by cluster", "adjusted, by cluster")
RATIO, RATIO_CLUSTERED = "ratio of sums", "ratio, by cluster"
BOOTSTRAP, WINSORISED, PERMUTATION, SEQUENCE = "wild bootstrap", "winsorised", "permutation", "confidence sequence"


@dataclass(frozen=True)
class Sample:
    """The units of two arms, without nulls.

    Attributes:
        outcome: (units,); treated: (units,) bool.
        clusters: (units,) labels, None where units stand for themselves.
        covariates: (units, columns) as known before the first day; None for none.
        denominator: (units,), if the metric is a ratio of sums; None for a mean.
    """

    outcome: np.ndarray
    treated: np.ndarray
    clusters: np.ndarray | None = None
    covariates: np.ndarray | None = None
    denominator: np.ndarray | None = None


@dataclass(frozen=True)
class Row:
    """One estimator's answer.

    Attributes:
        cut: share of the variance that the adjustment takes away; NaN without one.
        smallest: minimal detectable effect at a power of .8; NaN where no t distribution is used.
    """

    estimator: str
    estimate: Estimate
    cut: float = float("nan")

    @property
    def smallest(self) -> float:
        """Return the effect that a test of 5 % would have found in four of five such experiments."""
        return float("nan") if np.isnan(self.estimate.df) else minimal_effect(self.estimate.error, self.estimate.df)


def side_by_side(sample: Sample, quantile: float | None = None, permutations: int = PERMUTATIONS, seed: int = 1,
                 planned: int | None = None, level: float = LEVEL) -> list[Row]:
    """Return the rows of all estimators that the sample allows.

    Args:
        quantile: at which outcomes are winsorised; None: they are not.
        planned: units, or clusters, for which the confidence sequence is tuned; None: as many as there are.

    Raises:
        ValueError: too few units or clusters, a quantile that is none, or a ratio with covariates or a quantile.
    """
    if sample.denominator is not None:
        if sample.covariates is not None or quantile is not None:
            raise ValueError("a ratio of sums is neither adjusted nor winsorised; expected a denominator alone")
        rows = _ratio_rows(sample, level)
    else:
        rows = _mean_rows(sample, seed, level)
        if quantile is not None:
            rows += _winsorised_rows(sample, quantile, level)
    p = permutation_p(_around_pooled_ratio(sample), sample.treated, sample.clusters, permutations, seed)
    rows.append(Row(PERMUTATION, Estimate(rows[0].estimate.effect, np.nan, np.nan, np.nan, p, np.nan,
                                          len(sample.outcome), rows[-1].estimate.clusters)))
    return rows + _sequences(sample, rows, planned, level)


def _mean_rows(sample: Sample, seed: int, level: float) -> list[Row]:
    outcome, treated, clusters, covariates = sample.outcome, sample.treated, sample.clusters, sample.covariates
    plain = mean_difference(outcome, treated, level)
    rows = [Row(MEANS, plain)]
    if covariates is not None:
        found = adjusted(outcome, treated, covariates, level)
        rows.append(Row(ADJUSTED, found, variance_cut(found, plain)))
    if clusters is not None:
        by_cluster = clustered(outcome, treated, clusters, level=level)
        rows.append(Row(CLUSTERED, by_cluster))
        if covariates is not None:
            found = clustered(outcome, treated, clusters, covariates, level)
            rows.append(Row(ADJUSTED_CLUSTERED, found, variance_cut(found, by_cluster)))
        if by_cluster.clusters < FEW:
            rows.append(Row(BOOTSTRAP, wild_bootstrap(outcome, treated, clusters, covariates, seed=seed, level=level)))
    return rows


def _winsorised_rows(sample: Sample, quantile: float, level: float) -> list[Row]:
    """Return the row of winsorised outcomes, adjusted and by cluster where the others are."""
    outcome, name = winsorised(sample.outcome, quantile), WINSORISED
    if sample.covariates is not None:
        name = f"{name}, {ADJUSTED}"
    if sample.clusters is not None:
        return [Row(f"{name}, {CLUSTERED}", clustered(outcome, sample.treated, sample.clusters, sample.covariates,
                                                      level))]
    return [Row(name, mean_difference(outcome, sample.treated, level) if sample.covariates is None else
                adjusted(outcome, sample.treated, sample.covariates, level))]


def _ratio_rows(sample: Sample, level: float) -> list[Row]:
    rows = [Row(RATIO, ratio(sample.outcome, sample.denominator, sample.treated, level=level))]
    if sample.clusters is not None:
        rows.append(Row(RATIO_CLUSTERED, ratio(sample.outcome, sample.denominator, sample.treated, sample.clusters,
                                               level)))
    return rows


def _around_pooled_ratio(sample: Sample) -> np.ndarray:
    """Return outcomes; of a ratio, numerators less what the denominators lead to expect.

    The ratio of both arms together is the same under every assignment, so that the permutation test stays exact.
    """
    if sample.denominator is None:
        return sample.outcome
    return sample.outcome - sample.outcome.sum() / sample.denominator.sum() * sample.denominator


def _sequences(sample: Sample, rows: list[Row], planned: int | None, level: float) -> list[Row]:
    """Return the confidence sequence of the most careful estimate, and that of the winsorised one."""
    smaller, size = _sizes(sample)
    careful = (RATIO_CLUSTERED, RATIO, ADJUSTED_CLUSTERED, CLUSTERED, ADJUSTED, MEANS)
    bases = {SEQUENCE: next(row.estimate for name in careful for row in rows if row.estimator == name)}
    bases |= {f"{SEQUENCE}, {WINSORISED}": row.estimate for row in rows if row.estimator.startswith(WINSORISED)}
    return [Row(name, confidence_sequence(of, smaller, planned or size, level)) for name, of in bases.items()]


def _sizes(sample: Sample) -> tuple[int, int]:
    """Return how many units, or clusters, the smaller arm has, and how many there are."""
    if sample.clusters is None:
        return int(min(sample.treated.sum(), (~sample.treated).sum())), len(sample.treated)
    codes, count = cluster_codes(sample.clusters)
    return min(clusters_by_arm(sample.treated, codes)), count
