"""What SQL reads from a text: signatures of near-duplicates, and telling words."""

import pytest

from features.inputs.text_patterns import DEMANDS_MONEY, IS_EMPTY, MENTIONS_A_LEAK, has_word_count, signature

SAID = "Fast delivery, a very good product"


def read(spark, sql: str, *texts: str | None) -> list:
    """The expression over each text."""
    rows = spark.createDataFrame([(number, text) for number, text in enumerate(texts)], "number int, text string")
    return [row.found for row in rows.selectExpr("number", f"{sql} AS found").orderBy("number").collect()]


def test_near_duplicates_have_one_signature(spark):
    found = read(spark, signature(5), SAID, "a very GOOD product!!  Fast delivery...",
                 "fast fast delivery: a very good good product, 5/5", "Fast delivery, a very bad product")
    assert found[0] is not None and found[0] == found[1] == found[2] != found[3]


def test_a_text_of_few_words_has_no_signature(spark):
    # "very very very good thanks" has three different words.
    assert read(spark, signature(5), "good", "very very very good thanks", "", None) == [None] * 4


def test_words_are_counted_once_each_in_any_script(spark):
    texts = ("Déjà cassé à l'arrivée", "очень хороший товар, быстрая доставка", "five five five five five", SAID, None)
    assert read(spark, has_word_count(5), *texts) == [True, True, False, True, None]


def test_a_text_of_spaces_is_empty(spark):
    assert read(spark, IS_EMPTY, None, "", "   ", "!") == [True, True, True, False]


@pytest.mark.parametrize(("sql", "text", "expected"), [
    (DEMANDS_MONEY, "PAY ME 20 or it gets worse", True),
    (DEMANDS_MONEY, "a gift card and I take down this review", True),
    (DEMANDS_MONEY, "waste of money, I want a refund", False),
    (MENTIONS_A_LEAK, "A caller KNEW MY order", True),
    (MENTIONS_A_LEAK, "somebody phoned about the parcel", True),
    (MENTIONS_A_LEAK, "the order never came, I called the shop", False),
], ids=lambda part: part if isinstance(part, bool) else "")
def test_a_few_words_tell_extortion_and_leaks(spark, sql, text, expected):
    assert read(spark, sql, text) == [expected]
