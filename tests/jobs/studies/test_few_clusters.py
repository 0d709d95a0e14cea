"""Few clusters: which interval holds, and the page's section."""

import pytest

from jobs import step
from jobs.studies import few_clusters
from jobs.studies.few_clusters import covered


def test_the_wild_bootstrap_holds_where_others_do_not():
    found = covered(10, 4, worlds=250, seed=1)
    assert found.bootstrap == pytest.approx(0.95, abs=0.04)
    assert found.by_unit < 0.5 < found.normal < found.by_cluster < found.bootstrap


def test_many_clusters_need_no_bootstrap():
    found = covered(80, 40, worlds=150, seed=1)
    assert found.by_cluster == pytest.approx(0.95, abs=0.045)


def test_the_section_of_a_page(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(few_clusters, "DESIGNS", ((6, 3),))
    page = tmp_path / "page.md"
    for _ in range(2):
        assert step.run(few_clusters.main, ["--worlds", "5", "--out", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!-- few-clusters -->") and text.count("<!-- few-clusters -->") == 1
    assert "| 6 | 3 | " in text and "| 6 | 3 | " in capsys.readouterr().out
