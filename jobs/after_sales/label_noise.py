"""Labels that a desk gave through errors: how often it errs which way, and how a model learns the truth from them.

The forward correction of Patrini, Rozza, Menon, Nock and Qu (2017), "Making deep neural networks robust to label
noise": the model's probabilities of the truth pass through the desk's confusion matrix before they meet the desk's
label. The loss is then least where the probabilities are those of the truth. It needs a matrix that is known, and
rows whose errors depend on the truth and the group alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jobs.statistics.shares import LEVEL, Interval, wilson

if TYPE_CHECKING:
    from xgboost import DMatrix

PRIOR_ROWS = 10.0  # rows of the pooled matrix that each group's own rows are mixed with
SMALLEST = 1e-12


@dataclass(frozen=True, eq=False)
class Confusion:
    """How often a desk gives each label, by the true class.

    Attributes:
        counts: (classes, classes) double reviews by true class (first) and the desk's label.
        matrix: (classes, classes) probabilities; each row sums to 1. A class without a review is taken to be right.
        groups: counts and matrix by group; empty where the desk is taken to be the same for all.
    """

    counts: np.ndarray
    matrix: np.ndarray
    groups: Mapping[str, tuple[np.ndarray, np.ndarray]]

    def intervals(self, group: str | None = None, level: float = LEVEL) -> Interval:
        """Return Wilson's interval of each share of labels, (classes, classes), from the counts alone."""
        counts = self.counts if group is None else self.groups[group][0]
        rows = counts.sum(axis=1, keepdims=True)
        shares = np.where(rows > 0, counts / np.maximum(rows, 1), np.nan)
        return wilson(shares, np.broadcast_to(rows, counts.shape), level)

    def draws(self, count: int, seed: int = 1) -> np.ndarray:
        """Return matrices that the reviews are compatible with, (count, classes, classes): Dirichlet, Jeffreys' prior.

        Train or measure under several of them to see what the size of the sample of reviews leaves open.
        """
        rng = np.random.default_rng(seed)
        rows = [rng.dirichlet(own + 0.5, count) for own in self.counts]
        return np.stack(rows, axis=1)

    def of_rows(self, group: Sequence[str] | np.ndarray) -> np.ndarray:
        """Return each row's matrix, (rows, classes, classes); the pooled one for a group without reviews."""
        by_name = {name: place for place, name in enumerate(self.groups, 1)}
        stacked = np.stack([self.matrix, *(matrix for _, matrix in self.groups.values())])
        return stacked[[by_name.get(str(name), 0) for name in group]]


def confusion(label: np.ndarray, truth: np.ndarray, classes: int,
              group: Sequence[str] | np.ndarray | None = None) -> Confusion:
    """Return the desk's confusion matrix from double reviews of randomly drawn rows.

    The second review counts as the truth. Where it errs like the first, the matrix is too near to no error: have a
    panel do it that does not see the first label. A group's matrix is its own counts, mixed with `PRIOR_ROWS` rows a
    class of all groups.

    Args:
        label: (rows,) the desk's class codes; truth: (rows,) those of the second review; group: (rows,) names.

    Raises:
        ValueError: the arrays differ in length, or a code is no class.
    """
    label, truth = np.asarray(label), np.asarray(truth)
    if len(label) != len(truth) or not np.isin([*label, *truth], np.arange(classes)).all():
        raise ValueError(f"{len(label)} labels and {len(truth)} second reviews; expected as many, each from 0 to "
                         f"{classes - 1}")
    counts = _counts(label, truth, classes)
    pooled = _mixed(counts, np.eye(classes), 1.0)
    names = [] if group is None else np.unique(np.asarray(group, object).astype(str))
    by_group = {}
    for name in names:
        mine = np.asarray(group, object).astype(str) == name
        own = _counts(label[mine], truth[mine], classes)
        by_group[str(name)] = own, _mixed(own, pooled, PRIOR_ROWS)
    return Confusion(counts, pooled, by_group)


def noisy_probability(probability: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Return the probabilities of the desk's labels, (rows, classes), from those of the truth.

    Args:
        probability: (rows, classes); noise: (classes, classes), or (rows, classes, classes) a matrix a row.
    """
    return probability @ noise if noise.ndim == 2 else np.einsum("ri,rij->rj", probability, noise)


def forward_loss(probability: np.ndarray, label: np.ndarray, noise: np.ndarray) -> float:
    """Return the mean negative log-likelihood of the desk's labels, given probabilities of the truth."""
    found = noisy_probability(probability, noise)[np.arange(len(label)), label]
    return float(-np.log(np.maximum(found, SMALLEST)).mean())


def forward_gradient(margin: np.ndarray, label: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradient of each row's forward loss in the margins, and a curvature above 0, both (rows, classes).

    With p the softmax of the margins and r the probabilities of the truth once the label is known, the gradient is
    p - r. The true curvature p (1 - p) - r (1 - r) may be negative. 2 p (1 - p) bounds it, and is what XGBoost's own
    softmax objective uses. Without noise both are those of that objective.
    """
    probability = softmax(margin)
    given = noise[:, label].T if noise.ndim == 2 else noise[np.arange(len(label)), :, label]
    joint = probability * given
    known = joint / np.maximum(joint.sum(axis=1, keepdims=True), SMALLEST)
    return probability - known, np.maximum(2 * probability * (1 - probability), SMALLEST)


def forward_objective(noise: np.ndarray) -> Callable[[np.ndarray, "DMatrix"], tuple[np.ndarray, np.ndarray]]:
    """Return an objective for `xgboost.train(..., obj=)` with `num_class`; its predictions are margins for `softmax`.

    Args:
        noise: (classes, classes), or (rows, classes, classes) in the order of the training matrix.
    """
    def objective(margin: np.ndarray, rows: "DMatrix") -> tuple[np.ndarray, np.ndarray]:
        label = rows.get_label().astype(int)
        gradient, curvature = forward_gradient(np.asarray(margin, float).reshape(len(label), -1), label, noise)
        weight = rows.get_weight()
        if len(weight):
            gradient, curvature = gradient * weight[:, None], curvature * weight[:, None]
        return gradient, curvature

    return objective


def softmax(margin: np.ndarray) -> np.ndarray:
    """Return probabilities that sum to 1, (rows, classes), without overflow."""
    odds = np.exp(margin - margin.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def _counts(label: np.ndarray, truth: np.ndarray, classes: int) -> np.ndarray:
    codes = truth.astype(int) * classes + label.astype(int)
    return np.bincount(codes, minlength=classes * classes).reshape(classes, classes)


def _mixed(counts: np.ndarray, prior: np.ndarray, rows: float) -> np.ndarray:
    """Return the shares of labels by true class, with a prior that counts as some rows of each class."""
    return (counts + rows * prior) / (counts.sum(axis=1, keepdims=True) + rows)
