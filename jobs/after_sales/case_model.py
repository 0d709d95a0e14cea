"""The model of after-sales cases: shares, what is decided by them, what will be paid, and which evidence helps."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.case.definitions import PARTIES
from features.case.evidence_definitions import EVIDENCE
from jobs.after_sales.abstention import Threshold, decided_rows, fit_thresholds
from jobs.after_sales.case_evidence import evidence_of
from jobs.after_sales.compensation import CompensationModel, fit_compensation
from jobs.after_sales.conformal import ConformalSets, fit_sets
from jobs.after_sales.responsibility import Fitted, Responsibility, clusters_of, fit_responsibility

TARGETS = {"buyer denied": 0.02, "buyer paid": 0.05}  # the largest share of errors among decided cases
LATER = 0.4  # cases that come next for each second review; the targets hold for their own share of errors
SET_ALPHA = 0.1  # share of cases whose party at fault may be outside of their set
LEAST_CASES = 500  # closed cases, for a model
BUYER = PARTIES.index("buyer")


@dataclass(frozen=True, eq=False)
class Attribution:
    """What a model says of cases, (cases, ...) each.

    Attributes:
        shares: (cases, parties). in_set: (cases, parties) which parties cannot be ruled out. decided: (cases,) bool.
    """

    shares: np.ndarray
    in_set: np.ndarray
    decided: np.ndarray

    @property
    def likeliest(self) -> np.ndarray:
        """(cases,) code of the party with the largest share."""
        return self.shares.argmax(axis=1)


@dataclass(frozen=True, eq=False)
class CaseModel:
    """Everything that a night needs to attribute cases.

    Attributes:
        thresholds: of `TARGETS`, by what a decision means for the buyer; infinite without second reviews.
        compensation: of the paid share; None where too few cases say what was paid.
        helpful: by kind of case, names of evidence, the one whose arrival closed most cases first.
    """

    responsibility: Responsibility
    sets: ConformalSets
    thresholds: Mapping[str, Threshold]
    compensation: CompensationModel | None
    helpful: Mapping[str, Sequence[str]]

    def attribute(self, rows: pa.Table) -> Attribution:
        """Return shares, sets and decisions of rows of `case_rows`."""
        return self.attribute_matrix(self.responsibility.matrix(rows), kinds_of(rows))

    def attribute_matrix(self, matrix: np.ndarray, kind: np.ndarray) -> Attribution:
        """Return the same of rows whose matrix and kinds are known."""
        return attribution(self.responsibility.shares_of(matrix), kind, self.sets, self.thresholds)


@dataclass(frozen=True, eq=False)
class Evaluated:
    """A model, and what it says of the cases that it was trained on, without their own labels.

    Attributes:
        rows: of the cases with a party at fault; label, second: (rows,) codes. shares: (rows, parties).
        decided: (rows,) bool. calibrates: (rows,) bool, a row of each case with a second review.
    """

    model: CaseModel
    rows: pa.Table
    label: np.ndarray
    second: np.ndarray
    shares: np.ndarray
    decided: np.ndarray
    calibrates: np.ndarray


def attribution(shares: np.ndarray, kind: np.ndarray, sets: ConformalSets,
                thresholds: Mapping[str, Threshold]) -> Attribution:
    """Return what shares decide: a case is decided if one party is in its set, and its share passes the threshold."""
    in_set = sets.sets(shares, kind)
    can_be = is_single(shares, in_set) & decided_rows(thresholds, shares.max(axis=1), cells(shares))
    return Attribution(shares, in_set, can_be)


def is_single(shares: np.ndarray, in_set: np.ndarray) -> np.ndarray:
    """Return whether the likeliest party is the only one of the set, (cases,) bool."""
    return (in_set.sum(axis=1) == 1) & in_set[np.arange(len(shares)), shares.argmax(axis=1)]


def cells(shares: np.ndarray) -> np.ndarray:
    """Return what the decision for the likeliest party means for the buyer, (cases,) names of `TARGETS`."""
    return np.where(shares.argmax(axis=1) == BUYER, "buyer denied", "buyer paid").astype(object)


def kinds_of(rows: pa.Table) -> np.ndarray:
    """Return the kind of each case."""
    return np.array(rows["kind"].to_pylist(), object)


def fit_case_model(rows: pa.Table, label: np.ndarray, second: np.ndarray, paid_share: np.ndarray,
                   tables: Sequence[str], seed: int = 0) -> Evaluated:
    """Return the model of closed cases, and what it says of them.

    Args:
        rows: of `case_rows`, one or two of a case; label, second, paid_share: as of `Closed`.
        tables: the input tables that are there, for the evidence.

    Raises:
        ValueError: the labels name fewer than two parties.
    """
    known = label >= 0
    fitted = fit_responsibility(rows.filter(pa.array(known)), label[known], second[known], seed)
    rows, label, second, paid_share = rows.filter(pa.array(known)), label[known], second[known], paid_share[known]
    kind = kinds_of(rows)
    calibrates = (second >= 0) & one_row_a_case(rows, seed)
    sets = fit_sets(fitted.shares[calibrates], second[calibrates], SET_ALPHA, kind[calibrates])
    thresholds = _thresholds(fitted.shares, second, kind, np.array(rows["case_id"].to_pylist(), str), sets)
    decided = attribution(fitted.shares, kind, sets, thresholds).decided
    model = CaseModel(fitted.model, sets, thresholds, _compensation(rows, fitted, paid_share, seed),
                      helpful_evidence(rows, decided, tables))
    return Evaluated(model, rows, label, second, fitted.shares, decided, calibrates)


def one_row_a_case(rows: pa.Table, seed: int) -> np.ndarray:
    """Return one row of each case at random, (rows,) bool: two days of a case are not independent."""
    order = np.random.default_rng(seed).permutation(len(rows))
    _, first = np.unique(np.array(rows["case_id"].to_pylist(), object)[order].astype(str), return_index=True)
    chosen = np.zeros(len(rows), bool)
    chosen[order[first]] = True
    return chosen


def _thresholds(shares: np.ndarray, second: np.ndarray, kind: np.ndarray, case: np.ndarray,
                sets: ConformalSets) -> dict[str, Threshold]:
    """Return the thresholds of the rows with one party in their set, by second reviews outside of the training.

    A case counts by the first of its days that decides it, as in the night. Rows are in the order of days.
    """
    at = (second >= 0) & is_single(shares, sets.sets(shares, kind))
    return fit_thresholds(shares[at].max(axis=1), shares[at].argmax(axis=1) != second[at], cells(shares[at]), TARGETS,
                          is_probability=True, case=case[at], later=LATER)


def _compensation(rows: pa.Table, fitted: Fitted, paid_share: np.ndarray, seed: int) -> CompensationModel | None:
    """Return the model of the paid share; its intervals hold their share over all kinds together.

    Kinds apart were rejected: where more than four of five cases are paid in full, an interval of 80 % holds more.
    """
    known = ~np.isnan(paid_share) & one_row_a_case(rows, seed + 1)
    if known.sum() < LEAST_CASES:
        return None
    clusters = np.array(clusters_of(rows), object)[known].astype(str)
    return fit_compensation(fitted.matrix[known], paid_share[known], cluster=clusters, seed=seed)


def helpful_evidence(rows: pa.Table, decided: np.ndarray, tables: Sequence[str]) -> dict[str, list[str]]:
    """Return by kind the evidence that arrived where a case became decided, the most frequent first.

    A case counts that was not decided on its first day and was on its last one. Evidence arrived that was there on the
    last day and not on the first.
    """
    rows = rows.append_column("decided", pa.array(decided)).sort_by([("case_id", "ascending"), ("as_of", "ascending")])
    found, decided = evidence_of(rows, EVIDENCE, tables), rows["decided"].to_numpy(zero_copy_only=False)
    case, kind = rows["case_id"].to_pylist(), kinds_of(rows)
    counts: dict[str, Counter] = {}
    for last in range(1, len(case)):
        if case[last] == case[last - 1] and decided[last] and not decided[last - 1]:
            counts.setdefault(str(kind[last]), Counter()).update(
                name for name, there in found.items() if there[last] == 1 and there[last - 1] != 1)
    return {name: [each for each, _ in sorted(of_kind.items(), key=lambda item: (-item[1], item[0]))]
            for name, of_kind in sorted(counts.items())}
