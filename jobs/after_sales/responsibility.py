"""Who is responsible for a case: shares of the parties that sum to one, learned from a desk that errs.

Models are trained without the cases of one fifth of the sellers each. The label is that of the second review where
there is one, and else the desk's. Second reviews say how the desk errs (`label_noise`), and what the shares of cases
outside of the training are worth: they calibrate the shares, fit the conformal sets and the thresholds of abstention.
Without second reviews the shares are those of the desk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from features.case.definitions import PARTIES
from jobs.after_sales import case_matrix, share_calibration
from jobs.after_sales.case_matrix import CaseColumns
from jobs.after_sales.label_noise import Confusion, confusion, forward_objective
from jobs.after_sales.share_calibration import ShareCalibration
from jobs.training.boosting import THREADS
from jobs.training.text_classifier import TextClassifier

if TYPE_CHECKING:
    from xgboost import Booster

FOLDS = 5
PARTITIONS = 3  # of the sellers into folds; with one alone, shares outside of the training err more than the model's
ROUNDS = 120
PARAMETERS = {"max_depth": 4, "eta": 0.1, "min_child_weight": 5, "subsample": 0.8, "colsample_bytree": 0.5,
              "lambda": 2.0, "nthread": THREADS, "num_class": len(PARTIES), "disable_default_eval_metric": True}
LEAST_REVIEWS = 100  # second reviews, for a matrix of the desk's errors; below, the model learns the desk


@dataclass(frozen=True, eq=False)
class Responsibility:
    """A model of the shares of responsibility.

    Attributes:
        columns: of its matrix. classifier: of the texts; None without texts.
        boosters: one a partition and fold; a share is their mean in margins.
        noise: how the desk errs, by kind; None without second reviews.
        calibration: from margins to shares.
    """

    columns: CaseColumns
    classifier: TextClassifier | None
    boosters: tuple["Booster", ...]
    noise: Confusion | None
    calibration: ShareCalibration

    def matrix(self, rows: pa.Table) -> np.ndarray:
        """Return the matrix of rows of `case_rows`."""
        return self.columns.matrix(rows, case_matrix.text_margins(self.classifier, case_matrix.words_of(rows),
                                                                   PARTIES))

    def shares(self, rows: pa.Table) -> np.ndarray:
        """Return the share of each of `PARTIES`, (rows, parties); a row sums to 1."""
        return self.shares_of(self.matrix(rows))

    def shares_of(self, matrix: np.ndarray) -> np.ndarray:
        """Return the shares of rows whose matrix is known."""
        import xgboost

        known = xgboost.DMatrix(matrix, feature_names=list(self.columns.names))
        margins = np.mean([booster.predict(known, output_margin=True).reshape(-1, len(PARTIES))
                           for booster in self.boosters], axis=0)
        return self.calibration.shares(margins)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A model, and what is known of its training rows without their own labels.

    Attributes:
        matrix: with margins of texts by classifiers of other sellers' cases, of the first partition.
        shares: by boosters and a calibration of other sellers' cases.
    """

    model: Responsibility
    matrix: np.ndarray
    shares: np.ndarray


def fit_responsibility(rows: pa.Table, label: np.ndarray, second: np.ndarray, seed: int = 0) -> Fitted:
    """Return a model of closed cases.

    Args:
        rows: of `case_rows`; those of one of `clusters_of` are never in training and outside of it at once.
        label: (rows,) codes of PARTIES, as the desk decided at last; second: (rows,) those of second reviews, -1 where
            none is known.

    Raises:
        ValueError: there are no two parties among the labels.
    """
    if len(np.unique(label)) < 2:
        raise ValueError("the labels name fewer than two parties; expected two or more")
    columns, words = case_matrix.columns_of(rows, PARTIES), case_matrix.words_of(rows)
    noise, of_rows = _noise(rows, label, second)
    best = label if noise is None else np.where(second >= 0, second, label)
    clusters = clusters_of(rows)
    partitions = [folds(clusters, seed + number) for number in range(PARTITIONS)]
    matrices = [columns.matrix(rows, _out_of_fold_texts(words, best, fold, seed)) for fold in partitions]
    boosters, margins = zip(*(_boosters(matrix, columns.names, best, of_rows, fold, seed + number)
                              for number, (matrix, fold) in enumerate(zip(matrices, partitions))))
    calibration, shares = _calibrated(np.mean(margins, axis=0), best, second, partitions[0])
    model = Responsibility(columns, case_matrix.fit_words(words, best, PARTIES, seed), sum(boosters, ()), noise,
                           calibration)
    return Fitted(model, matrices[0], shares)


def clusters_of(rows: pa.Table) -> list[str | None]:
    """Return what of each row is never in training and outside of it at once, (rows,).

    That is the seller. It is the case where there are fewer sellers than folds, as in a shop of one seller.
    """
    sellers = rows["seller_id"].to_pylist()
    return sellers if len(set(sellers)) >= FOLDS else rows["case_id"].to_pylist()


def folds(clusters: Sequence[str | None], seed: int) -> np.ndarray:
    """Return the fold of each row, (rows,) from 0 to FOLDS - 1: all rows of a cluster are in one of them."""
    names, place = np.unique([name or "" for name in clusters], return_inverse=True)
    dealt = np.random.default_rng(seed).permutation(len(names)) % FOLDS
    return dealt[place]


def _out_of_fold_texts(words: Sequence[str | None], label: np.ndarray, fold: np.ndarray, seed: int) -> np.ndarray:
    margins = np.full((len(words), len(PARTIES)), np.nan)
    for each in range(FOLDS):
        inside, outside = np.flatnonzero(fold != each), np.flatnonzero(fold == each)
        classifier = case_matrix.fit_words([words[row] for row in inside], label[inside], PARTIES, seed)
        margins[outside] = case_matrix.text_margins(classifier, [words[row] for row in outside], PARTIES)
    return margins


def _noise(rows: pa.Table, label: np.ndarray, second: np.ndarray) -> tuple[Confusion | None, np.ndarray]:
    """Return how the desk errs, and each row's matrix: the identity where the label is that of a second review.

    Without enough second reviews every matrix is the identity.
    """
    reviewed, right = second >= 0, np.eye(len(PARTIES))
    if reviewed.sum() < LEAST_REVIEWS:
        return None, np.broadcast_to(right, (len(label), *right.shape))
    kind = np.array(rows["kind"].to_pylist(), object)
    found = confusion(label[reviewed], second[reviewed], len(PARTIES), kind[reviewed])
    return found, np.where(reviewed[:, None, None], right, found.of_rows(kind))


def _boosters(matrix: np.ndarray, names: Sequence[str], label: np.ndarray, noise: np.ndarray, fold: np.ndarray,
              seed: int) -> tuple[tuple["Booster", ...], np.ndarray]:
    """Return a booster a fold, trained on the others, and the margins of its own fold."""
    import xgboost

    boosters, margins = [], np.zeros((len(label), len(PARTIES)))
    for each in range(FOLDS):
        inside, outside = fold != each, fold == each
        train = xgboost.DMatrix(matrix[inside], label[inside], feature_names=list(names))
        booster = xgboost.train({**PARAMETERS, "seed": seed}, train, ROUNDS, obj=forward_objective(noise[inside]))
        if outside.any():
            held_out = xgboost.DMatrix(matrix[outside], feature_names=list(names))
            margins[outside] = booster.predict(held_out, output_margin=True).reshape(-1, len(PARTIES))
        boosters.append(booster)
    return tuple(boosters), margins


def _calibrated(margins: np.ndarray, label: np.ndarray, second: np.ndarray,
                fold: np.ndarray) -> tuple[ShareCalibration, np.ndarray]:
    """Return the calibration of all rows that say the truth, and shares by calibrations of the other folds."""
    known = second >= 0
    if known.sum() < LEAST_REVIEWS:
        known, second = np.ones(len(label), bool), label
    shares = np.zeros_like(margins)
    for each in range(FOLDS):
        inside = known & (fold != each)
        shares[fold == each] = share_calibration.fit(margins[inside], second[inside]).shares(margins[fold == each])
    return share_calibration.fit(margins[known], second[known]), shares
