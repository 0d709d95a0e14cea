"""docs/abstention.md: its code runs on planted cases, and the made-up decisions give the output that it shows."""

import re

import numpy as np
import xgboost

from jobs import step
from jobs.after_sales.next_batch import broken_p
from jobs.commands import fit_thresholds
from jobs.settings import REPOSITORY

PAGE = (REPOSITORY / "docs" / "abstention.md").read_text(encoding="utf-8")
CODE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_command_gives_the_output_of_the_page(tmp_path, monkeypatch, capsys):
    code = next(block for block in CODE if "decisions.csv" in block)
    command = re.search(r"fit_thresholds (--table decisions\.csv .*?)\n\n", PAGE, re.DOTALL)[1]
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert step.run(fit_thresholds.main, command.replace("\\\n", " ").split()) == 0
    assert capsys.readouterr().out == re.search(r"```\n(decisions\.csv.*?)```", PAGE, re.DOTALL)[1]


def test_the_fewest_rows_that_pass_are_those_of_the_page():
    later, fewest = re.search(r"error (\d+) rows are the fewest that pass, with `later=([\d.]+)`", PAGE).groups()[::-1]
    p = broken_p(np.zeros(300), np.arange(1, 301), 0.05, float(later))
    enough = np.arange(1, 301) >= 59  # a smaller sample says nothing of the rate
    assert int(np.flatnonzero(enough & (p <= 0.05))[0]) + 1 == int(fewest)


def test_the_code_of_the_correction_runs():
    rng = np.random.default_rng(1)
    truth, features = rng.integers(0, 4, 200), rng.normal(size=(300, 2))
    names = {"desk_of_reviewed": truth, "truth_of_reviewed": truth, "region_of_reviewed": ["islands", "coast"] * 100,
             "rows": xgboost.DMatrix(features, label=rng.integers(0, 4, 300)), "region": ["coast"] * 300,
             "later": xgboost.DMatrix(features[:5])}
    exec(next(block for block in CODE if "import xgboost" in block), names)
    assert names["share"].shape == (5, 4)
    assert np.abs(names["share"].sum(axis=1) - 1).max() < 1e-6
