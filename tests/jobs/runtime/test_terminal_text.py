"""Text for a terminal: no character of it acts, and widths are counted in cells."""

import pytest

from jobs.runtime.terminal_text import aligned, cell_count, padded, visible, wrapped
from tests.support.hostile_text import HOSTILE, SHOWN, acting


@pytest.mark.parametrize("number", [*range(0x20), *range(0x7F, 0xA0), 0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F),
                                    *range(0x2066, 0x206A), 0xFEFF, 0xD800, 0xE0041])
def test_a_character_that_acts_on_a_terminal_is_shown_as_an_escape(number):
    text = visible(f"a{chr(number)}b")
    assert text.isascii() and text.isprintable() and text[0] + text[-1] == "ab"
    assert text[1] == "\\" and (text[2] in "tnr" or int(text[3:-1], 16) == number)


def test_a_hostile_text_is_shown_as_its_escapes():
    assert visible(HOSTILE) == SHOWN and acting(HOSTILE) and not acting(SHOWN)


@pytest.mark.parametrize("text", ["s000275", "店舗", "e\u0301", "👩\u200d👧", "مرحبا", "a\u00a0b", r"C:\x1b", ""])
def test_other_text_of_any_script_stays_as_it_is(text):
    assert visible(text) == text


def test_line_breaks_stay_where_they_are_kept():
    assert visible("a\nb\x1b", keep="\n") == "a\nb\\x1b" and visible("a\nb") == "a\\nb"


@pytest.mark.parametrize(("text", "cells"), [("abc", 3), ("店舗", 4), ("e\u0301", 1), ("👩", 2), ("👩\u200d👧", 2)])
def test_wide_characters_take_two_cells_and_marks_none(text, cells):
    assert cell_count(text) == cells
    assert cell_count(padded(text, 6)) == 6


def test_lines_are_no_wider_than_the_terminal_and_keep_words_and_blanks():
    text = "  precision    0.197   95% interval 0.052 to 0.794"
    lines = wrapped(text, 24, "    ")
    assert lines == ["  precision    0.197", "    95% interval 0.052", "    to 0.794"]


def test_wide_text_is_wrapped_by_its_cells():
    assert wrapped("店舗 店舗 店舗", 9) == ["店舗 店舗", "店舗"]


def test_a_word_wider_than_a_line_stays_whole_or_is_broken():
    assert wrapped("see /a/long/path", 8) == ["see", "/a/long/path"]
    assert wrapped("see /a/long/path", 8, " ", break_words=True) == ["see", " /a/long", " /path"]
    assert wrapped("店舗店舗店", 5, break_words=True) == ["店舗", "店舗", "店"]


def test_no_text_is_one_empty_line():
    assert wrapped("", 10) == [""]


def test_rows_are_aligned_by_cells_with_the_first_columns_at_the_left():
    assert aligned([("name", "n"), ("東", "12"), ("a\x1bb", "")], left=1).splitlines() == [
        "name     n", "東      12", r"a\x1bb"]
