"""Sections of a page that commands write: a command replaces its own section and nothing else."""

from pathlib import Path

import pytest

from jobs.errors import UserError
from jobs.reporting.markdown_sections import format_table, write_section

PAGE = """# Quality

By hand.

<!-- report -->
old
<!-- /report -->

Between.

<!-- ablation -->
kept
<!-- /ablation -->
"""


@pytest.fixture
def page(tmp_path) -> Path:
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    return path


def test_a_section_is_replaced_and_the_rest_of_the_page_stays(page):
    write_section(page, "report", "new\n\n| a |\n")
    assert page.read_text() == PAGE.replace("old", "new\n\n| a |")


def test_a_section_written_twice_is_written_once(page):
    for _ in range(2):
        write_section(page, "report", "new")
    assert page.read_text() == PAGE.replace("old", "new")


def test_a_missing_section_is_appended(page):
    write_section(page, "transfer", "north")
    assert page.read_text() == f"{PAGE}\n<!-- transfer -->\nnorth\n<!-- /transfer -->\n"


def test_a_missing_page_is_created_with_its_folder(tmp_path):
    write_section(tmp_path / "docs" / "page.md", "report", "new")
    assert (tmp_path / "docs" / "page.md").read_text() == "<!-- report -->\nnew\n<!-- /report -->\n"


def test_backslashes_and_letters_of_any_alphabet_are_written_as_they_are(page):
    write_section(page, "report", r"\1 \g<name> Käufer 买家")
    assert r"\1 \g<name> Käufer 买家" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("broken, line, expected", [
    (PAGE.replace("<!-- /report -->\n", ""), 5, "`<!-- /report -->` before the next section"),
    (PAGE.replace("<!-- report -->\n", ""), 6, "`<!-- report -->` above it"),
    (PAGE.replace("<!-- /ablation -->\n", ""), 11, "`<!-- /ablation -->` below it"),
    (f"{PAGE}<!-- report -->\n<!-- /report -->\n", 14, "each section once"),
    (PAGE.replace("<!-- /ablation -->", "<!-- /report -->"), 13, "`<!-- report -->` above it"),
], ids=["no end", "no start", "no end of the last", "twice", "end of another"])
def test_unbalanced_markers_are_refused_and_the_page_stays(page, broken, line, expected):
    page.write_text(broken)
    with pytest.raises(UserError, match=f"page.md, line {line}: .*{expected}"):
        write_section(page, "report", "new")
    assert page.read_text() == broken


def test_a_marker_in_a_sentence_is_no_marker(page):
    page.write_text(PAGE.replace("By hand.", "Write `<!-- report -->` once."))
    write_section(page, "report", "new")
    assert "Write `<!-- report -->` once." in page.read_text() and "\nnew\n" in page.read_text()


@pytest.mark.parametrize("name, text", [("Re port", "new"), ("report", "a\n<!-- /report -->\nb")])
def test_a_wrong_name_or_a_marker_in_the_text_is_an_error_of_the_caller(page, name, text):
    with pytest.raises(ValueError):
        write_section(page, name, text)
    assert page.read_text() == PAGE


def test_a_table_has_a_header_a_rule_and_its_rows():
    assert format_table(("risk", "rows"), [("brushing", "2")]) == "| risk | rows |\n| --- | --- |\n| brushing | 2 |"
