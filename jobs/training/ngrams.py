"""Counts of words, and of pairs of neighbouring words, in texts.

Texts of an entity are its newest lines, so the same line comes again week after week and in many
shops: each different line is read once, and texts are sums of lines. scikit-learn's CountVectorizer
reads every text from its beginning, which takes about ten times as long on a training set.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

# Two characters or more, as in scikit-learn; the end of a line is kept, because pairs do not cross it.
WORD = re.compile(r"[^\W_]{2,}|\n")
DIGIT = re.compile(r"\d")


@dataclass(frozen=True, eq=False)
class NGrams:
    """The terms of texts: words in lower case with 0 for every digit, and pairs such as `never came`.

    Attributes:
        names: each different term, words before pairs.
        lines: (texts, lines), how often a text has a line.
        counts: (lines, terms), how often a line has a term.
    """

    names: list[str]
    lines: csr_array
    counts: csr_array

    def of(self, vocabulary: Mapping[str, int]) -> csr_array:
        """How often each text has each term of a vocabulary (term -> column): (texts, vocabulary)."""
        known = [(row, vocabulary[name]) for row, name in enumerate(self.names) if name in vocabulary]
        rows, columns = np.array(known, dtype=np.int64).reshape(-1, 2).T
        chosen = csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(self.names), len(vocabulary)))
        found = csr_array(self.lines @ (self.counts @ chosen))
        found.sort_indices()  # sums over a row must not depend on the other rows
        return found


def read(texts: Sequence[str]) -> NGrams:
    """The terms of some texts, whose lines are read one by one."""
    lines, of_texts = _lines(texts)
    words, word, line = _words(lines)
    # Neighbours: the next word, unless a line ends between them.
    beside = np.flatnonzero(line[1:] == line[:-1])
    pairs, pair = np.unique(word[beside] * len(words) + word[beside + 1], return_inverse=True)
    names = words + [f"{words[key // len(words)]} {words[key % len(words)]}" for key in pairs.tolist()]
    places = np.concatenate([line, line[beside]]), np.concatenate([word, len(words) + pair])
    counts = csr_array((np.ones(len(places[0])), places), shape=(len(lines), len(names)))
    return NGrams(names, of_texts, counts)


def _lines(texts: Sequence[str]) -> tuple[list[str], csr_array]:
    """The different lines, and how often each text has each of them."""
    numbers: dict[str, int] = {}
    places: list[int] = []
    ends = [0]
    for text in texts:
        places += [numbers.setdefault(line, len(numbers)) for line in text.split("\n")]
        ends.append(len(places))
    return list(numbers), csr_array((np.ones(len(places)), places, ends), shape=(len(texts), len(numbers)))


def _words(lines: Sequence[str]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The different words, and for every word in reading order its number and its line's."""
    numbers: dict[str, int] = {"\n": 0}
    tokens = WORD.findall(DIGIT.sub("0", "\n".join(lines).lower()))
    number = np.array([numbers.setdefault(token, len(numbers)) for token in tokens], dtype=np.int64)
    is_word = number > 0
    return list(numbers)[1:], number[is_word] - 1, np.cumsum(~is_word)[is_word]
