"""evidence_rates: counts of a small lake and of a file, and a sentence for every mistake."""

import re
import subprocess
import sys

import pytest

from jobs import step
from jobs.commands import evidence_rates
from jobs.settings import REPOSITORY
from tests.support.builders import ago, at
from tests.support.case_market import OPENED, WAIT, case_market


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    home = tmp_path_factory.mktemp("market")
    case_market(home / "lake")
    return home


@pytest.fixture
def home(market, monkeypatch):
    monkeypatch.setenv("VIGIL_HOME", str(market))
    return market


def shown(capsys, *arguments: str) -> str:
    assert step.run(evidence_rates.main, list(arguments)) == 0
    return capsys.readouterr().out


def refused(capsys, *arguments: str) -> str:
    assert step.run(evidence_rates.main, list(arguments)) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said and len(said.splitlines()) == 1
    return said


def cells(text: str, name: str) -> list[str]:
    return next(line.split() for line in text.splitlines() if line.startswith(f"{name} "))


def test_evidence_of_the_lake_has_its_counts_and_shares(home, capsys):
    said = shown(capsys)
    assert "40 closed cases with a party at fault" in said
    assert cells(said, "seller_admits")[1:8] == ["seller", "strong", "40", "20", "50.0%", "100.0%", "0.0%"]
    assert cells(said, "buyer_changes_story")[3:5] == ["40", "20"]
    # All closed cases have the same parcel, so that the carrier's scan says nothing, and is against the buyer.
    assert cells(said, "handed_over_in_person")[1:5] == ["buyer", "medium", "40", "20"]
    assert "Not known in any case, and left out: photo_shown_before, photo_of_own_earlier_case" in said
    assert "No evidence points elsewhere." in said and shown(capsys) == said


def test_only_outcomes_that_had_arrived_count(home, capsys):
    said = shown(capsys, "--ds", str(ago(OPENED - WAIT - 9)))  # c00 to c09 are closed
    assert "10 closed cases" in said and cells(said, "seller_admits")[3:5] == ["10", "5"]


def test_a_reversed_outcome_counts_as_its_last(tmp_path, monkeypatch, capsys):
    reversal = {"case_id": "c00", "closed_at": at(ago(9)), "responsible": "carrier", "ds": ago(9)}
    case_market(tmp_path / "lake", case_outcomes=[reversal])
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path))
    assert cells(shown(capsys), "seller_admits")[3:7] == ["40", "20", "50.0%", "95.0%"]
    assert cells(shown(capsys, "--ds", str(ago(10))), "seller_admits")[6] == "100.0%"


def test_a_file_with_evidence_that_points_elsewhere(tmp_path, capsys):
    lines = ["responsible,parcel_is_light,seller_admits"] + ["buyer,1,0"] * 30 + ["seller,0,1"] * 30 + ["seller,,"] * 2
    (tmp_path / "x.csv").write_text("\n".join([*lines, "undetermined,1,1"]) + "\n")
    said = shown(capsys, "--table", str(tmp_path / "x.csv"))
    assert said.startswith("x.csv: 62 closed cases")
    assert cells(said, "parcel_is_light")[3:8] == ["60", "30", "50.0%", "0.0%", "100.0%"]
    assert "points elsewhere" in next(line for line in said.splitlines() if line.startswith("parcel_is_light "))
    assert re.search(r"^parcel_is_light: its party is less often at fault", said, re.M)


def test_json_lines_are_read(tmp_path, capsys):
    (tmp_path / "x.jsonl").write_text('{"responsible": "seller", "seller_admits": true}\n'
                                      '{"responsible": "buyer", "seller_admits": false}\n')
    assert cells(shown(capsys, "--table", str(tmp_path / "x.jsonl")), "seller_admits")[3:7] == [
        "2", "1", "50.0%", "100.0%"]


@pytest.mark.parametrize(("text", "sentence"), [
    ("responsible,colour\nbuyer,1\n", "found no column named as a piece of evidence, expected one or more of photo_"),
    ("party,seller_admits\nbuyer,1\n", "has no column responsible; it has party, seller_admits"),
    ("responsible,seller_admits\nbuyer,2\nbuyer,x\n", "seller_admits has 2 values besides 0 and 1"),
])
def test_a_faulty_file_is_one_sentence(tmp_path, capsys, text, sentence):
    (tmp_path / "x.csv").write_text(text)
    assert sentence in refused(capsys, "--table", str(tmp_path / "x.csv"))


def test_a_day_before_the_first_case_and_a_lake_without_cases_are_one_sentence(home, tmp_path, monkeypatch, capsys):
    assert f"found no case that had arrived by {ago(OPENED + 1)}" in refused(capsys, "--ds", str(ago(OPENED + 1)))
    assert "expected one of the two" in refused(capsys, "--ds", str(ago(1)), "--table", "x")
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path))
    assert "ingest it: make nightly" in refused(capsys)


def test_it_runs_as_a_program(home):
    done = subprocess.run([sys.executable, "-m", "jobs.commands.evidence_rates"], cwd=REPOSITORY, capture_output=True,
                          text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "") and "seller_admits" in done.stdout
