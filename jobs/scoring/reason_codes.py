"""Why scores are high, as the tables tell it: the strongest causes of a row in words, with the values they are about.

There are five for every row above low. They are arrays of all rows until they are a column: an object for each would
cost more than to find them.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from jobs.scoring import contributions, reason_families
from jobs.scoring.contributions import TopContributions
from jobs.training import topics
from jobs.training.registry import ModelVersion

REASONS_TYPE = pa.list_(pa.struct([("risk", pa.string()), ("reason", pa.string()), ("feature", pa.string()),
                                   ("value", pa.float64()), ("contribution", pa.float64())]))
NUMBER = np.int16  # of a column; NumPy sorts 16 bits by their digits, in a tenth of the time
NO_CONTRIBUTIONS = TopContributions(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=NUMBER), np.zeros(0))


class ExplainedRows(NamedTuple):
    """Rows whose score by a candidate is explained: those alone that somebody will read, as exact contributions of
    everybody would take the night.

    `rows`, (rows,), are their places in the table, ascending; `seen`, (rows, columns), what the candidate sees of them.
    """

    candidate: ModelVersion
    rows: np.ndarray
    seen: np.ndarray


class ReasonColumn(NamedTuple):
    """A column that may tell why a score is high, and of whose score it does."""

    risk: str
    column: str
    of: ExplainedRows


def reason_column(features: pa.Table, explained: Sequence[ExplainedRows]) -> pa.ListArray:
    """The reasons of every row of a table, the five strongest of whatever risk, the strongest first.

    Args:
        features: as `score.features_of` gives them, (rows, ...).
        explained: which rows, once for each risk that explains any; the others have no reasons.

    Returns:
        (rows,) of `TYPE`.
    """
    # In this order: a column's number then decides between equal contributions.
    columns = sorted((ReasonColumn(e.candidate.model.risk, column,
                                   e) for e in explained for column in e.candidate.columns),
                     key=lambda told: (told.risk, told.column))
    number = {(told.risk, told.column): number for number, told in enumerate(columns)}
    causes = _strongest([_contributions(e, number) for e in explained])
    words, values = _reason_texts(features, columns, causes)
    risks, names = (pa.array(each, pa.string()).take(pa.array(causes.column))
                    for each in ([told.risk for told in columns], [told.column for told in columns]))
    reasons = pa.StructArray.from_arrays([risks, words, names, values, pa.array(causes.contribution)],
                                         fields=list(REASONS_TYPE.value_type))
    ends = np.cumsum(np.bincount(causes.row, minlength=features.num_rows), dtype=np.int32)
    return pa.ListArray.from_arrays(np.concatenate(([np.int32(0)], ends)), reasons)


def _contributions(own: ExplainedRows, number: Mapping[tuple[str, str], int]) -> TopContributions:
    """What raises the rows of one candidate: rows by their place in the table, columns by their number."""
    model, columns = own.candidate.model, own.candidate.columns
    found = contributions.top_contributions(contributions.contributions(own.candidate, own.seen),
                                            [reason_families.family(model.feature_set, column) for column in columns])
    numbers = np.array([number[model.risk, column] for column in columns], dtype=NUMBER)
    return TopContributions(own.rows[found.row], numbers[found.column], found.contribution)


def _strongest(found: Sequence[TopContributions]) -> TopContributions:
    """The strongest five of each row of all that were found, by row and the strongest first."""
    row, column, contribution = (np.concatenate(arrays) for arrays in zip(NO_CONTRIBUTIONS, *found))
    order = np.lexsort((column, -contribution, row))
    stronger = np.arange(len(row)) - np.searchsorted(row[order], row[order])  # causes of the same row
    kept = order[stronger < contributions.REASONS_PER_ROW]
    return TopContributions(row[kept], column[kept], contribution[kept])


def _reason_texts(features: pa.Table, columns: Sequence[ReasonColumn], causes: TopContributions) -> tuple[pa.Array,
                                                                                                          pa.Array]:
    """The words and the value of each cause, found column by column: what tells of one is then looked up once."""
    order = np.argsort(causes.column, kind="stable")
    numbers, starts = np.unique(causes.column[order], return_index=True)
    words: list[str] = []
    values: list[pa.Array] = []
    for number, start, end in zip(numbers, starts, [*starts[1:], len(order)]):
        said, known = _of_column(features, columns[number], causes.row[order[start:end]])
        words += said
        values += known.chunks
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return (pa.array(words, pa.string()).take(pa.array(back)),
            pa.chunked_array(values, pa.float64()).combine_chunks().take(pa.array(back)))


def _of_column(features: pa.Table, told: ReasonColumn, rows: np.ndarray) -> tuple[list[str], pa.ChunkedArray]:
    """The words and the values of a column in some rows of the table."""
    candidate = told.of.candidate
    family = reason_families.family(candidate.model.feature_set, told.column)
    topic = topics.text_of(told.column, candidate.topics)
    if topic:
        return _of_topic(features, told, rows, family, *topic)
    values = features[told.column].take(pa.array(rows)).cast(pa.float64(), safe=False)
    return reason_families.reason_texts(family, candidate.model.feature_set, told.column,
                                        values.to_numpy().tolist()), values


def _of_topic(features: pa.Table, told: ReasonColumn, rows: np.ndarray, family: str, text: str,
              number: int) -> tuple[list[str], pa.ChunkedArray]:
    """A topic is told by the words of the row's own text; where nothing is written it has no value."""
    candidate, known, seen = told.of
    written = features[text].take(pa.array(rows)).to_pylist()
    words = [reason_families.topic_reason(family, text,
                                          candidate.topics[text].strongest_terms(number,
                                                                                 own) if own else ()) for own in written]
    values = seen[np.searchsorted(known, rows), candidate.columns.index(told.column)]
    return words, pa.chunked_array([pa.array(values, pa.float64(), from_pandas=True)])
