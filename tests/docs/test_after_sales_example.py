"""docs/after-sales.md: the worked example gives the output of the page, and the arithmetic by hand is right."""

import re

from jobs.settings import REPOSITORY

PAGE = (REPOSITORY / "docs" / "after-sales.md").read_text(encoding="utf-8")


def test_the_example_gives_the_output_of_the_page(monkeypatch, capsys):
    monkeypatch.chdir(REPOSITORY)
    exec(re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1], {})
    assert capsys.readouterr().out == re.search(r"```\n(refund .*?)```", PAGE, re.DOTALL)[1]


def test_the_first_cost_by_hand_is_the_first_of_the_output():
    sums = re.search(r"Together (10,000 \+ 120 [^=]*) = ([\d,]+)\.", PAGE)
    assert round(eval(sums[1].replace(",", "").replace("×", "*"))) == int(sums[2].replace(",", ""))
    assert re.search(r"```\nrefund +([\d,]+) ", PAGE)[1] == sums[2]
