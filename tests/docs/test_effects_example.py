"""docs/effects.md: the made-up file gives the output that the page shows."""

import re

from jobs import step
from jobs.commands import show_effect
from jobs.settings import REPOSITORY

PAGE = (REPOSITORY / "docs" / "effects.md").read_text(encoding="utf-8")


def test_the_example_gives_the_output_of_the_page(tmp_path, monkeypatch, capsys):
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
    command = re.search(r"show_effect (--table holdout\.csv .*?)\n\n", PAGE, re.DOTALL)[1]
    shown = re.search(r"```\n(holdout\.csv: .*?)```", PAGE, re.DOTALL)[1]
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert step.run(show_effect.main, command.replace("\\\n", " ").split()) == 0
    assert capsys.readouterr().out == shown
