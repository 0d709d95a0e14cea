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
    return [(f"c{n // 2}", round(each, 4), int(rng.random() > each), "deny" if n % 3 else "pay")
            for n, each in enumerate(sure)]


@pytest.fixture
def file(tmp_path):
    def written(rows: list[tuple], head: str = "case,sure,wrong,cell") -> str:
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
    said = shown(capsys, "--table", file([*rows, ("c9", "", 1, "pay")]), *NAMES, "--cell", "cell", "--case", "case",
                 "--targets", "deny=0.1", "--later", "0.5", "--probabilities")
    kinds = (object, float, bool, object)
    case, sure, wrong, name = (np.array(column, kind) for column, kind in zip(zip(*rows), kinds))
    of = abstention.fit_thresholds(sure, wrong, name, {"deny": 0.1, "pay": 0.05}, 0.95, True, case, 0.5)
    assert said.startswith("cases.csv: 3,001 rows, 1 left out for an empty sure, wrong, cell or case; 1,500 cases\n")
    for each in ("deny", "pay"):
        found = of[each]
        assert cell(said, each) == [f"{found.rows:,}", f"{found.target:g}", f"{found.confidence:.6g}",
                                    f"{found.decided:,}", str(found.wrong), f"{found.wrong / found.decided:.4f}",
                                    f"{found.bound:.4f}"]
    assert "the share of errors among the next ones, 0.5 for each of the file, is at most the target" in said


def test_without_cells_and_cases_the_rate_holds(file, rows, capsys):
    said = shown(capsys, "--table", file(rows), *NAMES, "--target", "0.08")
    assert cell(said, "all")[:2] == ["3,000", "0.08"] and "the rate of errors among all later ones is" in said
    assert shown(capsys, "--table", file(rows), *NAMES, "--target", "0.08") == said


def test_nothing_can_be_decided(file, capsys):
    said = shown(capsys, "--table", file([("a", 0.9, "true", "x"), ("b", 0.8, "false", "x")]), *NAMES)
    assert cell(said, "all") == ["2", "0.05", "0"] and "Decided are 0 of 2." in said


def test_names_from_the_data_do_not_act_on_the_terminal(file, capsys):
    said = shown(capsys, "--table", file([("a", 0.9, 1, f'"{HOSTILE}"'), ("b", 0.8, 0, "x")]), *NAMES, "--cell", "cell")
    assert acting(said) == [] and SHOWN in said


@pytest.mark.parametrize(("options", "sentence"), [
    (["--cell", "kind"], "cases.csv has no column kind; it has case, sure, wrong, cell"),
    (["--cell", "wrong"], "wrong is named twice; expected different columns"),
    (["--confidence", "cell"], "cell is VARCHAR; expected numbers, the larger the surer"),
    (["--wrong", "case"], "case has the value c0; expected 0 and 1, or false and true"),
    (["--cell", "case"], "case has 1500 values; expected at most 50 cells"),
    (["--target", "5"], "target 5.0, level 0.95; expected shares between 0 and 1"),
    (["--level", "95"], "level 95.0; expected shares between 0 and 1"),
    (["--later", "0"], "0.0 later cases for each calibration case; expected a number above 0"),
    (["--later", "nan"], "nan later cases"),
    (["--cell", "cell", "--targets", "ask=0.1"], "no row has the cell ask, which --targets names; the cells are deny"),
    (["--cell", "cell", "--targets", "deny"], "--targets deny: expected CELL=T"),
])
def test_a_mistake_is_one_sentence(file, rows, capsys, options, sentence):
    assert sentence in refused(capsys, "--table", file(rows), *NAMES, *options)


def test_numbers_that_are_no_probabilities_are_named(file, capsys):
    path = file([("a", 1.5, 1, "x"), ("b", 0.8, 0, "x")])
    assert "sure has values below 0 or above 1" in refused(capsys, "--table", path, *NAMES, "--probabilities")
    path = file([("a", 0.5, "", "x")])
    assert "no row has a value in each of sure, wrong" in refused(capsys, "--table", path, *NAMES)


def test_it_runs_as_a_program(file, rows):
    done = subprocess.run([sys.executable, "-m", "jobs.commands.fit_thresholds", "--table", file(rows), *NAMES],
                          cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Decided are" in done.stdout
