"""Topics of the texts of training rows."""

from collections.abc import Sequence

import numpy as np

from jobs.training import topics
from jobs.training.topics import Topics
from jobs.training.training_set import Rows

# Texts of other rows that topics are fitted on: what everybody writes is soon known.
MAX_NEGATIVE_TEXTS = 2_000


def fit_topics(train: Rows, seed: int) -> dict[str, Topics]:
    """Topics of each text of the rows, by its name. Only rows to train on may be given.

    A positive is one row in a hundred or less, and topics of all rows alike are about what everybody
    writes. So the texts of positives count as much as those of the others together, of which some are
    drawn.
    """
    return {name: topics.fit(*_examples(train.texts[name].to_pylist(), train.label, seed))
            for name in train.texts.column_names}


def _examples(texts: Sequence[str | None], label: np.ndarray, seed: int) -> tuple[list[str], int, np.ndarray]:
    """What `topics.fit` takes: the texts of positives and of some others, the seed, and their weights."""
    written = np.array([bool(text) for text in texts], dtype=bool)
    positives, others = np.flatnonzero(written & (label == 1)), np.flatnonzero(written & (label != 1))
    drawn = np.sort(np.random.default_rng(seed).permutation(others)[:MAX_NEGATIVE_TEXTS])
    weight = np.ones(len(positives) + len(drawn))
    weight[: len(positives)] = max(len(drawn), 1) / max(len(positives), 1)
    return [texts[row] for row in (*positives, *drawn)], seed, weight
