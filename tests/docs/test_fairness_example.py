"""docs/fairness.md: the made-up files give the output that the page shows."""

import re

from jobs import step
from jobs.commands import audit_fairness
from jobs.settings import REPOSITORY

PAGE = (REPOSITORY / "docs" / "fairness.md").read_text(encoding="utf-8")
CODE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SHOWN = re.findall(r"```\n((?:cases\.csv|0\.5).*?)```", PAGE, re.DOTALL)


def test_the_audit_gives_the_output_of_the_page(tmp_path, monkeypatch, capsys):
    command = re.search(r"audit_fairness (--table cases\.csv .*?)\n\n", PAGE, re.DOTALL)[1]
    monkeypatch.chdir(tmp_path)
    exec(CODE[0], {})
    assert step.run(audit_fairness.main, command.replace("\\\n", " ").split()) == 0
    assert capsys.readouterr().out == SHOWN[0]


def test_the_swap_gives_the_output_of_the_page(capsys):
    exec(CODE[1], {})
    assert capsys.readouterr().out == SHOWN[1]
