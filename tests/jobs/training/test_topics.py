"""Topics of texts: what is counted, what is fitted, what is kept."""

import json
import re

import numpy as np
import pyarrow as pa
import pytest

from jobs.training import ngrams, topics
from jobs.training.topics import Topics, fit

SAID = {
    "praise": ["lovely and just as described", "came quickly, lovely", "just as described, will buy again"],
    "anger": ["never came, 14 days of waiting", "waiting for 3 weeks, no answer", "no answer, never came"],
    "leak": ["a stranger called about my order", "somebody called and knew my order", "a caller knew my address"],
}


def written(kind: str, rows: int, seed: int = 0) -> list[str]:
    """Texts of one to four lines."""
    rng = np.random.default_rng([seed, len(kind)])
    return ["\n".join(rng.choice(SAID[kind], rng.integers(1, 5))) for _ in range(rows)]


TEXTS = [text for kind in SAID for text in written(kind, 40)]


@pytest.fixture(scope="module")
def fitted() -> Topics:
    return fit(TEXTS, seed=3)


# Terms


def test_terms_are_lower_case_words_and_pairs_within_one_line():
    read = ngrams.read(["Never CAME in 14 days,\nnever x came"])
    assert sorted(read.names) == ["00", "00 days", "came", "came in", "days", "in", "in 00", "never", "never came"]
    vocabulary = {name: column for column, name in enumerate(("never", "never came", "days", "absent"))}
    assert read.of(vocabulary).toarray().tolist() == [[2, 2, 1, 0]]


def test_counts_of_a_text_come_in_one_order_whatever_was_read_before_it():
    vocabulary = {name: column for column, name in enumerate(sorted({word for text in TEXTS for word in text.split()}))}
    first, last = ngrams.read(TEXTS).of(vocabulary), ngrams.read(TEXTS[::-1]).of(vocabulary)
    assert all(np.array_equal(first[[row]].indices, last[[-1 - row]].indices) for row in range(len(TEXTS)))


def test_weights_are_those_of_scikit_learn(fitted):
    from sklearn.feature_extraction.text import TfidfVectorizer

    single = [text.replace("\n", " ") for text in TEXTS]  # there, a pair crosses lines
    expected = TfidfVectorizer(preprocessor=lambda text: re.sub(r"\d", "0", text.lower()), token_pattern=r"[^\W_]{2,}",
                               ngram_range=(1, 2), sublinear_tf=True, min_df=topics.MIN_TEXTS)
    ours = fit(single, seed=3)
    found = expected.fit_transform(single)
    assert list(ours.ngrams) == list(expected.get_feature_names_out())
    assert ours.idf == pytest.approx(expected.idf_)
    counts = ngrams.read(single).of({term: column for column, term in enumerate(ours.ngrams)})
    assert topics.weighted(counts, ours.idf).toarray() == pytest.approx(found.toarray())


def test_only_the_most_common_terms_are_kept(monkeypatch):
    monkeypatch.setattr(topics, "VOCABULARY", 3)
    texts = ["aa bb"] * 30 + ["cc"] * 20 + ["dd"] * 15 + ["ee"] * (topics.MIN_TEXTS - 1)
    assert fit(texts, seed=1).ngrams == ("aa", "aa bb", "bb")
    monkeypatch.setattr(topics, "VOCABULARY", 99)
    assert fit(texts, seed=1).ngrams == ("aa", "aa bb", "bb", "cc", "dd")


# Topics


def test_components_are_the_right_singular_vectors_with_their_largest_weight_positive(fitted):
    counts = ngrams.read(TEXTS).of({term: column for column, term in enumerate(fitted.ngrams)})
    exact = np.linalg.svd(topics.weighted(counts, fitted.idf).toarray(),
                          full_matrices=False)[2][: topics.TOPICS_PER_TEXT]
    assert np.abs(np.sum(exact * fitted.components, axis=1)) == pytest.approx(np.ones(topics.TOPICS_PER_TEXT), abs=1e-4)
    assert all(row[np.abs(row).argmax()] > 0 for row in fitted.components)


def test_topics_are_the_same_for_a_seed_and_close_for_another(fitted):
    again, other = fit(TEXTS, seed=3), fit(TEXTS, seed=4)
    assert np.array_equal(again.components, fitted.components) and again.ngrams == fitted.ngrams
    assert other.components == pytest.approx(fitted.components, abs=1e-3)
    assert not np.array_equal(other.components, fitted.components)


def test_topics_are_nan_without_a_text_and_zero_for_unknown_words(fitted):
    rows = fitted.apply([None, "", "zebra", "zebra " + TEXTS[0], TEXTS[0], TEXTS[50]])
    assert rows.dtype == np.float32 and rows.shape == (6, topics.TOPICS_PER_TEXT)
    assert np.isnan(rows[:2]).all() and (rows[2] == 0).all()
    assert np.array_equal(rows[3], rows[4]) and not np.array_equal(rows[4], rows[5])
    assert np.array_equal(fitted.apply([TEXTS[50]])[0], rows[5])
    assert fitted.apply([]).shape == (0, topics.TOPICS_PER_TEXT) and np.isnan(fitted.apply([None])).all()


def test_kinds_of_text_are_far_apart_in_topics(fitted):
    new = {kind: fitted.apply(written(kind, 20, seed=9)) for kind in SAID}
    centres = {kind: rows.mean(axis=0) for kind, rows in new.items()}
    for kind, rows in new.items():
        nearest = [min(centres, key=lambda other: np.linalg.norm(row - centres[other])) for row in rows]
        assert set(nearest) == {kind}


def test_weight_brings_a_rare_kind_of_text_into_the_first_topics():
    texts = written("praise", 200) + written("anger", 200) + written("leak", 12)
    rare = np.array([1.0] * 400 + [400 / 12] * 12)

    def share_of_leak(found: Topics) -> float:
        about = [term in ("called", "knew", "stranger called", "my") for term in found.ngrams]
        return float((found.components[:2][:, about] ** 2).sum())

    assert share_of_leak(fit(texts, 1, rare)) > 5 * share_of_leak(fit(texts, 1))


@pytest.mark.parametrize("texts", [[], ["one"], ["same words here"] * 30, ["aa"] * 20 + ["bb"] * 20])
def test_few_texts_give_fewer_topics_and_the_columns_stay(texts):
    found = fit(texts, seed=1)
    assert found.components.shape == (topics.TOPICS_PER_TEXT, len(found.ngrams))
    assert np.isfinite(found.apply(["same words here", "aa"])).all()


def test_topics_that_only_rounding_tells_apart_are_left_out():
    found = fit(["aa bb"] * 20 + ["cc dd"] * 30, seed=1)  # two kinds of text, six terms
    assert np.abs(found.components).any(axis=1).tolist() == [True] * 2 + [False] * (topics.TOPICS_PER_TEXT - 2)


# Words


def test_words_of_a_topic_are_its_strongest_terms_and_share_no_word():
    found = Topics(("aa", "aa bb", "bb", "cc", "dd"), np.ones(5),
                   np.array([[0.5, 0.9, 0.4, 0.1, -0.7]] * topics.TOPICS_PER_TEXT))
    assert found.words(0) == ("aa bb", "cc")
    assert found.words(0, count=1) == ("aa bb",)


def test_what_tells_is_in_the_text_and_pulls_the_way_the_topic_goes():
    weights = np.array([0.5, 0.9, 0.4, 0.1, -0.7])
    found = Topics(("aa", "bb", "cc", "dd", "ee"), np.ones(5), np.array([weights] * topics.TOPICS_PER_TEXT))
    assert found.strongest_terms(0, "cc, and aa") == ("aa", "cc")
    assert found.strongest_terms(0, "dd ee") == ("ee",)  # 0.1 - 0.7 is below 0
    assert found.strongest_terms(0, "zebra") == ()


# Kept beside the model


def test_saved_and_loaded_topics_are_equal_and_nothing_is_pickled(fitted, tmp_path):
    files = fitted.save(tmp_path, "topics_reviews")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["topics_reviews.json", "topics_reviews.npz"]
    assert json.loads(files[0].read_text(encoding="utf-8")) == list(fitted.ngrams)
    with np.load(files[1], allow_pickle=False) as arrays:  # raises where an array is an object
        assert {name: array.dtype.kind for name, array in arrays.items()} == {"idf": "f", "components": "f"}
    loaded = Topics.load(tmp_path, "topics_reviews")
    assert loaded.ngrams == fitted.ngrams
    assert np.array_equal(loaded.apply(TEXTS), fitted.apply(TEXTS))


def test_a_model_keeps_its_topics_when_later_ones_are_more(fitted, monkeypatch):
    monkeypatch.setattr(topics, "TOPICS_PER_TEXT", topics.TOPICS_PER_TEXT + 4)
    found = topics.applied({"reviews": fitted}, pa.table({"reviews": TEXTS}))
    assert found.num_columns == len(fitted.components) == len(topics.columns({"reviews": fitted}))
    assert found.num_columns < fit(TEXTS, seed=3).count == topics.TOPICS_PER_TEXT


def test_topics_of_rows_are_columns_named_after_their_text(fitted):
    table = pa.table({"reviews": [TEXTS[0], None], "other": ["x", "y"]})
    found = topics.applied({"reviews": fitted, "complaints": fitted}, table)
    assert tuple(found.column_names) == topics.columns({"reviews": fitted, "complaints": fitted})
    assert found["topic_reviews_0"].to_numpy()[0] == fitted.apply([TEXTS[0]])[0, 0]
    assert np.isnan(found["topic_reviews_0"].to_numpy()[1])
    assert all(np.isnan(found[f"topic_complaints_{number}"].to_numpy()).all()
               for number in range(topics.TOPICS_PER_TEXT))
    assert topics.text_of("topic_complaints_7", {"reviews": fitted, "complaints": fitted}) == ("complaints", 7)
    assert topics.text_of("topic_complaints_7", {"reviews": fitted}) is None
