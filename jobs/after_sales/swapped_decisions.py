"""A model of cases as a function of rows, for a swap that asks it about nearly the same rows again and again."""

import numpy as np
import pyarrow as pa

from features.case.definitions import PARTIES
from jobs.after_sales.case_matrix import text_margins, words_of
from jobs.after_sales.case_model import CaseModel, kinds_of


class SwappedDecisions:
    """Whom a model holds responsible in each row, None where it abstains.

    The model's matrix is made of the rows each time. Texts are read again, and trees asked again, only where the texts
    or the matrix differ from those of the rows before: a swap that the model cannot see costs no prediction.
    """

    def __init__(self, model: CaseModel) -> None:
        self._model = model
        self._words: list[str | None] | None = None
        self._inputs: tuple[np.ndarray, np.ndarray] | None = None

    def __call__(self, rows: pa.Table) -> list[str | None]:
        of, words = self._model.responsibility, words_of(rows)
        if words != self._words:
            self._words, self._margins = words, text_margins(of.classifier, words, PARTIES)
        inputs = of.columns.matrix(rows, self._margins), kinds_of(rows)
        if self._inputs is None or not all(map(_is_equal, inputs, self._inputs)):
            said = self._model.attribute_matrix(*inputs)
            self._inputs, self._decisions = inputs, [
                PARTIES[party] if decided else None for party, decided in zip(said.likeliest, said.decided)]
        return self._decisions


def _is_equal(one: np.ndarray, other: np.ndarray) -> bool:
    return np.array_equal(one, other, equal_nan=one.dtype == float)
