"""Measure a text classifier that may abstain: accuracy, and what it decides at a target of errors, in five folds.

Reads a CSV or Parquet file with a text and a label a row; rows without one of them are left out and counted. Each fold
is classified by what the other folds teach, and decided from the threshold that the other folds' rows give. Writes
nothing. Run again with the same seed, it gives the same figures but for the seconds.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jobs import step
from jobs.after_sales.abstention import fit_threshold
from jobs.errors import UserError
from jobs.runtime import console
from jobs.statistics.shares import LEVEL, wilson
from jobs.storage.outside_file import listed, opened, quoted
from jobs.training.text_classifier import confidence, fit_text_classifier

FOLDS = 5
TARGET = 0.05


@dataclass(frozen=True, eq=False)
class Texts:
    """The rows of a file; left_out: how many had no text or no label, of `rows` in all."""

    texts: list[str]
    label: np.ndarray
    rows: int
    left_out: int


@dataclass(frozen=True, eq=False)
class Classified:
    """What the folds gave for each row, each (rows,).

    Attributes:
        wrong: whether the class of largest margin is not the label; confidence: in that class.
        decided: whether the threshold of the other folds decides the row.
        seconds: of the processor, for all folds.
    """

    wrong: np.ndarray
    confidence: np.ndarray
    decided: np.ndarray
    seconds: float


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Arguments of the study."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path, required=True, metavar="FILE", help="CSV or Parquet, a row a text")
    parser.add_argument("--text", required=True, metavar="COLUMN")
    parser.add_argument("--label", required=True, metavar="COLUMN")
    parser.add_argument("--target", type=float, default=TARGET, help=f"share of errors; default: {TARGET}")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of the folds and the training")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    if not 0 < args.target < 1 or args.seed < 0:
        raise UserError(f"--target {args.target:g} --seed {args.seed}: expected a target between 0 and 1, and a seed "
                        "from 0 up")
    rows = read_texts(args.table, args.text, args.label)
    console.show(f"{args.table.name}: {rows.rows:,} rows, {rows.left_out:,} left out for an empty "
                 f"{listed([args.text, args.label])}; {len(set(rows.label)):,} labels")
    try:
        found = classified(rows.texts, rows.label, args.target, args.seed)
    except ValueError as failure:
        raise UserError(f"{args.table}: within a fold {failure}") from None
    console.show(summary(found, args.target))


def read_texts(path: Path, text: str, label: str) -> Texts:
    """Return the texts and labels of a file.

    Raises:
        UserError: the file or a column is missing, or there are fewer than `FOLDS` full rows or two labels.
    """
    with opened(path, "a row a text", ("VARCHAR",)) as file:
        file.require_columns([text, label])
        found = file.db.sql(f"SELECT CAST({quoted(text)} AS VARCHAR), CAST({quoted(label)} AS VARCHAR) FROM outside "
                            f"WHERE {file.full([text, label])}").fetchall()
        rows = file.rows
    labels = np.array([name for _, name in found], object)
    if len(found) < FOLDS or len(set(labels)) < 2:
        raise UserError(f"{path}: {len(found)} rows with {text} and {label}, and {len(set(labels))} values of {label}; "
                        f"expected at least {FOLDS} rows and 2 values")
    return Texts([words for words, _ in found], labels, rows, rows - len(found))


def classified(texts: Sequence[str], label: np.ndarray, target: float, seed: int) -> Classified:
    """Return each row as the other folds classify and decide it."""
    begin = time.process_time()
    fold = np.random.default_rng(seed).permutation(len(label)) % FOLDS
    wrong, sure = np.zeros(len(label), bool), np.zeros(len(label))
    for number in range(FOLDS):
        mine, others = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        fitted = fit_text_classifier([texts[row] for row in others], label[others], seed)
        margins = fitted.margins([texts[row] for row in mine])
        wrong[mine] = np.array(fitted.classes, object)[margins.argmax(axis=1)] != label[mine]
        sure[mine] = confidence(margins)
    return Classified(wrong, sure, decided_by_other_folds(wrong, sure, fold, target), time.process_time() - begin)


def decided_by_other_folds(wrong: np.ndarray, sure: np.ndarray, fold: np.ndarray, target: float) -> np.ndarray:
    """Return which rows the threshold of the other folds decides, (rows,) bool."""
    decided = np.zeros(len(fold), bool)
    for number in range(FOLDS):
        mine = fold == number
        decided[mine] = sure[mine] >= fit_threshold(sure[~mine], wrong[~mine], target).confidence
    return decided


def summary(of: Classified, target: float) -> str:
    """Return the figures as lines."""
    rows, decided = len(of.wrong), int(of.decided.sum())
    by_confidence = np.cumsum(of.wrong[np.argsort(-of.confidence, kind="stable")]) / np.arange(1, rows + 1)
    best = int(np.flatnonzero(by_confidence <= target)[-1]) + 1 if (by_confidence <= target).any() else 0
    lines = [f"accuracy in {FOLDS} folds: {_share(rows - int(of.wrong.sum()), rows)}",
             f"target of errors {target:g}: decides {_share(decided, rows)} of the rows; in hindsight "
             f"{best / rows:.4f} could have been"]
    if decided:
        lines.append(f"errors among decided rows: {_share(int(of.wrong[of.decided].sum()), decided)}")
    return "\n".join([*lines, f"processor: {of.seconds:.1f} s"])


def _share(part: int, whole: int) -> str:
    of = wilson(part / whole, whole)
    return f"{part / whole:.4f} ({LEVEL:.0%}: {of.low:.4f} to {of.high:.4f})"


if __name__ == "__main__":
    sys.exit(step.run(main))
