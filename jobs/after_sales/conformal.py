"""Conformal sets: the classes that cannot be ruled out for a row, at a stated share of errors in each class.

Split conformal prediction within classes, "Mondrian" (Vovk, Gammerman and Shafer 2005; Sadinle, Lei and Wasserman
2019): the calibration rows of a class say how improbable that class may look when it is true. The guarantee needs
calibration rows that the model was not trained on and that come from the same process as later rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LEAST_ROWS = 50  # of a kind and class, for a threshold of its own
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class ConformalSets:
    """Thresholds by kind and class.

    Attributes:
        alpha: the share of errors; kinds: the kinds with a row in `thresholds`.
        thresholds: (kinds + 1, classes) the largest 1 - probability at which a class stays in the set; infinite where
            too few rows say anything, so that the class is in every set. The last row is for all other kinds.
    """

    alpha: float
    kinds: tuple[str, ...]
    thresholds: np.ndarray

    def sets(self, probability: np.ndarray, kind: Sequence[str] | np.ndarray | None = None) -> np.ndarray:
        """Return which classes are in each row's set, bool (rows, classes). A set may be empty.

        Args:
            probability: (rows, classes); kind: (rows,), None where the sets were fitted without kinds.
        """
        return 1 - np.asarray(probability, float) <= self.thresholds[kind_places(self.kinds, kind, len(probability))]


def fit_sets(probability: np.ndarray, label: np.ndarray, alpha: float,
             kind: Sequence[str] | np.ndarray | None = None, least_rows: int = LEAST_ROWS) -> ConformalSets:
    """Return thresholds from calibration rows.

    A set holds the true class of a row with a probability of at least 1 - alpha, whatever that class is, and of at most
    1 / (rows + 1) more where probabilities are all different. With kinds it does so for each kind and class with
    `least_rows` or more. The rows of the other kinds of a class share a threshold, which holds for them together.

    Args:
        probability: (rows, classes) of any model; label: (rows,) class codes; kind: (rows,) of case.

    Raises:
        ValueError: alpha is not in (0, 1), a probability is not in [0, 1], or a label is no class.
    """
    probability, label = np.asarray(probability, float), np.asarray(label)
    require_alpha(alpha)
    if not ((probability >= 0) & (probability <= 1)).all():
        raise ValueError("conformal sets need probabilities in [0, 1]; a value is outside or NaN")
    classes = probability.shape[1]
    if len(label) != len(probability) or not np.isin(label, np.arange(classes)).all():
        raise ValueError(f"conformal sets need a label for each of {len(probability)} rows, from 0 to {classes - 1}")
    scores = 1 - probability[np.arange(len(label)), label]
    names = () if kind is None else tuple(str(name) for name in np.unique(kind))
    places = kind_places(names, kind, len(label))
    thresholds = np.empty((len(names) + 1, classes))
    for number in range(classes):
        mine = label == number
        thresholds[:, number] = cell_thresholds(scores[mine], places[mine], len(names), alpha, least_rows)
    return ConformalSets(alpha, names, thresholds)


def cell_thresholds(scores: np.ndarray, cells: np.ndarray, count: int, alpha: float, least_rows: int) -> np.ndarray:
    """Return a threshold for each cell, and one for all that have none of their own, (count + 1,).

    A cell with fewer than `least_rows` takes the last threshold, which is that of the rows of all such cells.

    Args:
        scores: (rows,); cells: (rows,) codes up to `count`.
    """
    rows = np.bincount(cells, minlength=count + 1)
    own = np.flatnonzero(rows[:count] >= least_rows)
    found = np.full(count + 1, threshold(scores[~np.isin(cells, own)], alpha))
    for cell in own:
        found[cell] = threshold(scores[cells == cell], alpha)
    return found


def threshold(scores: np.ndarray, alpha: float) -> float:
    """Return the score at the rank ceil((rows + 1) (1 - alpha)); infinite where there are too few rows for it.

    A later score of the same process is at most as large with a probability of at least 1 - alpha.
    """
    rank = int(np.ceil((len(scores) + 1) * (1 - alpha) - ROUNDING))
    return float(np.sort(scores)[rank - 1]) if rank <= len(scores) else np.inf


def require_alpha(alpha: float) -> None:
    """Check a share of errors.

    Raises:
        ValueError: it is not in (0, 1).
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}; expected a share of errors between 0 and 1")


def kind_places(kinds: Sequence[str], kind: Sequence[str] | np.ndarray | None, rows: int) -> np.ndarray:
    """Return the place of each row's kind, (rows,): the number of kinds for one that is not among them.

    Raises:
        ValueError: kinds are missing or superfluous, or not one a row.
    """
    if kind is None and kinds:
        raise ValueError(f"the thresholds are by kind, {', '.join(kinds)}; expected a kind for each row")
    if kind is None:
        return np.zeros(rows, int)
    if len(kind) != rows:
        raise ValueError(f"{len(kind)} kinds of {rows} rows; expected one a row")
    known = {name: place for place, name in enumerate(kinds)}
    return np.array([known.get(str(name), len(kinds)) for name in kind], int)
