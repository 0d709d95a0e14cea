"""audit_fairness: rates and gaps of a file to four places, and a sentence for every mistake."""

import re
import subprocess
import sys

import numpy as np
import pytest

from jobs import step
from jobs.commands import audit_fairness
from jobs.settings import REPOSITORY
from jobs.statistics.shares import wilson
from jobs.studies.audit_intervals import GAP, World, drawn
from tests.support.hostile_text import HOSTILE, SHOWN, acting


@pytest.fixture
def file(tmp_path):
    def written(text: str):
        (tmp_path / "cases.csv").write_text(text, encoding="utf-8")
        return str(tmp_path / "cases.csv")

    return written


@pytest.fixture(scope="module")
def text() -> str:
    of = drawn(World(300, 0.05), np.random.default_rng(3), GAP)
    lines = ["guilty,denied,region,seller,scan,age"]
    lines += [f"{int(label)},{int(decision)},{group},s{seller},{'yes' if n % 3 else 'no'},{n % 70}" for
              n, (label, decision, group, seller) in enumerate(zip(of.label, of.decision, of.group, of.cluster))]
    return "\n".join([*lines, ",1,coast,s1,yes,3"]) + "\n"


NAMES = ["--label", "guilty", "--decision", "denied", "--group", "region"]


def shown(capsys, *arguments: str) -> str:
    assert step.run(audit_fairness.main, list(arguments)) == 0
    return capsys.readouterr().out


def refused(capsys, *arguments: str) -> str:
    assert step.run(audit_fairness.main, list(arguments)) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said and "Log:" not in said and len(said.splitlines()) == 1
    return said


def cells(text: str, metric: str, group: str) -> list[str]:
    return next(line.split()[len(metric.split()) + 1:] for line in text.splitlines()
                if re.match(rf"{metric} +{group} ", line))


def test_rates_with_intervals_to_four_places(file, capsys):
    text = "guilty,denied,region\n" + "".join(
        f"{label},{decision},{region}\n" * count for label, decision, region, count in [
            (0, 1, "a", 10), (0, 0, "a", 90), (1, 1, "a", 40), (1, 0, "a", 10), (0, 1, "b", 30), (0, 0, "b", 70),
            (1, 1, "b", 45), (1, 0, "b", 5)])
    said = shown(capsys, "--table", file(text), *NAMES)
    assert said.startswith("cases.csv: 300 rows, 0 left out for an empty guilty, denied or region\n")
    end = wilson(0.1, 100)
    assert cells(said, "FPR", "a")[:5] == ["100", "0.1000", f"{end.low:.4f}", f"{end.high:.4f}", "-0.2000"]
    assert cells(said, "FNR", "a")[:2] == ["50", "0.2000"] and cells(said, "PPV", "a")[:2] == ["50", "0.8000"]
    assert cells(said, "PPV", "b")[:2] == ["75", "0.6000"]
    assert cells(said, "selection rate", "b")[:2] == ["150", "0.5000"]
    assert "Rows of one seller or buyer are not: name the column with --cluster." in said
    assert re.search(r"Equalised odds .*: p 0\.00\d\d; the largest gap is FPR of [ab], [+-]0\.2000\.", said)


def test_clusters_evidence_and_features(file, text, capsys):
    arguments = ["--table", file(text), *NAMES, "--cluster", "seller", "--evidence", "scan", "--features", "age,scan",
                 "--seed", "4"]
    said = shown(capsys, *arguments)
    assert "1 left out for an empty guilty, denied, region, seller or scan, in 300 clusters" in said
    assert "FPR of islands +0." in said
    assert "The same evidence (scan): how much more often denied = 1" in said
    assert re.search(r"^islands +[\d,]+ +[\d,]+ +2  \+0\.", said, re.M)
    assert re.search(r"^age +-?0\.0\d{3} ", said, re.M) and "share of region" in said
    assert shown(capsys, *arguments) == said and "--cluster" not in said


def test_words_abstentions_a_reference_and_a_level(file, text, capsys):
    words = re.sub(r"^(\d),(\d)", lambda found: f"{'bad' if found[1] == '1' else 'good'},"
                   f"{'deny' if found[2] == '1' else 'pay'}", text, flags=re.M)
    words = words.replace("pay,coast", "ask,coast", 40)
    said = shown(capsys, "--table", file(words), *NAMES, "--positive", "bad,deny", "--abstained", "ask",
                 "--reference", "coast", "--level", "0.8")
    assert "positive: guilty = bad, denied = deny" in said and "gap to coast" in said and "low (0.8)" in said
    assert len(cells(said, "abstention rate", "coast")) == 4
    assert cells(said, "abstention rate", "inland")[1] == "0.0000"


def test_few_clusters_are_warned_of(file, text, capsys):
    few = re.sub(r",s(\d+),", lambda found: f",s{int(found[1]) % 5},", text)
    said = shown(capsys, "--table", file(few), *NAMES, "--cluster", "seller")
    assert "Fewer than 10 clusters stand behind a rate of coast, inland, islands" in said


def test_names_from_the_data_do_not_act_on_the_terminal(file, capsys):
    text = f'guilty,denied,region\n1,0,a\n0,1,a\n1,1,"{HOSTILE}"\n0,0,"{HOSTILE}"\n'
    said = shown(capsys, "--table", file(text), *NAMES)
    assert acting(said) == [] and SHOWN in said


@pytest.mark.parametrize(("options", "sentence"), [
    (["--group", "zone"], "cases.csv has no column zone; it has guilty, denied, region, seller, scan, age"),
    (["--reference", "hills"], "no row has region = hills, which --reference names; the groups are coast, inland, isl"),
    (["--level", "95"], "--level 95 --seed 1: expected a level between 0.5 and 1"),
    (["--seed", "-1"], "a seed from 0 up"),
    (["--decision", "scan"], "scan has the values no and yes, and it is not known which is positive"),
    (["--decision", "age"], "age has 70 values, 0, 1, 10, 11 and more; expected two: 0 and 1"),
    (["--evidence", "denied"], "denied is named twice"),
])
def test_a_mistake_is_one_sentence(file, text, capsys, options, sentence):
    assert sentence in refused(capsys, "--table", file(text), *NAMES, *options)


def test_a_missing_file_is_one_sentence(tmp_path, capsys):
    assert "there is no such file" in refused(capsys, "--table", str(tmp_path / "x.csv"), *NAMES)


def test_it_runs_as_a_program(file, text):
    done = subprocess.run([sys.executable, "-m", "jobs.commands.audit_fairness", "--table", file(text), *NAMES],
                          cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "selection rate" in done.stdout
