"""The table of risky rows: within the terminal, reasons under each other, levels in words and in colour."""

import pytest

from jobs.reporting.risk_listing import RiskyRow, listing
from jobs.runtime.console import Coloured
from jobs.runtime.terminal_text import cell_count
from jobs.scoring.risk_levels import BOUNDS
from tests.support.hostile_text import HOSTILE, acting

REASON = "what linked accounts do: cases per order of linked shops, mean of neighbours: 0.07"
ROWS = [RiskyRow("s000275", 0.862, "critical", "merchant_fraud", None, [REASON, "price: 3"]),
        RiskyRow("s000276", 0.5, "high", "information_leakage", "brushing", [REASON])]


def text(rows=ROWS, width=80):
    return "".join(part if isinstance(part, str) else part.text for part in listing("seller", rows, width))


def test_in_a_terminal_of_80_columns_reasons_stand_below_their_row():
    assert text() == """\
seller        score  level     risk
s000275       0.862  critical  merchant_fraud
    what linked accounts do: cases per order of linked shops, mean of
      neighbours: 0.07
    price: 3
s000276       0.500  high      information_leakage
    what linked accounts do: cases per order of linked shops, mean of
      neighbours: 0.07
    confirmed: brushing"""


def test_in_a_wide_terminal_reasons_stand_beside_their_row_under_each_other():
    lines = text(width=140).splitlines()
    assert lines[0].endswith("risk                 reasons") and len(lines) == 5
    assert {line.index(start) for line, start in zip(lines, ("reasons", REASON, "price", REASON, "confirmed"))} == {52}


def test_in_a_narrow_terminal_an_id_has_a_line_of_its_own():
    assert text(ROWS[:1], 40).splitlines()[:3] == ["seller: score, level, risk", "s000275",
                                                   "    0.862  critical  merchant_fraud"]


@pytest.mark.parametrize("width", [40, 47, 60, 80, 100, 124, 140, 200])
@pytest.mark.parametrize("name", ["s1", "店舗" * 7, "z" * 90, "e\u0301" * 30, "👩\u200d👧" * 20, HOSTILE, "a b " * 30])
def test_no_line_is_wider_than_the_terminal(width, name):
    rows = [*ROWS, RiskyRow(name, 0.4, "critical", "information_leakage", "brushing", [name, "店" * 150, "x" * 250])]
    assert max(map(cell_count, text(rows, width).splitlines())) <= width
    assert not acting(text(rows, width))


def test_scores_stay_in_their_column_below_ids_of_any_width():
    rows = [RiskyRow(name, 0.4, "low", "brushing", None, []) for name in ("s1", "店舗店舗", "e\u0301", "z" * 60)]
    scored = [line for line in text(rows).splitlines() if "0.400" in line]
    assert {cell_count(line.partition("0.400")[0]) for line in scored} == {38} and len(scored) == 4


def test_every_level_above_low_has_a_colour_beside_its_word():
    for level in BOUNDS:
        parts = listing("seller", [RiskyRow("s1", 0.4, level, "brushing", None, [])], 80)
        assert [part.text for part in parts if isinstance(part, Coloured)] == [level]


def test_a_row_without_reasons_says_so_beside_and_takes_no_line_below():
    row = [RiskyRow("s1", 0.04, "low", "brushing", None, [])]
    assert text(row, 140).splitlines()[1].endswith("brushing  -") and text(row).count("\n") == 1
