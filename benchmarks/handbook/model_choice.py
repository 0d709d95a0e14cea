"""Ours on the Handbook: how is learnt, chosen by code on weeks that end before any test week begins.

One question after the other: which features, what of them can be left out, which trees, how many days. Answers stand
from the plainest on, and the plainest is kept that is no more than a standard error behind the best over four earlier
splits (Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984, section 3.4.3): a fifth of a
week's frauds are at two dozen shops of which nobody has heard, and how these happen to be ranked moves ROC AUC more
than most answers do.
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
# Their test weeks end on 07-10; the first test week begins on 07-18.

PARAMETERS = MappingProxyType({"objective": "binary:logistic", "tree_method": "hist", "eta": 0.05, "subsample": 0.7,
                               "colsample_bytree": 0.4, "lambda": 5.0})
# What nothing tells apart is ranked by chance: the mean of three trainings leaves less to it.
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Candidate:
    """One way to learn: from so many days up to the last of the training week, these columns, such trees.

    `leaf` is the least weight of a leaf's rows, `gain` the least that a split must gain: a split that gains little
    orders by chance those that nothing tells apart. With `rising`, a score never falls where one of `RISING` grows.
    """

    days: int = 28
    columns: tuple[str, ...] = FOURTEEN
    rounds: int = 300
    depth: int = 5
    leaf: int = 5
    gain: int = 0
    rising: bool = False

    @property
    def told(self) -> str:
        """The candidate in a line."""
        return (f"{self.days} days, {len(self.columns)} features, {self.rounds} trees, depth {self.depth}, "
                f"leaf {self.leaf}, gain {self.gain}" + (", rising" if self.rising else ""))

    @property
    def parameters(self) -> dict[str, object]:
        """As XGBoost calls them."""
        signs = tuple(int(self.rising and column in RISING) for column in self.columns)
        return {**PARAMETERS, "max_depth": self.depth, "min_child_weight": self.leaf, "gamma": self.gain,
                "monotone_constraints": signs}


Question = Callable[[Candidate], list[Candidate]]


def whether(field: str, *answers: object) -> Question:
    """What a field of the best so far should be."""
    return lambda best: [replace(best, **{field: answer}) for answer in answers]


def without(names: tuple[str, ...]) -> Question:
    """Whether columns whose names begin so can be left out."""
    return lambda best: [replace(best, columns=tuple(c for c in best.columns if not c.startswith(names))), best]


QUESTIONS: dict[str, Question] = {
    "columns": whether("columns", FOURTEEN, OURS), "rising": whether("rising", True, False),
    **{f"less {told}": without(names) for told, names in GROUPS.items()},
    "depth": whether("depth", 3, 5, 8), "leaf": whether("leaf", 30, 5), "gain": whether("gain", 30, 10, 3, 0),
    "rounds": whether("rounds", 150, 300, 600), "days": whether("days", 56, 28, 14, 7)}


def chosen(rows: Rows, tell: Callable[[str, Candidate, Metrics], None]) -> Candidate:
    """The answers to all questions, each given those before it.

    Args:
        tell: called with the question, a candidate and its mean metrics over the splits.
    """
    best, found = Candidate(), {}
    for question, answers in QUESTIONS.items():
        candidates = answers(best)
        for candidate in candidates:
            if candidate not in found:
                found[candidate] = [of_split(candidate, rows, split, SEEDS[:1]) for split in CHOSEN_ON]
            tell(question, candidate, mean(found[candidate]))
        best = candidates[plainest([found[candidate] for candidate in candidates])]
    return best


def of_split(candidate: Candidate, rows: Rows, split: Split, seeds: Sequence[int] = SEEDS) -> Metrics:
    """The metrics of a candidate on one test week, after learning from the days up to its training week's last."""
    last = np.datetime64(split.train_last)
    learnt = (rows.day <= last) & (rows.day > last - candidate.days)
    tested = split.test(rows.day, rows.customer, rows.fraud)
    known, asked = (_table(rows, candidate, which) for which in (learnt, tested))
    score = np.mean([_margin(candidate, known, rows.fraud[learnt], asked, seed) for seed in seeds], axis=0)
    return measured(score, rows.day[tested], rows.customer[tested], rows.fraud[tested])


def plainest(found: Sequence[Sequence[Metrics]]) -> int:
    """The place of the first answer that is no more than a standard error behind the best.

    Args:
        found: for each answer its metrics on each split. The error is that of the mean difference over splits.
    """
    told = np.sum(found, axis=2)
    behind = told[told.mean(axis=1).argmax()] - told
    error = behind.std(axis=1, ddof=1) / np.sqrt(told.shape[1])
    return int((behind.mean(axis=1) <= error).argmax())


def mean(several: Sequence[Metrics]) -> Metrics:
    """Each metric's mean over splits."""
    return tuple(np.mean(several, axis=0).tolist())


def _table(rows: Rows, candidate: Candidate, which: np.ndarray) -> pa.Table:
    inputs = rows.inputs(candidate.columns, which)
    return pa.table({name: inputs[:, place] for place, name in enumerate(candidate.columns)})


def _margin(candidate: Candidate, known: pa.Table, fraud: np.ndarray, asked: pa.Table, seed: int) -> np.ndarray:
    import xgboost as xgb

    booster = boosting.boost(candidate.parameters, known, fraud, candidate.rounds, seed)
    return booster.predict(xgb.DMatrix(asked), output_margin=True)
