"""How much of a claim will be paid: the probability of a payment, and a conformal interval of the paid share.

Most claims are paid in full or not at all, so the share is a mixture: a mass at 0, a mass at 1, and a density between.
XGBoost learns the three probabilities and the quantiles between. An interval comes from the distribution's own
probabilities ("distributional conformal prediction", Chernozhukov, Wuthrich and Zhu 2021), in which a mass is spread at
random: without that, an interval that ends at a mass would hold all of it, and hold far more cases than stated.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jobs.after_sales.conformal import LEAST_ROWS, cell_thresholds, kind_places, require_alpha
from jobs.training.boosting import THREADS

if TYPE_CHECKING:
    from xgboost import Booster

NONE, PART, FULL = range(3)
QUANTILES = np.arange(1, 10) / 10
LEVELS = np.concatenate([[0], QUANTILES, [1]])
STEP = 1e-6  # a share that is above 0 and not 0, or below 1 and not 1: less than a cent of any claim
APART = 1e-9
LEAST_PARTS = 50  # training rows that are paid in part, for quantiles of their own
PARAMETERS = {"max_depth": 4, "eta": 0.1, "min_child_weight": 10, "nthread": THREADS}
ROUNDS = 80
CALIBRATION = 0.4  # share of clusters that no tree is trained on


@dataclass(frozen=True, eq=False)
class Compensation:
    """What cases will be paid, (cases,) each. All are estimates and never booked.

    Attributes:
        paid: the probability of any payment.
        expected: the mean of the share. It may lie outside of the interval.
        low, median, high: the share's median and the ends of its interval, which holds the median.
    """

    paid: np.ndarray
    expected: np.ndarray
    low: np.ndarray
    median: np.ndarray
    high: np.ndarray

    def cents(self, claim_cents: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (low, median, high) in whole minor units of each claim, NaN for a claim of NaN.

        A payment lies within the ends in cents if and only if its share lies within the ends of the share.
        """
        claim = np.asarray(claim_cents, float)
        return np.ceil(self.low * claim - STEP), np.round(self.median * claim), np.floor(self.high * claim + STEP)


@dataclass(frozen=True, eq=False)
class CompensationModel:
    """Boosters and how far an interval reaches, by kind.

    Attributes:
        alpha: the share of cases outside of their interval; kinds: the kinds with an entry in `reach`.
        reach: (kinds + 1,) distance from the median in probability, up to 0.5; the last one is for all other kinds.
        classes: of none, part, full; parts: of the quantiles between; None where too few rows are paid in part.
    """

    alpha: float
    kinds: tuple[str, ...]
    reach: np.ndarray
    classes: "Booster"
    parts: "Booster | None"

    def predict(self, features: np.ndarray, kind: np.ndarray | None = None, seed: int = 0) -> Compensation:
        """Return what each case will be paid.

        Args:
            features: (cases, columns), NaN where not known; kind: (cases,), None where the model has no kinds.
            seed: of the random part, by table and day. The same seed and rows give the same ends.
        """
        masses, inner = _distribution(self.classes, self.parts, features)
        reach = np.minimum(self.reach[kind_places(self.kinds, kind, len(masses))], 0.5)
        spread = np.random.default_rng(seed).random(len(masses))
        median = _value_at(np.full(len(masses), 0.5), masses, inner)
        low = np.minimum(_first_from(0.5 - reach, spread, masses, inner), median)
        high = np.maximum(_last_up_to(0.5 + reach, spread, masses, inner), median)
        return Compensation(1 - masses[:, NONE], masses[:, FULL] + masses[:, PART] * _mean(inner), low, median, high)


def fit_compensation(features: np.ndarray, paid_share: np.ndarray, alpha: float = 0.2,
                     kind: np.ndarray | None = None, cluster: np.ndarray | None = None, seed: int = 0,
                     least_rows: int = LEAST_ROWS) -> CompensationModel:
    """Return a model of the paid share, of closed cases.

    An interval holds the share of a later case of the same process with a probability of at least 1 - alpha, and of at
    most 1 / (calibration rows + 1) more, unless more cases than that are paid exactly their median. With kinds this
    holds in each kind with `least_rows` calibration rows or more, and for the others together.

    Args:
        features: (cases, columns), NaN where not known; paid_share: (cases,) paid, divided by the claim, in [0, 1].
        kind: (cases,) of case; cluster: (cases,) such as the seller: no cluster is in both training and calibration.

    Raises:
        ValueError: alpha is not in (0, 1), the arrays differ in length, a share is NaN or outside of [0, 1], or there
            are fewer than two clusters.
    """
    require_alpha(alpha)
    share, features = np.asarray(paid_share, float), np.asarray(features, float)
    if len(share) != len(features) or not ((share >= 0) & (share <= 1)).all():
        raise ValueError(f"{len(features)} rows of features and {len(share)} paid shares; expected one share in [0, 1] "
                         "for each row")
    draw = np.random.default_rng(seed)
    calibrates = _calibration_rows(np.arange(len(share)) if cluster is None else cluster, draw)
    classes, parts = _train(features[~calibrates], share[~calibrates], seed)
    masses, inner = _distribution(classes, parts, features[calibrates])
    scores = _scores(share[calibrates], draw.random(calibrates.sum()), masses, inner)
    names = () if kind is None else tuple(str(name) for name in np.unique(kind))
    places = kind_places(names, None if kind is None else np.asarray(kind)[calibrates], len(scores))
    reach = cell_thresholds(scores, places, len(names), alpha, least_rows)
    return CompensationModel(alpha, names, reach, classes, parts)


def _calibration_rows(cluster: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Return which rows calibrate, (rows,) bool: all rows of a random part of the clusters."""
    clusters, place = np.unique(np.asarray(cluster), return_inverse=True)
    if len(clusters) < 2:
        raise ValueError(f"{len(clusters)} clusters; expected two or more, to train on some and calibrate on others")
    count = min(max(round(CALIBRATION * len(clusters)), 1), len(clusters) - 1)
    chosen = np.zeros(len(clusters), bool)
    chosen[draw.permutation(len(clusters))[:count]] = True
    return chosen[place]


def _train(features: np.ndarray, share: np.ndarray, seed: int) -> tuple["Booster", "Booster | None"]:
    """Return the booster of the three classes, and that of the quantiles of shares between 0 and 1."""
    import xgboost

    label = np.where(share == 0, NONE, np.where(share == 1, FULL, PART))
    classes = xgboost.train({**PARAMETERS, "objective": "multi:softprob", "num_class": 3, "seed": seed},
                            xgboost.DMatrix(features, label), ROUNDS)
    part = label == PART
    if part.sum() < LEAST_PARTS:
        return classes, None
    quantiles = {"objective": "reg:quantileerror", "quantile_alpha": QUANTILES, "seed": seed}
    return classes, xgboost.train(PARAMETERS | quantiles, xgboost.DMatrix(features[part], share[part]), ROUNDS)


def _distribution(classes: "Booster", parts: "Booster | None", features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distribution of each case's share.

    Returns:
        The probabilities of none, part and full, (cases, 3), and the shares at LEVELS among cases paid in part,
        (cases, LEVELS), increasing from 0 to 1.
    """
    import xgboost

    rows = len(features)
    if not rows:  # XGBoost warns of a matrix without rows
        return np.empty((0, 3)), np.empty((0, len(LEVELS)))
    matrix = xgboost.DMatrix(np.asarray(features, float))
    masses = classes.predict(matrix).astype(float)
    inner = np.tile(QUANTILES, (rows, 1)) if parts is None else np.sort(parts.predict(matrix).astype(float), axis=1)
    # Equal quantiles are moved apart: a place in the distribution has one share.
    inner = np.clip(inner, STEP, 1 - STEP) + np.arange(len(QUANTILES)) * APART
    return masses / masses.sum(axis=1, keepdims=True), np.column_stack([np.zeros(rows), inner, np.ones(rows)])


def _scores(share: np.ndarray, spread: np.ndarray, masses: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """Return the reach from which on a case's interval holds its share, (cases,): 0 for its median."""
    below = _cumulated(masses)
    within = np.array([np.interp(value, row, LEVELS) for value, row in zip(share, inner)])
    at = np.where(share == 0, spread * masses[:, NONE], np.where(
        share == 1, below[:, FULL] + spread * masses[:, FULL], below[:, PART] + masses[:, PART] * within))
    median = _value_at(np.full(len(share), 0.5), masses, inner)
    return np.where(share == median, 0, np.abs(at - 0.5))


def _cumulated(masses: np.ndarray) -> np.ndarray:
    """Return the probability below each class, (cases, 3)."""
    return np.cumsum(masses, axis=1) - masses


def _value_at(level: np.ndarray, masses: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """Return the share at a probability of each case's distribution: 0 or 1 within a mass."""
    below = _cumulated(masses)
    within = np.clip((level - below[:, PART]) / np.maximum(masses[:, PART], STEP), 0, 1)
    part = np.clip([np.interp(value, LEVELS, row) for value, row in zip(within, inner)], STEP, 1 - STEP)
    return np.where(level < below[:, PART], 0.0, np.where(level >= below[:, FULL], 1.0, part))


def _first_from(level: np.ndarray, spread: np.ndarray, masses: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """Return the smallest share whose place in the distribution, its mass spread at random, is at least the level."""
    below = _cumulated(masses)
    found = _value_at(level, masses, inner)
    found = np.where((found == 0) & (spread * masses[:, NONE] < level), STEP, found)
    return np.where(level <= below[:, FULL], np.minimum(found, 1 - STEP), 1.0)


def _last_up_to(level: np.ndarray, spread: np.ndarray, masses: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """Return the largest share whose place in the distribution, its mass spread at random, is at most the level."""
    found = _value_at(level, masses, inner)
    is_beyond = _cumulated(masses)[:, FULL] + spread * masses[:, FULL] > level
    return np.where((found == 1) & is_beyond, 1 - STEP, found)


def _mean(inner: np.ndarray) -> np.ndarray:
    """Return the mean of the shares between, (cases,), by straight lines between the quantiles."""
    return (np.diff(LEVELS) * (inner[:, 1:] + inner[:, :-1]) / 2).sum(axis=1)
