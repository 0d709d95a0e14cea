"""A linear classifier of texts: what it learns, what a row depends on, and what is stored."""

import numpy as np
import pytest

from jobs.training.text_classifier import TextClassifier, confidence, fit_text_classifier

TEXTS = ["the parcel never came", "my parcel is still missing", "parcel did not arrive", "never arrived, no parcel",
         "the colour is wrong", "wrong colour was sent", "another colour than ordered", "colours differ from the photo"]
LABEL = ["missing"] * 4 + ["differs"] * 4


@pytest.fixture(scope="module")
def fitted() -> TextClassifier:
    return fit_text_classifier(TEXTS, LABEL, seed=1)


def chosen(of: TextClassifier, *texts: str) -> list[str]:
    return [of.classes[place] for place in of.margins(texts).argmax(axis=1)]


def test_words_decide(fitted):
    assert fitted.classes == ("differs", "missing")
    assert chosen(fitted, "the parcel is missing", "a wrong colour") == ["missing", "differs"]


def test_parts_of_words_decide_where_no_word_is_known(fitted):
    assert not {"parcels", "colouring", "parcell"} & set(fitted.terms)
    assert chosen(fitted, "parcells", "colouring") == ["missing", "differs"]


def test_three_classes_have_a_margin_each():
    fitted = fit_text_classifier([*TEXTS, "refund me now", "refund my money"], [*LABEL, "refund", "refund"], seed=1)
    assert fitted.margins(["refund"]).shape == (1, 3) and chosen(fitted, "refund it") == ["refund"]


def test_a_row_does_not_depend_on_other_rows(fitted):
    texts = ["the parcel is missing", "a wrong colour", "xx yy"]
    together = fitted.margins(texts)
    assert [fitted.margins([text])[0].tolist() for text in texts] == together.tolist()


def test_sums_over_a_row_have_one_order_whatever_the_other_rows():
    rng = np.random.default_rng(1)
    words = np.array([f"word{letter}{other}" for letter in "abcdefgh" for other in "abcdefgh"])
    texts = [" ".join(rng.choice(words, 12)) for _ in range(120)]
    fitted = fit_text_classifier(texts, rng.integers(0, 3, 120).astype(str), seed=1)
    together = fitted.margins(texts)
    assert all(fitted.margins([text])[0].tolist() == row.tolist() for text, row in zip(texts, together))


def test_no_text_has_no_margin_and_unknown_words_have_the_intercepts(fitted):
    margins = fitted.margins([None, "", "qqq zzz"])
    assert np.isnan(margins[:2]).all() and margins[2].tolist() == fitted.intercepts.tolist()
    assert fitted.margins([]).shape == (0, 2)


def test_the_same_rows_and_seed_give_the_same_classifier(fitted):
    again = fit_text_classifier(TEXTS, LABEL, seed=1)
    assert again.terms == fitted.terms and again.weights.tolist() == fitted.weights.tolist()


def test_it_is_stored_without_pickle_and_loaded_equal_in_every_bit(fitted, tmp_path):
    assert [path.name for path in fitted.save(tmp_path, "complaint")] == ["complaint.json", "complaint.npz"]
    loaded = TextClassifier.load(tmp_path, "complaint")
    assert (loaded.classes, loaded.terms, loaded.parts) == (fitted.classes, fitted.terms, fitted.parts)
    assert loaded.margins(TEXTS).tolist() == fitted.margins(TEXTS).tolist()


def test_confidence_ranks_by_the_distance_to_the_next_class():
    found = confidence(np.array([[1.0, -1.0, -1.0], [0.1, 0.0, -1.0], [-0.5, -0.5, -0.5]]))
    assert found[0] > found[1] > found[2] == pytest.approx(np.log(1 / 3))


def test_one_class_and_texts_without_words_are_refused():
    with pytest.raises(ValueError, match="the only class is a"):
        fit_text_classifier(["one text", "two texts"], ["a", "a"], seed=1)
    with pytest.raises(ValueError, match="no text has a word"):
        fit_text_classifier(["?", "!"], ["a", "b"], seed=1)
