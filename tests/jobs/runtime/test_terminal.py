"""What a terminal can do, seen from inside real ones."""

import json

import pytest

from jobs.runtime import terminal
from tests.support.pseudo_terminal import shown

ASK = """
import json, sys
from jobs.runtime import terminal
print(json.dumps([terminal.width(), terminal.can_rewrite(sys.stdout), terminal.has_colours(sys.stdout)]))
"""


@pytest.mark.parametrize(("columns", "more", "expected"), [
    (80, {}, [80, True, True]), (132, {}, [132, True, True]), (20, {}, [40, True, True]),
    (80, {"NO_COLOR": "1"}, [80, True, False]), (80, {"TERM": "dumb"}, [80, False, False]),
    (80, {"TERM": ""}, [80, False, False])])
def test_width_and_abilities_follow_the_terminal(columns, more, expected):
    assert json.loads(shown(ASK, columns, **more)[1]) == expected


def test_a_file_is_no_terminal(monkeypatch, tmp_path):
    monkeypatch.setenv("TERM", "xterm")
    with (tmp_path / "out").open("w") as file:
        assert not terminal.can_rewrite(file) and not terminal.has_colours(file)
