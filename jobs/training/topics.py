"""Topics of texts: TF-IDF and a truncated SVD (latent semantic analysis; Deerwester et al. 1990).

Topics are fitted on training rows, stored beside the model as JSON and plain arrays, and applied to any row. A
booster of trees cannot split on thousands of words that are nearly all 0. It can split on a few topics.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array

from jobs.training import ngrams

TOPICS_PER_TEXT = 16  # 8 topics missed the rare complaints of the simulated marketplace
VOCABULARY = 5_000  # terms; the terms of most texts are chosen first
# A term of fewer texts describes one entity rather than a kind of text.
MIN_TEXTS = 10
SVD_ITERATIONS = 10  # power iterations of the randomised SVD
MIN_WEIGHT = 1e-6  # of the largest singular value; a topic below it is rounding


@dataclass(frozen=True, eq=False)
class Topics:
    """Topics of one kind of text.

    Attributes:
        ngrams: the terms, words and pairs of words, in the order of columns.
        idf: float64 (terms,), inverse document frequencies.
        components: float64 (topics, terms), the weight of each term in each topic, of either sign. The largest weight
            of a topic is positive. A topic that does not exist is a row of 0.
    """

    ngrams: tuple[str, ...]
    idf: np.ndarray
    components: np.ndarray

    @property
    def count(self) -> int:
        """Return the number of topics."""
        return len(self.components)

    def apply(self, texts: Sequence[str | None]) -> np.ndarray:
        """Compute the topics of each text: float32 (rows, topics), NaN without a text.

        The topics of a text with only unknown words are 0. A row does not depend on other rows.
        """
        values = np.full((len(texts), self.count), np.nan, dtype=np.float32)
        with_text = [row for row, text in enumerate(texts) if text]
        if with_text:
            values[with_text] = self._weights([texts[row] for row in with_text]) @ self.components.T
        return values

    def words(self, topic: int, count: int = 5) -> tuple[str, ...]:
        """Return the terms of largest weight in a topic, the strongest first; no two share a word."""
        return self._strongest(self.components[topic], count)

    def strongest_terms(self, topic: int, text: str, count: int = 3) -> tuple[str, ...]:
        """Return the terms of a text that contribute most to a topic, the strongest first; no two share a word.

        If the text's topic is below 0, the strongest terms are the most negative ones.
        """
        parts = self._weights([text]).toarray()[0] * self.components[topic]
        return self._strongest(parts if parts.sum() > 0 else -parts, count)

    def _weights(self, texts: Sequence[str]) -> csr_array:
        vocabulary = {term: column for column, term in enumerate(self.ngrams)}
        return weighted(ngrams.read(texts).of(vocabulary), self.idf)

    def _strongest(self, weights: np.ndarray, count: int) -> tuple[str, ...]:
        chosen: list[str] = []
        for column in np.lexsort((self.ngrams, -weights)) if len(weights) else ():
            used = {word for term in chosen for word in term.split()}
            if weights[column] <= 0 or len(chosen) == count:
                break
            if used.isdisjoint(self.ngrams[column].split()):
                chosen.append(self.ngrams[column])
        return tuple(chosen)

    def save(self, folder: Path, name: str) -> list[Path]:
        """Write `<name>.json` (the terms) and `<name>.npz` (the arrays) without pickle, and return both paths."""
        words, numbers = folder / f"{name}.json", folder / f"{name}.npz"
        words.write_text(json.dumps(self.ngrams, ensure_ascii=False), encoding="utf-8")
        np.savez_compressed(numbers, idf=self.idf, components=self.components)
        return [words, numbers]

    @classmethod
    def load(cls, folder: Path, name: str) -> "Topics":
        """Load the topics that `save` wrote, equal in every bit."""
        words = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        with np.load(folder / f"{name}.npz", allow_pickle=False) as numbers:
            return cls(tuple(words), numbers["idf"], numbers["components"])


def fit(texts: Sequence[str], seed: int, weight: np.ndarray | None = None) -> Topics:
    """Fit the topics of texts.

    Terms are weighted by sublinear frequency, 1 + log(count), and by smoothed inverse document frequency,
    log((1 + texts) / (1 + texts with the term)) + 1. A text has length 1. Weights are those of scikit-learn's
    TfidfVectorizer. The SVD is randomised (Halko, Martinsson & Tropp 2011).

    Args:
        weight: weight of each text in the SVD, (texts,); None for equal weights.
    """
    read = ngrams.read(texts)
    text_counts = np.asarray((read.lines @ read.counts > 0).sum(axis=0)).reshape(-1)
    common = np.flatnonzero(text_counts >= MIN_TEXTS)
    common = common[np.lexsort(([read.names[term] for term in common], -text_counts[common]))[:VOCABULARY]]
    chosen = sorted((read.names[term], text_counts[term]) for term in common)
    idf = np.log((1 + len(texts)) / (1 + np.array([count for _, count in chosen], dtype=np.float64))) + 1
    names = tuple(name for name, _ in chosen)
    weights = weighted(read.of({name: column for column, name in enumerate(names)}), idf)
    if weight is not None:
        weights = csr_array(weights.multiply(np.sqrt(weight)[:, None]))
    return Topics(names, idf, _components(weights, seed))


def weighted(counts: csr_array, idf: np.ndarray) -> csr_array:
    """Compute TF-IDF of term counts (texts, terms); each row has length 1, or 0 without any known term."""
    weights = counts.copy()
    weights.data = (1 + np.log(weights.data)) * idf[weights.indices]
    row = np.repeat(np.arange(weights.shape[0]), np.diff(weights.indptr))
    weights.data /= np.sqrt(np.bincount(row, weights.data**2, minlength=weights.shape[0]))[row]
    return weights


def _components(weights: csr_array, seed: int) -> np.ndarray:
    """Return the right singular vectors of the largest singular values, the largest first."""
    from sklearn.utils.extmath import randomized_svd
    from threadpoolctl import threadpool_limits

    components = np.zeros((TOPICS_PER_TEXT, weights.shape[1]))
    count = min(TOPICS_PER_TEXT, *weights.shape)
    if not count:
        return components
    # One thread: sums then do not depend on the number of cores, and more threads do not help on small matrices.
    with threadpool_limits(1):
        # ARPACK was rejected: with fewer topics than requested, it draws unseeded random vectors.
        _, size, vectors = randomized_svd(weights, count, n_iter=SVD_ITERATIONS, random_state=seed % 2**32)
    vectors = vectors[size > MIN_WEIGHT * size[0]]
    # The sign of a singular vector is arbitrary.
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=1)[:, None], axis=1)
    components[: len(vectors)] = vectors * np.sign(largest)
    return components


def columns(fitted: Mapping[str, Topics]) -> tuple[str, ...]:
    """Return the names of the topic columns, `topic_<text>_<number>`, of each text."""
    return tuple(f"topic_{text}_{number}" for text, of_text in fitted.items() for number in range(of_text.count))


def applied(fitted: Mapping[str, Topics], texts: pa.Table) -> pa.Table:
    """Compute the topic columns of rows, float32, NaN without a text.

    Args:
        fitted: topics by the name of their text.
        texts: a string column for each text, and perhaps other columns; a missing text column counts as null.
    """
    topic_columns: dict[str, np.ndarray] = {}
    for text, of_text in fitted.items():
        row_texts = texts[text] if text in texts.column_names else pa.nulls(texts.num_rows, pa.string())
        topic_columns |= dict(zip(columns({text: of_text}), _of_rows(of_text, row_texts).T))
    return pa.table({name: np.ascontiguousarray(column) for name, column in topic_columns.items()})


def _of_rows(fitted: Topics, texts: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """Return the result of `apply`, computed once per distinct text: an entity's text often stays equal for weeks."""
    encoded = pa.chunked_array(texts).combine_chunks().dictionary_encode()
    distinct = fitted.apply([*encoded.dictionary.to_pylist(), None])
    return distinct[encoded.indices.fill_null(len(distinct) - 1).to_numpy()]


def text_of(column: str, fitted: Mapping[str, Topics]) -> tuple[str, int] | None:
    """Return the text and the number of a topic column; None for any other column."""
    return next(((text, number) for text, of_text in fitted.items() for number in range(of_text.count)
                 if column == f"topic_{text}_{number}"), None)
