"""docs/effects.md: the made-up file gives the output that the page shows."""

import re

from jobs import step
from jobs.commands import show_effect
from jobs.settings import REPOSITORY

TURNS = ("--table turns.csv --arm arm --control held --metric orders --region region --day day --block-days 7 "
         "--burn-in {}")
PAGE = (REPOSITORY / "docs" / "effects.md").read_text(encoding="utf-8")


def test_the_example_gives_the_output_of_the_page(tmp_path, monkeypatch, capsys):
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
    command = re.search(r"show_effect (--table holdout\.csv .*?)\n\n", PAGE, re.DOTALL)[1]
    shown = re.search(r"```\n(holdout\.csv: .*?)```", PAGE, re.DOTALL)[1]
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert step.run(show_effect.main, command.replace("\\\n", " ").split()) == 0
    assert capsys.readouterr().out == shown


def test_the_switchback_gives_the_output_of_the_page_with_and_without_a_burn_in(tmp_path, monkeypatch, capsys):
    code = re.search(r"```python\n([^`]*?turns\.csv.*?)```", PAGE, re.DOTALL)[1]
    command = re.search(r"show_effect (--table turns\.csv .*?)\n\n", PAGE, re.DOTALL)[1]
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert command.replace("\\\n", " ").split() == TURNS.format(2).split()
    shown = re.findall(r"```\n(turns\.csv: .*?)```", PAGE, re.DOTALL)
    for burn_in, of_page in zip((2, 0), shown, strict=True):
        assert step.run(show_effect.main, TURNS.format(burn_in).split()) == 0
        assert capsys.readouterr().out == of_page
