"""Reason codes of high scores: the strongest causes of a row in words, with the values of their features.

A row above `low` has at most five. Reason codes stay arrays over all rows until they become a column: one object per
reason would cost more than the search for the reasons.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from jobs.scoring import contributions, reason_families
from jobs.scoring.contributions import TopContributions
from jobs.training import topics
from jobs.training.model_version import ModelVersion

REASONS_TYPE = pa.list_(pa.struct([("risk", pa.string()), ("reason", pa.string()), ("feature", pa.string()),
                                   ("value", pa.float64()), ("contribution", pa.float64())]))
NUMBER = np.int16  # type of a column's number; NumPy sorts 16-bit numbers by radix, in a tenth of the time
NO_CONTRIBUTIONS = TopContributions(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=NUMBER), np.zeros(0))


class ExplainedRows(NamedTuple):
    """Rows whose score by one model version is explained: the rows above `low`.

    Exact contributions of all rows would take the whole night.

    Attributes:
        model_version: the model version.
        rows: (rows,), positions of the rows in the table, ascending.
        inputs: (rows, columns), inputs of the model version.
    """

    model_version: ModelVersion
    rows: np.ndarray
    inputs: np.ndarray


class ReasonColumn(NamedTuple):
    """A model column that may be the cause of a high score, and the rows that it can explain."""

    risk: str
    column: str
    explained: ExplainedRows


def reason_column(features: pa.Table, explained: Sequence[ExplainedRows]) -> pa.ListArray:
    """Return the reasons of every row of a table: the five strongest over all risks, the strongest first.

    Args:
        features: the result of `predict.features_of`, (rows, ...).
        explained: the explained rows, one entry a risk that has any. Every other row has no reasons.

    Returns:
        (rows,) of `REASONS_TYPE`.
    """
    # The order matters: between equal contributions the smaller number of a column wins.
    columns = sorted((ReasonColumn(e.model_version.model.risk, column, e)
                      for e in explained for column in e.model_version.columns),
                     key=lambda reason: (reason.risk, reason.column))
    number = {(reason.risk, reason.column): number for number, reason in enumerate(columns)}
    causes = _strongest([_contributions(e, number) for e in explained])
    words, values = _reason_texts(features, columns, causes)
    risks, names = (pa.array(texts, pa.string()).take(pa.array(causes.column))
                    for texts in ([reason.risk for reason in columns], [reason.column for reason in columns]))
    reasons = pa.StructArray.from_arrays([risks, words, names, values, pa.array(causes.contribution)],
                                         fields=list(REASONS_TYPE.value_type))
    ends = np.cumsum(np.bincount(causes.row, minlength=features.num_rows), dtype=np.int32)
    return pa.ListArray.from_arrays(np.concatenate(([np.int32(0)], ends)), reasons)


def _contributions(explained: ExplainedRows, number: Mapping[tuple[str, str], int]) -> TopContributions:
    """Return the top contributions of one model version; rows by position in the table, columns by number."""
    model, columns = explained.model_version.model, explained.model_version.columns
    top = contributions.top_contributions(contributions.contributions(explained.model_version, explained.inputs),
                                          [reason_families.family(model.feature_set, column) for column in columns])
    numbers = np.array([number[model.risk, column] for column in columns], dtype=NUMBER)
    return TopContributions(explained.rows[top.row], numbers[top.column], top.contribution)


def _strongest(per_risk: Sequence[TopContributions]) -> TopContributions:
    """Merge the contributions of all risks and keep the strongest five of each row, by row, the strongest first."""
    row, column, contribution = (np.concatenate(arrays) for arrays in zip(NO_CONTRIBUTIONS, *per_risk))
    order = np.lexsort((column, -contribution, row))
    stronger = np.arange(len(row)) - np.searchsorted(row[order], row[order])  # stronger causes of the same row
    strongest = order[stronger < contributions.REASONS_PER_ROW]
    return TopContributions(row[strongest], column[strongest], contribution[strongest])


def _reason_texts(features: pa.Table, columns: Sequence[ReasonColumn],
                  causes: TopContributions) -> tuple[pa.Array, pa.Array]:
    """Return the words and the value of each cause, column by column, so that each column is described once."""
    order = np.argsort(causes.column, kind="stable")
    numbers, starts = np.unique(causes.column[order], return_index=True)
    words: list[str] = []
    values: list[pa.Array] = []
    for number, start, end in zip(numbers, starts, [*starts[1:], len(order)]):
        column_words, column_values = _of_column(features, columns[number], causes.row[order[start:end]])
        words += column_words
        values += column_values.chunks
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return (pa.array(words, pa.string()).take(pa.array(back)),
            pa.chunked_array(values, pa.float64()).combine_chunks().take(pa.array(back)))


def _of_column(features: pa.Table, reason: ReasonColumn, rows: np.ndarray) -> tuple[list[str], pa.ChunkedArray]:
    """Return the words and the values of a column in some rows of the table."""
    model_version = reason.explained.model_version
    family = reason_families.family(model_version.model.feature_set, reason.column)
    topic = topics.text_of(reason.column, model_version.topics)
    if topic:
        return _of_topic(features, reason, rows, family, *topic)
    values = features[reason.column].take(pa.array(rows)).cast(pa.float64(), safe=False)
    return reason_families.reason_texts(family, model_version.model.feature_set, reason.column,
                                        values.to_numpy().tolist()), values


def _of_topic(features: pa.Table, reason: ReasonColumn, rows: np.ndarray, family: str, text: str,
              number: int) -> tuple[list[str], pa.ChunkedArray]:
    """Return the words and the values of a topic: words of the row's own text, a null value without a text."""
    model_version, explained_rows, inputs = reason.explained
    row_texts = features[text].take(pa.array(rows)).to_pylist()
    fitted = model_version.topics[text]
    words = [reason_families.topic_reason(family, text, fitted.strongest_terms(number, row_text) if row_text else ())
             for row_text in row_texts]
    values = inputs[np.searchsorted(explained_rows, rows), model_version.columns.index(reason.column)]
    return words, pa.chunked_array([pa.array(values, pa.float64(), from_pandas=True)])
