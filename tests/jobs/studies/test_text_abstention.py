"""The study of texts: a public data set, and a sentence for every mistake."""

import re
from pathlib import Path

import numpy as np
import pytest

from jobs import step
from jobs.studies import text_abstention
from jobs.studies.text_abstention import classified, decided_by_other_folds, read_texts, summary


@pytest.fixture
def file(tmp_path):
    def written(text: str):
        (tmp_path / "texts.csv").write_text(text, encoding="utf-8")
        return str(tmp_path / "texts.csv")

    return written


def texts(rows: int) -> str:
    rng = np.random.default_rng(1)
    lines = ["words,kind"]
    for row in range(rows):
        late = row % 2
        subject = rng.choice(["parcel", "delivery", "courier"] if late else ["colour", "size", "photo"])
        lines.append(f"the {subject} number {row} was bad,{'late' if late else 'differs'}")
    return "\n".join([*lines, ",late", "no kind,"]) + "\n"


@pytest.mark.real
@pytest.mark.slow
def test_questions_to_a_bank(real_data):
    """Casanueva and others (2020), the training rows of BANKING77: 10,003 questions of 77 kinds."""
    rows = read_texts(real_data / "text" / "banking77_train.csv", "text", "category")
    assert (len(rows.texts), rows.left_out, len(set(rows.label))) == (10_003, 0, 77)
    found = classified(rows.texts, rows.label, target=0.05, seed=1)
    assert 1 - found.wrong.mean() >= 0.89
    assert found.seconds < 20
    assert found.decided.mean() >= 0.85
    assert found.wrong[found.decided].mean() <= 0.05


def test_figures_of_a_file(file, capsys):
    arguments = ["--table", file(texts(400)), "--text", "words", "--label", "kind"]
    assert step.run(text_abstention.main, arguments) == 0
    said = capsys.readouterr().out
    assert said.startswith("texts.csv: 402 rows, 2 left out for an empty words or kind; 2 labels\n")
    assert re.search(r"^accuracy in 5 folds: 1\.0000 ", said, re.M)
    assert re.search(r"^target of errors 0\.05: decides (1\.0|0\.9)\d+ .*; in hindsight 1\.0000 could have", said, re.M)
    assert re.search(r"^errors among decided rows: 0\.0000 \(95%: 0\.0000 to 0\.009\d\)$", said, re.M)


def test_what_is_decided_in_a_fold_does_not_hang_on_its_own_outcomes():
    rng = np.random.default_rng(2)
    sure, fold = rng.random(2_000), np.arange(2_000) % 5
    wrong = rng.random(2_000) < 0.3 * (1 - sure)
    before = decided_by_other_folds(wrong, sure, fold, 0.05)
    after = decided_by_other_folds(wrong | (fold == 0), sure, fold, 0.05)
    assert before[fold == 0].any() and before[fold == 0].tolist() == after[fold == 0].tolist()
    assert not after[fold == 1].any()


def test_where_nothing_can_be_decided_no_errors_are_shown(file):
    rows = read_texts(Path(file(texts(40))), "words", "kind")
    found = classified(rows.texts, rows.label, target=0.05, seed=1)
    assert not found.decided.any()
    assert "decides 0.0000" in summary(found, 0.05) and "errors among" not in summary(found, 0.05)


@pytest.mark.parametrize(("text", "options", "sentence"), [
    (texts(20), ["--text", "word"], "texts.csv has no column word; it has words, kind"),
    (texts(2), [], "2 rows with words and kind, and 2 values of kind; expected at least 5 rows and 2 values"),
    ("words,kind\n" + "a text,late\n" * 9, [], "9 rows with words and kind, and 1 values of kind"),
    ("words,kind\nother,differs\n" + "a text,late\n" * 9, [], "within a fold the only class is late"),
    ("words,kind\n" + "?,differs\n!,late\n" * 9, [], "within a fold no text has a word of two letters or more"),
    (texts(20), ["--target", "5"], "--target 5 --seed 1: expected a target between 0 and 1"),
])
def test_a_mistake_is_one_sentence(file, capsys, text, options, sentence):
    arguments = ["--table", file(text), "--text", "words", "--label", "kind", *options]
    assert step.run(text_abstention.main, arguments) == 1
    said = capsys.readouterr().err
    assert sentence in said and "Traceback" not in said and len(said.splitlines()) == 1
