"""The study of losses not yet reported, at a small size: the drawn interval holds what Mack's misses."""

import pytest

from jobs.studies import development
from jobs.studies.verdict_worlds import World

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def found():
    return development.coverage(World(1), 60)


def test_the_loss_of_a_month_lies_in_at_least_85_of_100_intervals_of_80(found):
    for rate, each in found.items():
        assert each.covered >= 0.85, rate
        assert each.covered + each.below + each.above == pytest.approx(1)


def test_mack_s_interval_is_too_narrow_where_verdicts_are_few(found):
    assert found[1].by_mack < 0.75


def test_more_verdicts_make_a_narrower_interval_and_few_take_the_pooled_pattern(found):
    assert found[50].width < found[10].width < found[3].width
    assert found[1].pooled > 0.5 and found[10].pooled == 0


def test_heavy_amounts_and_a_trend_are_held_too():
    for world in (World(1, amounts=1.8), World(1, trend=0.05), World(1, slow_large=0.3)):
        by_rate = development.coverage(world, 40)
        assert sum(each.covered for each in by_rate.values()) / len(by_rate) >= 0.85


def test_a_break_is_refused_and_unchanged_reviewers_are_not():
    broken, unchanged = (development.refusals(weeks, 12, rates=(3, 30)) for weeks in ((16, 17, 18, 19), ()))
    assert broken[30] >= 0.9 and broken[None] >= 0.9
    assert max(unchanged.values()) <= 0.25


def test_the_section_has_a_row_a_world_and_a_column_a_rate(found):
    text = development.section({"as assumed": found}, {"no change": {1: 0, 3: 0, 10: 0, 30: 0, 50: 0, None: 0.05}}, 60)
    assert "| as assumed | " in text and "| no change | 0% | 0% | 0% | 0% | 0% | 5% |" in text
    assert "| world | 1 a week | 3 a week | 10 a week | 30 a week | 50 a week |" in text


def test_the_command_writes_the_section_of_a_page(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(development, "WORLDS", {"as assumed": World(1)})
    monkeypatch.setattr(development, "BREAKS", {"no change": ()})
    development.main(["--markets", "2", "--out", str(tmp_path / "page.md")])
    assert (tmp_path / "page.md").read_text().startswith("<!-- development-study -->")
    assert "| as assumed |" in capsys.readouterr().out
