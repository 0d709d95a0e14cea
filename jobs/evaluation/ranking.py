"""Ranking metrics of scores, computed at every threshold.

A threshold is a distinct score. Cumulative counts give positives and rows at or above each threshold, from the highest
score down. In a bootstrap resample they count a row as often as it was drawn.
"""

import numpy as np

BINS = 10


def average_precision(label: np.ndarray, score: np.ndarray) -> float:
    """Sum (gain in recall) x precision over thresholds, without interpolation; NaN without positives.

    The definition is that of sklearn.metrics.average_precision_score: equal scores are one threshold.
    """
    return average_precision_from_counts(*threshold_counts(label, score))


def roc_auc(label: np.ndarray, score: np.ndarray) -> float:
    """Return the probability that a positive outranks a negative, ties counting half; NaN without both classes."""
    return roc_auc_from_counts(*threshold_counts(label, score))


def threshold_counts(label: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count positives and rows at or above each distinct score, from the highest score down.

    Raises:
        ValueError: a score is NaN.
    """
    order, ends = rank_by_score(score)
    return np.cumsum(np.asarray(label, dtype=np.int64)[order])[ends], ends + 1


def calibration_bins(label: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows, mean score and share of positives of each bin of `calibration_error`, by rising score.

    Equal scores always share a bin. With ties, bins therefore differ in count, and there may be fewer than 10.
    """
    order, ends = rank_by_score(score)
    positives, rows = threshold_counts(label, score)
    upto = np.cumsum(np.asarray(score, dtype=np.float64)[order])[ends]
    count, expected, observed = bins(positives, rows, upto)
    return count[::-1], (expected / count)[::-1], (observed / count)[::-1]


def average_precision_from_counts(positives: np.ndarray, rows: np.ndarray) -> float:
    """Compute average precision from cumulative counts; a threshold without a further positive adds nothing."""
    gained = positives - _shifted(positives)
    adds = np.flatnonzero(gained)
    if not len(adds):
        return float("nan")
    return float(np.sum(gained[adds] * (positives[adds] / rows[adds])) / positives[-1])


def roc_auc_from_counts(positives: np.ndarray, rows: np.ndarray) -> float:
    """Compute ROC AUC from cumulative counts."""
    negatives = rows - positives
    if not len(rows) or not positives[-1] or not negatives[-1]:
        return float("nan")
    halves = positives + _shifted(positives)
    return float((negatives - _shifted(negatives)) @ halves / (2 * positives[-1] * negatives[-1]))


def bins(positives: np.ndarray, rows: np.ndarray,
         scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows, sum of scores and positives of each bin with rows, from the highest bin down.

    All three arguments are cumulative sums at each threshold. A run of equal scores belongs to the bin of its middle
    row: splitting it would make the error depend on the order of tied rows.
    """
    if not len(rows) or not rows[-1]:
        return np.zeros(0), np.zeros(0), np.zeros(0)
    twice_the_middle = rows + _shifted(rows)
    cuts = -(-2 * rows[-1] * np.arange(1, BINS) // BINS)
    edges = np.concatenate(([0], np.searchsorted(twice_the_middle, cuts), [len(rows)]))
    sums = [np.diff(np.append(0, upto)[edges]) for upto in (rows, scores, positives)]
    filled = sums[0] > 0
    return sums[0][filled], sums[1][filled], sums[2][filled]


def rank_by_score(score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows from the highest score down, and the last position of each run of equal scores."""
    falling = -np.asarray(score, dtype=np.float64)
    if np.isnan(falling).any():
        raise ValueError("a score is NaN, so the rows cannot be ranked")
    order = np.argsort(falling, kind="stable")
    return order, last_of_ties(falling[order])


def last_of_ties(ordered: np.ndarray) -> np.ndarray:
    """Return the last position of each run of equal values."""
    return np.flatnonzero(np.append(ordered[1:] != ordered[:-1], np.ones(min(len(ordered), 1), dtype=bool)))


def _shifted(cumulative: np.ndarray) -> np.ndarray:
    """Return the cumulative counts just above each threshold."""
    return np.concatenate(([0], cumulative[:-1]))
