"""Why scores are high, as the tables tell it: the causes of a row in words, with the values that they are about."""

from collections.abc import Callable

import pyarrow as pa

from jobs import explain, topics, training_set, wording
from jobs.explain import Cause
from jobs.registry import Candidate

# (row's place, family) -> (the words, the value)
Teller = Callable[[int, str], tuple[str, float | None]]


def of_rows(candidate: Candidate, rows: pa.Table) -> list[list[dict]]:
    """The reasons of each row, the strongest first: {risk, feature, reason, value, contribution}.

    Args:
        rows: as `score.features_of` gives them, of those alone that somebody will read: exact contributions of
            everybody would take the night.
    """
    seen = training_set.inputs(candidate, rows)
    families = [wording.family(candidate.model.feature_set, column) for column in candidate.columns]
    found = explain.causes(explain.contributions(candidate, seen), families)
    tellers = {c: _teller(candidate, rows, seen, candidate.columns[c])
               for c in {cause.column for causes in found for cause in causes}}
    return [[_reason(candidate, cause, *tellers[cause.column](place, cause.family)) for cause in causes]
            for place, causes in enumerate(found)]


def _reason(candidate: Candidate, cause: Cause, words: str, value: float | None) -> dict:
    return {"risk": candidate.model.risk, "reason": words, "feature": candidate.columns[cause.column], "value": value,
            "contribution": cause.contribution}


def _teller(candidate: Candidate, rows: pa.Table, seen: pa.Table, column: str) -> Teller:
    """What tells of a column, looked up once and not for each row."""
    topic = topics.text_of(column, candidate.topics)
    return _of_topic(candidate, rows, seen, column, *topic) if topic else _of_feature(candidate, rows, column)


def _of_feature(candidate: Candidate, rows: pa.Table, column: str) -> Teller:
    features, values = candidate.model.feature_set, rows[column].cast(pa.float64(), safe=False).to_pylist()

    def tell(place: int, family: str) -> tuple[str, float | None]:
        return wording.reason(family, features, column, values[place]), values[place]

    return tell


def _of_topic(candidate: Candidate, rows: pa.Table, seen: pa.Table, column: str, name: str, number: int) -> Teller:
    """A topic is told by the words of the row's own text."""
    def tell(place: int, family: str) -> tuple[str, float | None]:
        text = rows[name][place].as_py()
        words = candidate.topics[name].telling(number, text) if text else ()
        return wording.said(family, name, words), seen[column][place].as_py() if text else None

    return tell
