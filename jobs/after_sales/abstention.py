"""Abstention: the confidence below which nothing is decided, so that errors among decided rows stay within a target.

Whoever looks at many thresholds and takes the best finds one that was lucky. Here thresholds are tested in an order
that is fixed beforehand, from the most confident rows on ("Learn then test", Angelopoulos, Bates, Candes, Jordan and
Lei 2021). Bonferroni over all thresholds was rejected: it makes each test 200 times as strict. A single sequence was
rejected too: one error among its first rows would end it. Hence it starts at several places, each with a part of the
risk, and a passed test hands its part on to the next one (Wiens 2003, "A fixed sequence Bonferroni procedure").

The chosen threshold only just passes, so that its rate of errors is close to the target. Among the few hundred rows
that are decided next, the share of errors varies around that rate. With `later`, their own share is tested.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from jobs.after_sales.first_decisions import DecidedBy, decided_by_confidence
from jobs.after_sales.next_batch import broken_p
from jobs.statistics.shares import LEVEL, upper_bound

MOST_THRESHOLDS = 200


@dataclass(frozen=True)
class Threshold:
    """From which confidence on rows of a cell are decided.

    Attributes:
        confidence: decided are rows with at least this; infinite where nothing can be decided.
        target: the largest share of errors among decided rows that is allowed.
        rows: calibration rows of the cell, or cases; decided, wrong: of them at the threshold.
        bound: Clopper and Pearson's upper bound of the rate of errors at the threshold, not corrected for its choice;
            NaN where nothing is decided.
    """

    confidence: float
    target: float
    rows: int
    decided: int
    wrong: int
    bound: float


def fit_threshold(confidence: np.ndarray, wrong: np.ndarray, target: float, level: float = LEVEL,
                  is_probability: bool = False, case: np.ndarray | None = None, later: float = np.inf) -> Threshold:
    """Return the smallest confidence whose decided rows pass, from calibration rows.

    With a probability of `level` over draws of the calibration rows, the share of errors among later rows of at least
    this confidence is at most the target. The rows must be independent of each other and of the model's training.
    With cases, which are looked at again until they are sure enough, this holds for cases: each is decided by the first
    of its rows with the confidence, and cases must be independent.

    Args:
        confidence: (rows,) larger is surer, such as the largest probability; wrong: (rows,) whether the decision that
            the model would take is wrong.
        is_probability: whether confidences are calibrated probabilities of being right. One sequence then starts where
            the model itself expects the test to pass most clearly. The guarantee does not lean on it.
        case: (rows,) names; rows of a case are in the order of time. None: each row is a case.
        later: how many cases come next for each calibration case; the share of errors holds for these. Infinite: it is
            the rate of errors that is bounded.

    Raises:
        ValueError: the target or the level is not in (0, 1), `later` is not above 0, the arrays differ in length, or a
            confidence is NaN.
    """
    return fit_thresholds(confidence, wrong, np.full(len(np.asarray(wrong)), "", object), {"": target}, level,
                          is_probability, case, later)[""]


def fit_thresholds(confidence: np.ndarray, wrong: np.ndarray, cell: np.ndarray, targets: Mapping[str, float],
                   level: float = LEVEL, is_probability: bool = False, case: np.ndarray | None = None,
                   later: float = np.inf) -> dict[str, Threshold]:
    """Return a threshold for each cell, such as a kind of case or a decision; all hold together at the level.

    Each of k cells is tested at 1 - (1 - level) / k. The share of errors among all decided rows is then at most the
    largest target, too. A cell with too few rows decides nothing and has no part of the risk. Nor has one whose
    probabilities expect more errors than its target at every threshold, if another cell's do not. Outcomes have no say
    in that.

    Args:
        cell: (rows,) names, known without the truth; targets: the largest share of errors of each cell.
        case, later: as of `fit_threshold`. Each cell counts a case by the rows that are in the cell.

    Raises:
        ValueError: a row's cell has no target; or as of `fit_threshold`.
    """
    confidence, wrong, cell = np.asarray(confidence, float), np.asarray(wrong, bool), np.asarray(cell, object)
    case = np.arange(len(wrong)) if case is None else np.asarray(case)
    _require(confidence, wrong, cell, case, targets, level, later)
    rows = {name: cell == name for name in targets}
    ends = {name: _thinned(decided_by_confidence(confidence[at], wrong[at], case[at]), targets[name], level, later)
            for name, at in rows.items()}
    tested = _tested_cells(ends, targets, is_probability)
    each = 1 - (1 - level) / max(len(tested), 1)
    return {name: _threshold(ends[name] if name in tested else ends[name].at(np.empty(0, int)),
                             len(np.unique(case[at])), targets[name], each, is_probability, later)
            for name, at in rows.items()}


def _threshold(ends: DecidedBy, rows: int, target: float, level: float, is_probability: bool,
               later: float) -> Threshold:
    """Return the last of the thresholds that pass."""
    starts = _expected_start(ends, target, later) if is_probability else _starts(ends.decided)
    passed = _passed(broken_p(ends.wrong, ends.decided, target, later), starts, 1 - level)
    if not passed.any():
        return Threshold(np.inf, target, rows, 0, 0, float("nan"))
    last = int(np.flatnonzero(passed)[-1])
    decided, found = int(ends.decided[last]), int(ends.wrong[last])
    return Threshold(float(ends.confidence[last]), target, rows, decided, found,
                     float(upper_bound(found, decided, level)))


def decided_rows(thresholds: Mapping[str, Threshold], confidence: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Return which rows are decided, (rows,) bool; none of a cell without a threshold, and none without confidence."""
    least = {name: threshold.confidence for name, threshold in thresholds.items()}
    with np.errstate(invalid="ignore"):
        # No number is at least NaN; an infinite confidence is none that a model has.
        return np.asarray(confidence, float) >= np.array([least.get(name, np.nan) for name in cell], float)


def _require(confidence: np.ndarray, wrong: np.ndarray, cell: np.ndarray, case: np.ndarray,
             targets: Mapping[str, float], level: float, later: float) -> None:
    """Check the arguments of `fit_thresholds`."""
    if unknown := sorted(set(cell) - set(targets)):
        raise ValueError(f"no target for {', '.join(unknown)}; the targets are for {', '.join(sorted(targets))}")
    for target in targets.values():
        if not 0 < target < 1 or not 0 < level < 1:
            raise ValueError(f"target {target}, level {level}; expected shares between 0 and 1")
    if not later > 0:
        raise ValueError(f"{later} later cases for each calibration case; expected a number above 0")
    if not len(confidence) == len(wrong) == len(case) == len(cell) or np.isnan(confidence).any():
        raise ValueError(f"{len(confidence)} confidences and {len(case)} cases of {len(wrong)} rows; expected one for "
                         "each row, and none NaN")


def _thinned(every: DecidedBy, target: float, level: float, later: float) -> DecidedBy:
    """Return the thresholds that are tested: those that pass if nothing is wrong. They depend on no outcome."""
    found = every.at(every.decided >= np.log(1 - level) / np.log1p(-target))
    if len(found.decided) > MOST_THRESHOLDS:
        wanted = np.linspace(found.decided[0], found.decided[-1], MOST_THRESHOLDS)
        found = found.at(np.unique(np.searchsorted(found.decided, wanted)))
    return found.at(broken_p(np.zeros(len(found.decided)), found.decided, target, later) <= 1 - level)


def _tested_cells(ends: Mapping[str, DecidedBy], targets: Mapping[str, float], is_probability: bool) -> list[str]:
    """Return the cells that share the risk: those that can pass, and of them those that probabilities support."""
    can_pass = [name for name, of in ends.items() if len(of.decided)]
    expected = [name for name in can_pass if (ends[name].expected <= targets[name] * ends[name].decided).any()]
    return expected if is_probability and expected else can_pass


def _starts(counts: np.ndarray) -> np.ndarray:
    """Return the places of counts at which sequences start, each with twice as many rows as the one before."""
    if not len(counts):
        return np.empty(0, int)
    doublings = int(np.log2(counts[-1] / counts[0]))
    # The first count allows no error at all.
    wanted = counts[0] * 2.0 ** np.arange(min(1, doublings), doublings + 1)
    return np.unique(np.searchsorted(counts, wanted))


def _expected_start(ends: DecidedBy, target: float, later: float) -> np.ndarray:
    """Return the place of the threshold with the smallest p-value, if errors are as many as the model expects.

    Two starts at parts of the target were rejected: each has half of the risk, which few rows cannot spare.
    """
    if not len(ends.decided):
        return np.empty(0, int)
    return np.array([broken_p(ends.expected, ends.decided, target, later).argmin()])


def _passed(p: np.ndarray, starts: np.ndarray, risk: float) -> np.ndarray:
    """Return which tests pass: each has the part of the risk that begins there, and that of the test before it."""
    part = np.zeros(len(p))
    part[starts] = risk / max(len(starts), 1)
    passed, carried = np.zeros(len(p), bool), 0.0
    for number in range(len(p)):
        carried += part[number]
        passed[number] = p[number] <= carried
        carried = carried if passed[number] else 0.0
    return passed
