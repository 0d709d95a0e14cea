"""Goals as a file: what is read, and each mistake as a sentence."""

import datetime as dt

import pytest

from jobs.decisions.policy_files import read_policies
from jobs.errors import UserError
from jobs.settings import REPOSITORY
from tests.support.policy_folders import changed, policy_folder

GOALS = """[losses]
metric = "net_per_trade"
risks = ["seller/brushing", "user/refund_abuse"]
owner = "risk"
green = 0.01
red = 0.02
due = 2026-12-31
"""


def read(folder, text=GOALS):
    return read_policies(policy_folder(folder, {"goals.toml": text})).goals


def test_a_goal_is_read_and_no_decision_depends_on_it(tmp_path):
    (goal,) = read(tmp_path / "with")
    assert (goal.name, goal.metric, goal.owner) == ("losses", "net_per_trade", "risk")
    assert (goal.green, goal.red, goal.due) == (0.01, 0.02, dt.date(2026, 12, 31))
    assert goal.risks == ("seller/brushing", "user/refund_abuse")
    without = read_policies(policy_folder(tmp_path / "without", {}))
    assert without.goals == () and without.version == read_policies(tmp_path / "with").version


def test_the_version_is_the_meaning(tmp_path):
    (goal,) = read(tmp_path)
    same = changed(changed(GOALS, '"risk"', '"somebody else"'), "0.01", "1e-2")
    assert read(tmp_path, same)[0].version == goal.version
    assert read(tmp_path, changed(GOALS, "red = 0.02", "red = 0.03"))[0].version != goal.version


def test_the_shipped_goals_have_no_mistake():
    goals = read_policies(REPOSITORY / "policies").goals
    assert len({goal.name for goal in goals}) == len(goals) >= 5


@pytest.mark.parametrize(("old", "new", "sentence"), [
    ("net_per_trade", "net_per_trad", "losses.metric: found 'net_per_trad', expected a metric of goals "
                                      "(net_per_trade)."),
    ('"seller/brushing"', '"seller/brushin"', "losses.risks: found 'seller/brushin', expected entity/risk "
                                              "(seller/brushing)."),
    ("red = 0.02", "red = 0.01", "losses.red: found the bound of green, expected another one: less is better if red is "
                                 "above it."),
    ("due = 2026-12-31", 'due = "soon"', "losses.due: found 'soon', expected a day without quotes, such as "
                                         "2026-01-01."),
    ('owner = "risk"\n', "", "losses.owner: missing, expected a text."),
    ("green = 0.01", "green = true", "losses.green: found true, expected a number."),
    ("net_per_trade", "recall", "losses.risks: expected one risk, because random reviews are of one, such as "
                                "['seller/brushing']."),
    ("net_per_trade", "upheld_appeals", "losses.risks: expected none, because an appeal names no risk."),
    ("[losses]", "[Losses]", "Losses: no name of a goal, expected small letters, digits and _, a letter first, at most "
                             "64."),
    ("[losses]", "losses = 3\n[other]", "losses: found 3, expected a table, such as [losses]."),
])
def test_every_mistake_is_a_sentence(tmp_path, old, new, sentence):
    with pytest.raises(UserError) as refused:
        read(tmp_path, changed(GOALS, old, new))
    assert str(refused.value).split("goals.toml: ")[1] == sentence
