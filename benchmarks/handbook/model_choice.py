"""The choice of Vigil's model on the Handbook, by code, on weeks that end before the first test week begins.

The questions are answered one after the other: which features, which groups of them to leave out, which trees, how many
days. Answers are ordered from the plainest on. The choice is the plainest answer that is at most one standard error
behind the best, over four earlier splits (Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees",
1984, section 3.4.3). A fifth of a week's frauds are at two dozen shops without earlier frauds. Their random ranks
change ROC AUC more than most answers do.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from benchmarks.handbook.feature_rows import Rows
from benchmarks.handbook.features import FOURTEEN, GROUPS, OURS, RISING
from benchmarks.handbook.protocol import Metrics, Split, measured
from jobs.training import boosting

WEEK = dt.timedelta(days=7)
TESTED = tuple(Split(dt.date(2018, 7, 25) - back * WEEK) for back in range(4))
CHOSEN_ON = tuple(Split(dt.date(2018, 6, 20) - back * WEEK) for back in range(4))
# The test weeks of `CHOSEN_ON` end on 07-10; the first test week of `TESTED` begins on 07-18.

PARAMETERS = MappingProxyType({"objective": "binary:logistic", "tree_method": "hist", "eta": 0.05, "subsample": 0.7,
                               "colsample_bytree": 0.4, "lambda": 5.0})
# Rows with equal inputs are ranked by chance: the mean of three trainings reduces its effect.
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Candidate:
    """One set of training parameters.

    Attributes:
        days: days of training rows, up to the last day of the training week.
        columns: input columns.
        rounds: number of trees.
        depth: depth of a tree.
        leaf: minimum weight of a leaf's rows.
        gain: minimum gain of a split; a split of small gain orders similar rows by chance.
        rising: whether a score may never fall when a column of `RISING` grows.
    """

    days: int = 28
    columns: tuple[str, ...] = FOURTEEN
    rounds: int = 300
    depth: int = 5
    leaf: int = 5
    gain: int = 0
    rising: bool = False

    @property
    def description(self) -> str:
        """Return the candidate in a line."""
        return (f"{self.days} days, {len(self.columns)} features, {self.rounds} trees, depth {self.depth}, "
                f"leaf {self.leaf}, gain {self.gain}" + (", rising" if self.rising else ""))

    @property
    def parameters(self) -> dict[str, object]:
        """Return the parameters by XGBoost's names."""
        signs = tuple(int(self.rising and column in RISING) for column in self.columns)
        return {**PARAMETERS, "max_depth": self.depth, "min_child_weight": self.leaf, "gamma": self.gain,
                "monotone_constraints": signs}


Question = Callable[[Candidate], list[Candidate]]


def whether(field: str, *answers: object) -> Question:
    """Return the question which value a field of the best candidate should have."""
    return lambda best: [replace(best, **{field: answer}) for answer in answers]


def without(names: tuple[str, ...]) -> Question:
    """Return the question whether columns with these prefixes can be left out."""
    return lambda best: [replace(best, columns=tuple(c for c in best.columns if not c.startswith(names))), best]


QUESTIONS: dict[str, Question] = {
    "columns": whether("columns", FOURTEEN, OURS), "rising": whether("rising", True, False),
    **{f"less {group}": without(names) for group, names in GROUPS.items()},
    "depth": whether("depth", 3, 5, 8), "leaf": whether("leaf", 30, 5), "gain": whether("gain", 30, 10, 3, 0),
    "rounds": whether("rounds", 150, 300, 600), "days": whether("days", 56, 28, 14, 7)}


def chosen(rows: Rows, report: Callable[[str, Candidate, Metrics], None]) -> Candidate:
    """Answer all questions, each with the answers of the earlier questions, and return the chosen candidate.

    Args:
        report: called with the question, a candidate and its mean metrics over the splits.
    """
    best, measured_candidates = Candidate(), {}
    for question, answers in QUESTIONS.items():
        candidates = answers(best)
        for candidate in candidates:
            if candidate not in measured_candidates:
                measured_candidates[candidate] = [of_split(candidate, rows, split, SEEDS[:1]) for split in CHOSEN_ON]
            report(question, candidate, mean(measured_candidates[candidate]))
        best = candidates[plainest([measured_candidates[candidate] for candidate in candidates])]
    return best


def of_split(candidate: Candidate, rows: Rows, split: Split, seeds: Sequence[int] = SEEDS) -> Metrics:
    """Train a candidate on its days up to the end of a training week, and measure it on the split's test week."""
    last = np.datetime64(split.train_last)
    trained = (rows.day <= last) & (rows.day > last - candidate.days)
    tested = split.test(rows.day, rows.customer, rows.fraud)
    train, test = (_table(rows, candidate, which) for which in (trained, tested))
    score = np.mean([_margin(candidate, train, rows.fraud[trained], test, seed) for seed in seeds], axis=0)
    return measured(score, rows.day[tested], rows.customer[tested], rows.fraud[tested])


def plainest(found: Sequence[Sequence[Metrics]]) -> int:
    """Return the position of the first answer that is at most one standard error behind the best answer.

    Args:
        found: metrics of each answer on each split. The error is the standard error of the mean difference over splits.
    """
    totals = np.sum(found, axis=2)
    behind = totals[totals.mean(axis=1).argmax()] - totals
    error = behind.std(axis=1, ddof=1) / np.sqrt(totals.shape[1])
    return int((behind.mean(axis=1) <= error).argmax())


def mean(several: Sequence[Metrics]) -> Metrics:
    """Return each metric's mean over splits."""
    return tuple(np.mean(several, axis=0).tolist())


def _table(rows: Rows, candidate: Candidate, which: np.ndarray) -> pa.Table:
    inputs = rows.inputs(candidate.columns, which)
    return pa.table({name: inputs[:, position] for position, name in enumerate(candidate.columns)})


def _margin(candidate: Candidate, train: pa.Table, fraud: np.ndarray, test: pa.Table, seed: int) -> np.ndarray:
    import xgboost as xgb

    booster = boosting.boost(candidate.parameters, train, fraud, candidate.rounds, seed)
    return booster.predict(xgb.DMatrix(test), output_margin=True)
