"""score_verdicts: figures of verdicts on a small lake, what is left out and why, and a sentence for every mistake."""

import re
import subprocess
import sys

import pytest

from jobs import step
from jobs.commands import score_verdicts
from jobs.settings import REPOSITORY
from tests.support.builders import TODAY, YESTERDAY, ago, at
from tests.support.case_market import OPENED, case_market


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    home = tmp_path_factory.mktemp("market")
    case_market(home / "lake",
                cases=[{"case_id": name, "opened_at": at(YESTERDAY), "kind": "return", "seller_id": "s1",
                        "ds": YESTERDAY} for name in ("late", "vague")],
                case_outcomes=[{"case_id": name, "closed_at": at(day), "responsible": party, "ds": day} for
                               name, day, party in (("late", ago(2), "buyer"), ("vague", TODAY, "undetermined"))])
    return home


@pytest.fixture
def home(market, monkeypatch):
    monkeypatch.setenv("VIGIL_HOME", str(market))
    return market


@pytest.fixture
def file(tmp_path):
    def written(*rows: str, head: str = "case_id,responsible,evidence,swapped,as_of") -> str:
        (tmp_path / "v.csv").write_text("\n".join([head, *rows]) + "\n")
        return str(tmp_path / "v.csv")

    return written


def shown(capsys, *arguments: str) -> str:
    assert step.run(score_verdicts.main, ["--verdicts", *arguments]) == 0
    return capsys.readouterr().out


def refused(capsys, *arguments: str) -> str:
    assert step.run(score_verdicts.main, ["--verdicts", *arguments]) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said and len(said.splitlines()) == 1
    return said


def cells(text: str, name: str) -> list[str]:
    return next(re.split(r"  +", line)[1:] for line in text.splitlines() if line.startswith(f"{name} "))


def rows(count: int, wrong: int) -> list[str]:
    """Verdicts on the first closed cases; the first of them are wrong."""
    return [f"c{n:02},{'buyer' if (n % 2 == 0) == (n < wrong) else 'seller'},,," for n in range(count)]


def test_agreement_with_outcomes_and_second_reviews(home, file, capsys):
    said = shown(capsys, file(*rows(40, wrong=8)), "--ds", str(TODAY))
    assert said.startswith(f"v.csv: 40 verdicts, 0 of them on swapped groups; outcomes known by {TODAY}\n"
                           "Left out of the agreement: none.\n")
    assert cells(said, "verdict and last outcome")[:2] == ["40", "80.0%"]
    assert cells(said, "verdict and last outcome")[4] == "0.600"  # both judges name either party in half of the cases
    # Second reviews say "seller" of c00, c03, c04, c07 and so on; the desk agrees with the even ones.
    assert cells(said, "last outcome and second review")[:2] == ["20", "50.0%"]
    assert cells(said, "verdict and second review")[:2] == ["20", "50.0%"]
    assert cells(said, "seller")[:2] == ["20", "80.0%"] and cells(said, "seller")[-4:] == ["4", "16", "0", "0"]
    assert cells(said, "carrier")[0] == "0"


def test_verdicts_that_are_left_out_are_counted_with_the_reason(home, file, capsys):
    said = shown(capsys, file(
        *rows(10, wrong=0), "c00,buyer,,,", "nobody,buyer,,,", "open,seller,,,", "late,buyer,,,", "vague,buyer,,,",
        "c11,,,,", "c12,undetermined,,,", f"c13,seller,,,{ago(OPENED)}"))
    assert ("Left out of the agreement: 2 abstained; 1 no outcome so far; 1 no such case; 1 the case arrived after the "
            "day of the dossier; 1 the outcome arrived before the case, and the dossier shows it; 1 the outcome names "
            "no party; 1 repeat a case and variant.") in said
    assert cells(said, "verdict and last outcome")[:2] == ["10", "100.0%"]


def test_outcomes_that_arrived_after_the_day_do_not_count(home, file, capsys):
    said = shown(capsys, file(*rows(40, wrong=0)), "--ds", str(ago(OPENED - 15)))  # c00 to c09 are closed, c15 arrived
    assert "20 no outcome so far" not in said and "6 no outcome so far; 24 no such case" in said


def test_cited_evidence_exists_is_absent_or_is_none(home, file, capsys):
    said = shown(capsys, file("c00,seller,seller_admits;handed_over_in_person,,", "c01,buyer,seller_admits,,",
                              "c02,seller,seller_admits;bad_mood,,", "nobody,buyer,seller_admits,,"))
    assert "Cited evidence: 5 pieces in 3 verdicts.\n60.0% (" in said
    assert "exist in the dossier, 1 pieces do not, 1 are no evidence that is defined." in said
    early = shown(capsys, file("c00,seller,seller_admits,,", head="case_id,responsible,evidence,x,y"))
    assert "100.0% (" in early and "all variants" not in early
    assert "Cited evidence" not in shown(capsys, file("c00,seller", head="case_id,responsible"))


def test_verdicts_stay_or_change_under_swapped_groups(home, file, capsys):
    said = shown(capsys, file("c00,seller,,,", "c01,buyer,,,", "c00,buyer,,region,", "c01,buyer,,region,",
                              "c00,seller,,age,", "c02,buyer,,age,"))
    assert cells(said, "all variants")[:2] == ["2", "50.0%"]
    assert cells(said, "region")[:2] == ["2", "50.0%"] and cells(said, "age")[:2] == ["1", "100.0%"]
    assert "Left out: 1 cases with a variant, and no verdict on the case as it is." in said
    assert cells(said, "verdict and last outcome")[:2] == ["2", "100.0%"]  # swapped ones are no part of it


def test_a_mistake_is_one_sentence(home, file, capsys, tmp_path):
    assert "there is no verdict" in refused(capsys, file())
    assert "there is no such file" in refused(capsys, str(tmp_path / "none.csv"))
    assert "expected buyer, seller, carrier, platform" in refused(capsys, file("c00,both,,,"))
    assert "no case that had arrived" in refused(capsys, file("c00,buyer,,,"), "--ds", str(ago(90)))


def test_it_runs_as_a_program(home, file):
    done = subprocess.run([sys.executable, "-m", "jobs.commands.score_verdicts", "--verdicts", file(*rows(4, 0))],
                          cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "") and "verdict and last outcome" in done.stdout
