"""Calibration: the conversion of a model's margin into a probability, without a change of the ranking."""

import json
from dataclasses import dataclass

import numpy as np

ITERATIONS = 100
TOLERANCE = 1e-10


@dataclass(frozen=True)
class Calibration:
    """Probability = 1 / (1 + exp(-(slope * margin + intercept))).

    Raises:
        ValueError: the slope is not above 0, or a number is not finite. A slope of 0 or less would make scores equal
            or reverse the ranking that the metrics were measured on.
    """

    slope: float
    intercept: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.slope) and np.isfinite(self.intercept) and self.slope > 0):
            raise ValueError(f"a calibration needs finite numbers and a slope above 0, found {self}")

    def apply(self, margin: np.ndarray) -> np.ndarray:
        """Convert margins (log-odds before calibration) to probabilities in [0, 1], float64, of the same shape.

        The order of two rows never reverses. Extreme rows may become equal, when float64 rounds both to 0 or 1.
        """
        return _sigmoid(self.slope * np.asarray(margin, dtype=np.float64) + self.intercept)

    def to_json(self) -> str:
        """Return JSON from which `from_json` restores an equal calibration."""
        return json.dumps({"slope": self.slope, "intercept": self.intercept})

    @classmethod
    def from_json(cls, text: str) -> "Calibration":
        """Restore the calibration that `to_json` wrote.

        Raises:
            ValueError: the text is not the JSON of a calibration.
        """
        values = json.loads(text)
        if not isinstance(values, dict) or set(values) != {"slope", "intercept"}:
            raise ValueError(f"a calibration is JSON with slope and intercept, found {text}")
        return cls(slope=float(values["slope"]), intercept=float(values["intercept"]))


IDENTITY = Calibration(slope=1.0, intercept=0.0)


def fit(margin: np.ndarray, label: np.ndarray) -> Calibration:
    """Fit Platt scaling on rows outside the training.

    Platt 1999, "Probabilistic outputs for support vector machines". The targets are Platt's, (N+ + 1) / (N+ + 2) and
    1 / (N- + 2) instead of 1 and 0: on separable rows, targets of 1 and 0 drive the slope to infinity. Newton steps
    with backtracking solve it (Lin, Lin & Weng 2007, "A note on Platt's probabilistic outputs").

    Isotonic regression was rejected: it makes many scores equal, and capacity ends between two ranks.

    Args:
        margin: (rows,), finite.
        label: (rows,), 0 or 1.

    Returns:
        The calibration, or `IDENTITY` (slope 1, intercept 0) if no slope above 0 fits: no positives, no negatives, one
        margin for all rows, or positives with lower margins. Compare with `IDENTITY` to warn about it.

    Raises:
        ValueError: the arrays differ in shape, or a margin is not finite.
    """
    margin, label = np.asarray(margin, dtype=np.float64), np.asarray(label, dtype=bool)
    if margin.shape != label.shape or not np.isfinite(margin).all():
        raise ValueError(f"fit needs finite margins, one per label: {margin.shape} and {label.shape}")
    positives, negatives = int(label.sum()), int((~label).sum())
    spread = float(margin.std()) if positives and negatives else 0.0
    if not spread > 0:
        return IDENTITY
    target = np.where(label, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    # Standardised margins keep the two Newton equations well conditioned.
    steepness, level = _newton((margin - margin.mean()) / spread, target)
    slope = steepness / spread
    if not (np.isfinite(slope) and slope > 0):
        return IDENTITY
    return Calibration(slope=float(slope), intercept=float(level - slope * margin.mean()))


def _newton(feature: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return slope and intercept of the least cross-entropy against targets strictly between 0 and 1."""
    design = np.column_stack((feature, np.ones_like(feature)))
    weights = np.array([0.0, np.log(target.mean() / (1 - target.mean()))])
    for _ in range(ITERATIONS):
        probability = _sigmoid(design @ weights)
        gradient = design.T @ (probability - target)
        if np.abs(gradient).max() <= TOLERANCE * len(target):
            break
        hessian = (design * (probability * (1 - probability))[:, None]).T @ design
        step = np.linalg.solve(hessian + 1e-12 * np.eye(2), gradient)
        weights = _backtrack(design, target, weights, step)
    return weights


def _backtrack(design: np.ndarray, target: np.ndarray, weights: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Return the weights after the longest halving of the step that does not raise the loss."""
    before = _cross_entropy(design @ weights, target)
    for halvings in range(30):
        tried = weights - step / 2**halvings
        if _cross_entropy(design @ tried, target) <= before:
            return tried
    return weights


def _cross_entropy(logit: np.ndarray, target: np.ndarray) -> float:
    return float(np.sum(np.logaddexp(0, logit) - target * logit))


def _sigmoid(logit: np.ndarray) -> np.ndarray:
    """Compute the logistic function without overflow at either end."""
    small = np.exp(-np.abs(logit))
    return np.where(logit >= 0, 1 / (1 + small), small / (1 + small))
