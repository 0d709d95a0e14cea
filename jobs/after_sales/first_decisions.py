"""What each confidence decides: cases are looked at again, and the first row that is sure enough decides."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class DecidedBy:
    """What is decided from each confidence on, the highest first, (confidences,) each.

    Attributes:
        confidence: without repeated ones. decided: cases; wrong: of them those that are decided wrongly.
        expected: sum of 1 - confidence of the rows that decide: the errors that a calibrated model expects.
    """

    confidence: np.ndarray
    decided: np.ndarray
    wrong: np.ndarray
    expected: np.ndarray

    def at(self, chosen: np.ndarray) -> "DecidedBy":
        """Return some of the confidences, by place or by a mask."""
        return DecidedBy(self.confidence[chosen], self.decided[chosen], self.wrong[chosen], self.expected[chosen])


def decided_by_confidence(confidence: np.ndarray, wrong: np.ndarray, case: np.ndarray) -> DecidedBy:
    """Return what each confidence that some row has decides.

    A row decides its case from its own confidence down to that of the surest row before it, because from there on that
    row is the first one that is sure enough.

    Args:
        confidence: (rows,) none NaN; wrong: (rows,) bool; case: (rows,) names, rows of a case in the order of time.
    """
    order = np.argsort(case, kind="stable")
    confidence, wrong = confidence[order], wrong[order]
    row, before = _records(confidence, case[order])
    ends = before >= 0
    from_on = np.concatenate([confidence[row], confidence[before[ends]]])
    change = np.concatenate([np.ones(len(row), int), -np.ones(ends.sum(), int)])
    of = np.concatenate([row, row[ends]])
    falling = np.argsort(-from_on, kind="stable")
    from_on, change, of = from_on[falling], change[falling], of[falling]
    last = np.append(from_on[1:] != from_on[:-1], True) if len(from_on) else np.empty(0, bool)
    return DecidedBy(from_on, np.cumsum(change), np.cumsum(change * wrong[of]),
                     np.cumsum(change * (1 - confidence[of]))).at(last)


def first_decisions(decided: np.ndarray, case: np.ndarray) -> np.ndarray:
    """Return the first decided row of each case that has one, as places in the order of `case`.

    Args:
        decided: (rows,) bool; case: (rows,) names, rows of a case in the order of time.
    """
    places = np.flatnonzero(decided)
    return places[np.unique(np.asarray(case)[places], return_index=True)[1]]


def _records(confidence: np.ndarray, case: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that are surer than all rows of their case before, and for each the last such row before it.

    Args:
        case: sorted names.

    Returns:
        Places of rows, and places of the rows before, -1 for the first of a case.
    """
    if not len(case):
        return np.empty(0, int), np.empty(0, int)
    is_first = np.append(True, case[1:] != case[:-1])
    # Cases rise, so that a running maximum of (case, rank) starts anew with each case.
    rank = np.cumsum(is_first) * (len(case) + 1) + np.unique(confidence, return_inverse=True)[1]
    row = np.flatnonzero(is_first | (rank > np.append(-1, np.maximum.accumulate(rank)[:-1])))
    return row, np.where(is_first[row], -1, np.append(-1, row[:-1]))
