"""The wild cluster bootstrap: p-values and intervals of effects with few clusters.

Cameron, Gelbach and Miller (2008), "Bootstrap-based improvements for inference with clustered errors", with the null
hypothesis imposed. Computed from sums of clusters, after Roodman, MacKinnon, Nielsen and Webb (2019).
"""

from dataclasses import dataclass

import numpy as np

from jobs.effects.clustered import cluster_codes, require_clusters
from jobs.effects.estimates import LEVEL, Estimate, p_without_error, require_units
from jobs.effects.least_squares import ARM, Fit, cr1, cr1_factor, fit
from jobs.effects.regression_adjustment import design

FEW = 40  # clusters below which the bootstrap is read instead of t(G - 1)
WEBB_BELOW = 13  # clusters; 2^12 draws of signs repeat too often
WEBB = np.sqrt([0.5, 1, 1.5])  # Webb (2023), "Reworking wild bootstrap-based inference for clustered errors"
DRAWS = 1_999  # odd, so that alpha (draws + 1) is a whole number
STEPS = 40  # halvings of the search for an end of the interval
FARTHEST = 1e4  # standard errors from the estimate beyond which an end counts as infinite


def wild_bootstrap(outcome: np.ndarray, treated: np.ndarray, clusters: np.ndarray,
                   covariates: np.ndarray | None = None, draws: int = DRAWS, seed: int = 1,
                   level: float = LEVEL) -> Estimate:
    """Return the estimate of `clustered` with the p-value and the interval of the restricted wild cluster bootstrap.

    Each draw multiplies the residuals of a whole cluster, as they are under the null hypothesis, by a random weight:
    a sign (Rademacher), or one of Webb's six points below `WEBB_BELOW` clusters. The interval holds every effect that
    the test does not reject. With two or three treated clusters it seldom rejects anything, and an end may be
    infinite (MacKinnon and Webb 2018).

    Args:
        outcome: (units,); treated: (units,) bool; clusters: (units,) any labels; covariates: (units, columns).

    Raises:
        ValueError: an arm has fewer than 2 units or clusters.
    """
    codes, count = cluster_codes(clusters)
    require_units(treated)
    require_clusters(treated, codes)
    of = fit(design(treated, covariates), outcome)
    error = np.sqrt(cr1(of, codes))
    if not error:
        return Estimate(of.effect, 0.0, of.effect, of.effect, p_without_error(of.effect), np.nan, len(outcome), count)
    test = _prepared(of, outcome, codes, _weights(count, draws, seed))
    low, high = (_end(test, of.effect, error, side, 1 - level) for side in (-1, 1))
    return Estimate(of.effect, float(error), low, high, test.p(0.0, of.effect, error), np.nan, len(outcome), count)


@dataclass(frozen=True)
class _Test:
    """Bootstrap effects and scores of clusters as lines in the tested effect b: constant - b * slope."""

    effect: tuple[np.ndarray, np.ndarray]
    scores: tuple[np.ndarray, np.ndarray]
    factor: float

    def p(self, tested: float, effect: float, error: float) -> float:
        """Return the p-value of a tested effect, the data themselves counted as one of the draws."""
        away = np.abs(self.effect[0] - tested * self.effect[1])
        spread = np.sqrt(self.factor * ((self.scores[0] - tested * self.scores[1]) ** 2).sum(axis=1))
        # Equal weights give the statistic of the data but for rounding: such a draw counts as extreme.
        extreme = away >= abs(effect - tested) / error * spread * (1 - 1e-9)
        return float((1 + extreme.sum()) / (1 + len(extreme)))


def _prepared(of: Fit, outcome: np.ndarray, codes: np.ndarray, weights: np.ndarray) -> _Test:
    """Return the test of an effect b. Residuals under it are `outcome_rest - b * arm_rest`."""
    others = np.delete(of.design, ARM, axis=1)
    arm_rest, outcome_rest = (fit(others, values).residuals for values in (of.design[:, ARM], outcome))
    size = arm_rest @ arm_rest
    leverage = _sums(codes, arm_rest[:, None] * of.design) @ of.bread / size
    effects, scores = [], []
    for rest in (outcome_rest, arm_rest):
        own = np.bincount(codes, arm_rest * rest) / size
        effects.append(weights @ own)
        # The residual of a draw is that of the weighted residuals from the whole design.
        scores.append(weights * own - weights @ _sums(codes, of.design * rest[:, None]) @ leverage.T)
    return _Test((effects[0], effects[1]), (scores[0], scores[1]), cr1_factor(weights.shape[1], *of.design.shape))


def _sums(codes: np.ndarray, columns: np.ndarray) -> np.ndarray:
    return np.stack([np.bincount(codes, column) for column in columns.T], axis=1)


def _weights(clusters: int, draws: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    points = np.concatenate([-WEBB, WEBB]) if clusters < WEBB_BELOW else np.array([-1.0, 1.0])
    return rng.choice(points, (draws, clusters))


def _end(test: _Test, effect: float, error: float, side: int, alpha: float) -> float:
    """Return the effect on one side of the estimate at which the p-value falls to alpha."""
    inside, outside = 0.0, 1.0
    while test.p(effect + side * outside * error, effect, error) > alpha:
        inside, outside = outside, outside * 2
        if outside > FARTHEST:
            return side * np.inf
    for _ in range(STEPS):
        middle = (inside + outside) / 2
        if test.p(effect + side * middle * error, effect, error) > alpha:
            inside = middle
        else:
            outside = middle
    return float(effect + side * outside * error)
