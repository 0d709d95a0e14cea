"""fit_thresholds: what a file's rows let a model decide, and a sentence for every mistake."""

import subprocess
import sys

import numpy as np
import pytest

from jobs import step
from jobs.after_sales import abstention
from jobs.commands import fit_thresholds
from jobs.settings import REPOSITORY
from tests.support.hostile_text import HOSTILE, SHOWN, acting

NAMES = ["--confidence", "sure", "--wrong", "wrong"]


@pytest.fixture(scope="module")
def rows() -> list[tuple]:
    rng = np.random.default_rng(5)
    sure = 1 - rng.random(3_000) ** 2 / 2
    return [(f"c{n // 2}", round(each, 4), int(rng.random() > each), "deny" if n % 3 else "pay",
             f"2026-01-0{1 + n % 2}") for n, each in enumerate(sure)]


@pytest.fixture
def file(tmp_path):
    def written(rows: list[tuple], head: str = "case,sure,wrong,cell,day") -> str:
        (tmp_path / "cases.csv").write_text("\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n",
                                            encoding="utf-8")
        return str(tmp_path / "cases.csv")

    return written


def shown(capsys, *arguments: str) -> str:
    assert step.run(fit_thresholds.main, list(arguments)) == 0
    return capsys.readouterr().out


def refused(capsys, *arguments: str) -> str:
    assert step.run(fit_thresholds.main, list(arguments)) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said and "Log:" not in said and len(said.splitlines()) == 1
    return said


def cell(said: str, name: str) -> list[str]:
    return next(line.split()[1:] for line in said.splitlines() if line.startswith(f"{name} "))


def test_the_table_is_that_of_the_function(file, rows, capsys):
    mixed = np.random.default_rng(1).permutation(len(rows))
    said = shown(capsys, "--table", file([*(rows[n] for n in mixed), ("c9", "", 1, "pay", "2026-01-01")]), *NAMES,
                 "--cell", "cell", "--case", "case", "--time", "day", "--target-of", "deny=0.1", "--later", "0.5",
                 "--probabilities")
    kinds = (object, float, bool, object)
    case, sure, wrong, name = (np.array(column, kind) for column, kind in zip(zip(*rows), kinds))
    of = abstention.fit_thresholds(sure, wrong, name, {"deny": 0.1, "pay": 0.05}, 0.95, True, case, 0.5)
    head = "cases.csv: 3,001 rows, 1 left out for an empty sure, wrong, cell, case or day; 1,500 cases\n"
    assert said.startswith(head)
    for each in ("deny", "pay"):
        found = of[each]
        assert cell(said, each) == [f"{found.rows:,}", f"{found.target:g}", repr(found.confidence),
                                    f"{found.decided:,}", str(found.wrong), f"{found.wrong / found.decided:.4f}"]
    assert "share of errors among the next ones, 0.5 for each read, is at most the target in every cell" in said
    assert "cases, counted once in each cell" in said


def test_names_of_cases_are_no_numbers(file, capsys):
    """007 and 7 are two cases, and so are two long numbers that a double cannot tell apart."""
    names = ["007", "7", "1234567890123456789012", "1234567890123456789013"]
    said = shown(capsys, "--table", file([(name, 0.9, 0, "x", 1) for name in names]), *NAMES, "--case", "case",
                 "--time", "day")
    assert "; 4 cases" in said


def test_batches_of_less_than_one_error_are_named(file, rows, capsys):
    said = shown(capsys, "--table", file(rows), *NAMES, "--later", "0.0001")
    assert "Batches of all are so small that one error breaks the target" in said


def test_without_cells_and_cases_the_rate_holds(file, rows, capsys):
    said = shown(capsys, "--table", file(rows), *NAMES, "--target", "0.08")
    assert cell(said, "all")[:2] == ["3,000", "0.08"]
    assert "With a probability of 0.95 the rate of errors is at most" in said
    assert shown(capsys, "--table", file(rows), *NAMES, "--target", "0.08") == said


def test_nothing_can_be_decided(file, capsys):
    said = shown(capsys, "--table", file([("a", 0.9, "true", "x", 1), ("b", 0.8, "false", "x", 1)]), *NAMES)
    assert cell(said, "all") == ["2", "0.05", "0"] and "Nothing is decided" in said


def test_names_from_the_data_do_not_act_on_the_terminal(file, capsys):
    path = file([("a", 0.9, 1, f'"{HOSTILE}"', 1), ("b", 0.8, 0, "x", 1)])
    said = shown(capsys, "--table", path, *NAMES, "--cell", "cell")
    assert acting(said) == [] and SHOWN in said


@pytest.mark.parametrize(("options", "sentence"), [
    (["--cell", "kind"], "cases.csv has no column kind; it has case, sure, wrong, cell, day"),
    (["--cell", "wrong"], "wrong is named twice; expected different columns"),
    (["--confidence", "cell"], "cell is VARCHAR; expected numbers, the larger the surer"),
    (["--wrong", "case"], "case has the value c0; expected 0 and 1, or false and true"),
    (["--cell", "case"], "case has 1,500 values; expected at most 50 cells"),
    (["--target", "5"], "target 5.0, level 0.95; expected shares between 0 and 1"),
    (["--level", "95"], "--level 95: expected a level between 0.5 and 1"),
    (["--later", "0"], "0.0 later cases for each calibration case; expected a number above 0"),
    (["--later", "nan"], "nan later cases"),
    (["--cell", "cell", "--target-of", "ask=0.1"], "no row has the cell ask, which --target-of names; the cells"),
    (["--cell", "cell", "--target-of", "deny"], "--target-of deny: expected CELL=T"),
    (["--cell", "cell", "--target-of", "pay=0.1", "--target-of", "pay=0.2"], "pay is named twice"),
    (["--case", "case"], "--case and --time: found one of them"),
])
def test_a_mistake_is_one_sentence(file, rows, capsys, options, sentence):
    assert sentence in refused(capsys, "--table", file(rows), *NAMES, *options)


def test_numbers_that_are_no_probabilities_are_named(file, capsys):
    path = file([("a", 1.5, 1, "x", 1), ("b", 0.8, 0, "x", 1)])
    assert "sure has values below 0 or above 1" in refused(capsys, "--table", path, *NAMES, "--probabilities")
    path = file([("a", 0.5, "", "x", 1)])
    assert "no row has a value in each of sure, wrong" in refused(capsys, "--table", path, *NAMES)


def test_infinite_numbers_and_files_without_rows(file, capsys):
    path = file([("a", "inf", 1, "x", 1), (1, 0.5, 0, "x", 1)])
    assert "sure has 1 infinite values" in refused(capsys, "--table", path, *NAMES)
    assert "cases.csv has no rows" in refused(capsys, "--table", file([]), *NAMES)


def test_it_runs_as_a_program(file, rows):
    done = subprocess.run([sys.executable, "-m", "jobs.commands.fit_thresholds", "--table", file(rows), *NAMES],
                          cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Decided are" in done.stdout
