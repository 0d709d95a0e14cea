"""Counts of words, and of pairs of neighbouring words, in texts.

Texts of an entity are its newest lines, so the same line recurs week after week and in many shops. Each distinct line
is read once, and the counts of a text are sums over its lines. scikit-learn's CountVectorizer was rejected: it reads
every text from its beginning, which takes about ten times as long on a training set.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

# A word has two characters or more, as in scikit-learn. The end of a line is a token, because pairs do not cross it.
WORD = re.compile(r"[^\W_]{2,}|\n")
DIGIT = re.compile(r"\d")


@dataclass(frozen=True, eq=False)
class NGrams:
    """The terms of texts: words in lower case with 0 for every digit, and pairs such as `never came`.

    Attributes:
        names: the distinct terms, words before pairs.
        lines: (texts, lines), how often a text has a line.
        counts: (lines, terms), how often a line has a term.
    """

    names: list[str]
    lines: csr_array
    counts: csr_array

    def of(self, vocabulary: Mapping[str, int]) -> csr_array:
        """Count each term of a vocabulary (term -> column) in each text: (texts, vocabulary)."""
        positions = [(row, vocabulary[name]) for row, name in enumerate(self.names) if name in vocabulary]
        rows, columns = np.array(positions, dtype=np.int64).reshape(-1, 2).T
        chosen = csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(self.names), len(vocabulary)))
        term_counts = csr_array(self.lines @ (self.counts @ chosen))
        term_counts.sort_indices()  # sums over a row must not depend on the other rows
        return term_counts


def read(texts: Sequence[str]) -> NGrams:
    """Count the terms of texts, line by line."""
    lines, line_counts = _lines(texts)
    words, word, line = _words(lines)
    # A pair is a word and the next one of the same line.
    pair_starts = np.flatnonzero(line[1:] == line[:-1])
    pairs, pair = np.unique(word[pair_starts] * len(words) + word[pair_starts + 1], return_inverse=True)
    names = words + [f"{words[key // len(words)]} {words[key % len(words)]}" for key in pairs.tolist()]
    positions = np.concatenate([line, line[pair_starts]]), np.concatenate([word, len(words) + pair])
    counts = csr_array((np.ones(len(positions[0])), positions), shape=(len(lines), len(names)))
    return NGrams(names, line_counts, counts)


def _lines(texts: Sequence[str]) -> tuple[list[str], csr_array]:
    """Return the distinct lines, and the count of each line in each text."""
    numbers: dict[str, int] = {}
    positions: list[int] = []
    ends = [0]
    for text in texts:
        positions += [numbers.setdefault(line, len(numbers)) for line in text.split("\n")]
        ends.append(len(positions))
    return list(numbers), csr_array((np.ones(len(positions)), positions, ends), shape=(len(texts), len(numbers)))


def _words(lines: Sequence[str]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the distinct words, and for every word in reading order its number and the number of its line."""
    numbers: dict[str, int] = {"\n": 0}
    tokens = WORD.findall(DIGIT.sub("0", "\n".join(lines).lower()))
    number = np.array([numbers.setdefault(token, len(numbers)) for token in tokens], dtype=np.int64)
    is_word = number > 0
    return list(numbers)[1:], number[is_word] - 1, np.cumsum(~is_word)[is_word]
