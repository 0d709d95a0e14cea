"""The matrix of the case model: its columns, its texts, and what is not known."""

import numpy as np

from features.case.definitions import NAMES, PARTIES
from jobs.after_sales.case_matrix import LEAST_TEXTS, columns_of, fit_words, text_margins, words_of
from tests.support.closed_rows import WORDS, closed, with_column


def test_columns_are_features_kinds_reasons_and_words():
    rows = closed(6).rows
    columns = columns_of(rows, PARTIES)
    assert columns.names == (*NAMES, "kind is refund", "kind is return", "reason is damaged",
                             "reason is item_not_received", *(f"words that speak of the {name}" for name in PARTIES))
    margins = np.arange(24.0).reshape(6, 4)
    matrix = columns.matrix(rows, margins)
    assert matrix.shape == (6, len(columns.names)) and np.array_equal(matrix[:, -4:], margins)
    assert matrix[:, len(NAMES)].tolist() == [1, 0, 1, 0, 1, 0]
    assert matrix[:, len(NAMES) + 2].tolist() == [0, 1, 0, 0, 1, 0]
    assert matrix[:, NAMES.index("messages")].tolist() == [2] * 6
    assert np.isnan(matrix[:, NAMES.index("order_cents")]).all()


def test_a_kind_or_reason_that_was_never_seen_is_none_of_the_columns():
    columns = columns_of(closed(6).rows, PARTIES)
    rows = with_column(with_column(closed(2).rows, "kind", ["dispute"] * 2), "reason", ["other", None])
    assert not columns.matrix(rows, np.zeros((2, 4)))[:, len(NAMES):-4].any()


def test_words_are_the_complaint_and_the_conversation():
    rows = with_column(with_column(closed(4).rows, "text", ["Broken", "", None, "Late"]), "conversation",
                       ["buyer: hello", "seller: sorry", None, None])
    assert words_of(rows) == ["complaint: Broken\nbuyer: hello", "seller: sorry", None, "complaint: Late"]


def test_too_few_texts_or_one_party_give_no_classifier_and_no_margins():
    label, words = np.arange(LEAST_TEXTS) % 2, [WORDS[one % 2] for one in range(LEAST_TEXTS)]
    assert fit_words(words, label, PARTIES, 1) is not None
    assert fit_words([*words[1:], None], label, PARTIES, 1) is None
    assert fit_words(words, np.zeros(LEAST_TEXTS, int), PARTIES, 1) is None
    assert np.isnan(text_margins(None, words, PARTIES)).all()


def test_margins_stand_at_the_parties_of_the_classifier():
    label = np.array([1, 3] * 40)
    margins = text_margins(fit_words([WORDS[one] for one in label], label, PARTIES, 1),
                           [WORDS[3], None, WORDS[1]], PARTIES)
    assert np.isnan(margins[:, [0, 2]]).all() and np.isnan(margins[1]).all()
    assert margins[0, 3] > 0 > margins[0, 1] and margins[2, 1] > 0 > margins[2, 3]
