"""Topics of the texts of training rows."""

from collections.abc import Sequence

import numpy as np

from jobs.training import topics
from jobs.training.topics import Topics
from jobs.training.training_set import Rows

# Texts of negatives that topics are fitted on. More texts add little: negatives repeat the same words.
MAX_NEGATIVE_TEXTS = 2_000


def fit_topics(train: Rows, seed: int) -> dict[str, Topics]:
    """Fit topics of each text of training rows, by the text's name. Validation and test rows must not be passed.

    A positive is one row in a hundred or less, and unweighted topics describe the texts of negatives. Therefore the
    texts of positives weigh as much together as the texts of a random sample of negatives.
    """
    return {name: topics.fit(*_examples(train.texts[name].to_pylist(), train.label, seed))
            for name in train.texts.column_names}


def _examples(texts: Sequence[str | None], label: np.ndarray, seed: int) -> tuple[list[str], int, np.ndarray]:
    """Return the arguments of `topics.fit`: texts of positives and of drawn negatives, the seed, and their weights."""
    has_text = np.array([bool(text) for text in texts], dtype=bool)
    positives, negatives = np.flatnonzero(has_text & (label == 1)), np.flatnonzero(has_text & (label != 1))
    drawn = np.sort(np.random.default_rng(seed).permutation(negatives)[:MAX_NEGATIVE_TEXTS])
    weight = np.ones(len(positives) + len(drawn))
    weight[: len(positives)] = max(len(drawn), 1) / max(len(positives), 1)
    return [texts[row] for row in (*positives, *drawn)], seed, weight
