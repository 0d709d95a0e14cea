"""The matrix that models of cases learn from: features, kind and reason, and what a classifier reads in the texts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.case.definitions import NAMES
from jobs.training.text_classifier import TextClassifier, fit_text_classifier

WORDS = ("text", "conversation")
LEAST_TEXTS = 50  # of two parties or more, for a classifier of texts


@dataclass(frozen=True)
class CaseColumns:
    """The columns of the matrix.

    Attributes:
        kinds, reasons: those of the training rows, a column each; another one has 0 in all of them.
        parties: the classes of the text margins.
    """

    kinds: tuple[str, ...]
    reasons: tuple[str, ...]
    parties: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""
        return (*NAMES, *(f"kind is {kind}" for kind in self.kinds), *(f"reason is {name}" for name in self.reasons),
                *(f"words that speak of the {party}" for party in self.parties))

    def matrix(self, rows: pa.Table, margins: np.ndarray) -> np.ndarray:
        """Return (rows, names) doubles, NaN where not known.

        Args:
            rows: of `case_rows`; margins: (rows, parties) of `text_margins`, or out of fold.
        """
        numbers = [rows[name].to_numpy(zero_copy_only=False).astype(float) for name in NAMES]
        kind, reason = (np.array(rows[name].to_pylist(), object) for name in ("kind", "reason"))
        return np.column_stack([*numbers, *((kind == name).astype(float) for name in self.kinds),
                                *((reason == name).astype(float) for name in self.reasons), margins])


def columns_of(rows: pa.Table, parties: Sequence[str]) -> CaseColumns:
    """Return the columns that the kinds and reasons of training rows give."""
    kinds, reasons = (tuple(sorted({value for value in rows[name].to_pylist() if value is not None}))
                      for name in ("kind", "reason"))
    return CaseColumns(kinds, reasons, tuple(parties))


def words_of(rows: pa.Table) -> list[str | None]:
    """Return the complaint and the conversation of each case as one text; None where nobody wrote anything.

    A line of the conversation begins with the role of whoever wrote it.
    """
    parts = [[f"complaint: {text}" if text else None for text in rows["text"].to_pylist()],
             rows["conversation"].to_pylist()]
    return ["\n".join(part for part in row if part) or None for row in zip(*parts)]


def fit_words(words: Sequence[str | None], label: np.ndarray, parties: Sequence[str],
              seed: int) -> TextClassifier | None:
    """Return a classifier of the texts of closed cases; None where too few say anything."""
    with_text = np.array([text is not None for text in words])
    if with_text.sum() < LEAST_TEXTS or len(np.unique(label[with_text])) < 2:
        return None
    return fit_text_classifier([text for text in words if text is not None],
                               np.array(parties, object)[label[with_text]], seed)


def text_margins(classifier: TextClassifier | None, words: Sequence[str | None],
                 parties: Sequence[str]) -> np.ndarray:
    """Return the margins of each party, (rows, parties): NaN without a text, and of a party that no text was about."""
    found = np.full((len(words), len(parties)), np.nan)
    if classifier is not None:
        margins = classifier.margins(words)
        for place, name in enumerate(classifier.classes):
            found[:, parties.index(name)] = margins[:, place]
    return found
