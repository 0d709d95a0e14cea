"""Intervals of an audit in simulated worlds: which hold, and the page's section."""

import pytest

from jobs import step
from jobs.studies import audit_intervals
from jobs.studies.audit_intervals import World, held


def test_intervals_by_effective_rows_hold_where_rows_and_the_percentile_bootstrap_do_not():
    found = held(World(60, 0.15), worlds=150, seed=1)
    assert found.effective >= 0.93 and found.called <= 0.05
    assert found.by_row < 0.9 and found.bootstrap < 0.93 and found.called_by_row > 0.15


def test_without_correlation_all_of_them_hold():
    found = held(World(300, 0.0), worlds=150, seed=1)
    assert (found.effective, found.by_row, found.bootstrap) == (pytest.approx(0.955, abs=0.045),) * 3


def test_the_section_of_a_page(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(audit_intervals, "WORLDS", (World(60, 0.15),))
    page = tmp_path / "page.md"
    for _ in range(2):
        assert step.run(audit_intervals.main, ["--worlds", "4", "--out", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!-- audit-intervals -->") and text.count("<!-- audit-intervals -->") == 1
    assert "| 60 | 0.15 | 0.1 | one | " in text and "| 60 | 0.15 | " in capsys.readouterr().out
