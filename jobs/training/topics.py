"""Topics of what is written: TF-IDF and a truncated SVD (latent semantic analysis; Deerwester et al. 1990).

Fitted on training rows, kept beside the model as JSON and plain arrays, and applied to any row. A
booster of trees cannot split on thousands of words that are nearly all 0; it can on a few topics.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array

from jobs.training import ngrams

TOPICS_PER_TEXT = 16  # topics of a text; on the simulated marketplace 8 missed what a few complaints in a hundred tell of
VOCABULARY = 5_000  # terms, those of most texts first
# A term of fewer texts says more about one entity than about a kind of text.
MIN_TEXTS = 10
SVD_ITERATIONS = 10  # power iterations of the randomised SVD
MIN_WEIGHT = 1e-6  # of the largest singular value; a topic below it is rounding


@dataclass(frozen=True, eq=False)
class Topics:
    """Topics of one kind of text.

    Attributes:
        terms: words and pairs of words, in the order of columns.
        idf: float64 (terms,), how rare each is.
        components: float64 (topics, terms), how much each term belongs to each topic. Of either sign;
            the largest weight of a topic is positive. Rows of 0 where there are fewer topics.
    """

    ngrams: tuple[str, ...]
    idf: np.ndarray
    components: np.ndarray

    @property
    def count(self) -> int:
        """How many there are: as many as when they were fitted."""
        return len(self.components)

    def apply(self, texts: Sequence[str | None]) -> np.ndarray:
        """The topics of each text: float32 (rows, topics), NaN where there is no text.

        A text of unknown words alone is 0. A row does not depend on the others.
        """
        found = np.full((len(texts), self.count), np.nan, dtype=np.float32)
        written = [row for row, text in enumerate(texts) if text]
        if written:
            found[written] = self._weights([texts[row] for row in written]) @ self.components.T
        return found

    def words(self, topic: int, count: int = 5) -> tuple[str, ...]:
        """The terms that belong most to a topic, the strongest first; no two share a word."""
        return self._strongest(self.components[topic], count)

    def strongest_terms(self, topic: int, text: str, count: int = 3) -> tuple[str, ...]:
        """The terms of a text that make its topic what it is, the strongest first; no two share a word.

        For a topic below 0 those are the terms that pull it down.
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
        """Write `<name>.json` (the terms) and `<name>.npz` (the numbers) without pickle; returns both."""
        words, numbers = folder / f"{name}.json", folder / f"{name}.npz"
        words.write_text(json.dumps(self.ngrams, ensure_ascii=False), encoding="utf-8")
        np.savez_compressed(numbers, idf=self.idf, components=self.components)
        return [words, numbers]

    @classmethod
    def load(cls, folder: Path, name: str) -> "Topics":
        """The topics that `save` wrote, equal in every bit."""
        words = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        with np.load(folder / f"{name}.npz", allow_pickle=False) as numbers:
            return cls(tuple(words), numbers["idf"], numbers["components"])


def fit(texts: Sequence[str], seed: int, weight: np.ndarray | None = None) -> Topics:
    """The topics of some texts.

    Terms are weighted by sublinear frequency, 1 + log(count), and by smoothed inverse document
    frequency, log((1 + texts) / (1 + texts with the term)) + 1, and a text has length 1, as in
    scikit-learn's TfidfVectorizer. The SVD is randomised (Halko, Martinsson & Tropp 2011).

    Args:
        weight: how much each text counts in the SVD, shape (texts,); None: all alike.
    """
    read = ngrams.read(texts)
    having = np.asarray((read.lines @ read.counts > 0).sum(axis=0)).reshape(-1)
    common = np.flatnonzero(having >= MIN_TEXTS)
    common = common[np.lexsort(([read.names[term] for term in common], -having[common]))[:VOCABULARY]]
    chosen = sorted((read.names[term], having[term]) for term in common)
    idf = np.log((1 + len(texts)) / (1 + np.array([count for _, count in chosen], dtype=np.float64))) + 1
    names = tuple(name for name, _ in chosen)
    weights = weighted(read.of({name: column for column, name in enumerate(names)}), idf)
    if weight is not None:
        weights = csr_array(weights.multiply(np.sqrt(weight)[:, None]))
    return Topics(names, idf, _components(weights, seed))


def weighted(counts: csr_array, idf: np.ndarray) -> csr_array:
    """TF-IDF of term counts (texts, terms); each row has length 1, or 0 where no term is known."""
    found = counts.copy()
    found.data = (1 + np.log(found.data)) * idf[found.indices]
    row = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
    found.data /= np.sqrt(np.bincount(row, found.data**2, minlength=found.shape[0]))[row]
    return found


def _components(weights: csr_array, seed: int) -> np.ndarray:
    """The right singular vectors of the largest singular values, the largest first."""
    from sklearn.utils.extmath import randomized_svd
    from threadpoolctl import threadpool_limits

    found = np.zeros((TOPICS_PER_TEXT, weights.shape[1]))
    count = min(TOPICS_PER_TEXT, *weights.shape)
    if not count:
        return found
    # One thread: on matrices as small as these the others only wait, and sums do not depend on the machine's cores.
    with threadpool_limits(1):
        # Not ARPACK: it draws anew, unseeded, where there are fewer topics than it looks for.
        _, size, vectors = randomized_svd(weights, count, n_iter=SVD_ITERATIONS, random_state=seed % 2**32)
    vectors = vectors[size > MIN_WEIGHT * size[0]]
    # The sign of a singular vector is arbitrary.
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=1)[:, None], axis=1)
    found[: len(vectors)] = vectors * np.sign(largest)
    return found


def columns(fitted: Mapping[str, Topics]) -> tuple[str, ...]:
    """Names of the topic columns: topic_<text>_0 and so on, of each text."""
    return tuple(f"topic_{text}_{number}" for text, of_text in fitted.items() for number in range(of_text.count))


def applied(fitted: Mapping[str, Topics], texts: pa.Table) -> pa.Table:
    """The topic columns of rows, float32, NaN where nothing is written.

    Args:
        fitted: topics by the name of their text.
        texts: a string column for each of them, and perhaps others; one that is missing is null.
    """
    found: dict[str, np.ndarray] = {}
    for text, of_text in fitted.items():
        said = texts[text] if text in texts.column_names else pa.nulls(texts.num_rows, pa.string())
        found |= dict(zip(columns({text: of_text}), _of_rows(of_text, said).T))
    return pa.table({name: np.ascontiguousarray(column) for name, column in found.items()})


def _of_rows(fitted: Topics, texts: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """What `apply` gives, with each different text read once: an entity often says the same for weeks."""
    told = pa.chunked_array(texts).combine_chunks().dictionary_encode()
    different = fitted.apply([*told.dictionary.to_pylist(), None])
    return different[told.indices.fill_null(len(different) - 1).to_numpy()]


def text_of(column: str, fitted: Mapping[str, Topics]) -> tuple[str, int] | None:
    """The text and the number that a topic column stands for; None for any other column."""
    return next(((text, number) for text, of_text in fitted.items() for number in range(of_text.count)
                 if column == f"topic_{text}_{number}"), None)
