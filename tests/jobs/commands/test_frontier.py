"""make frontier: a picture and its table, and a sentence for every mistake."""

import pytest

from jobs import step
from jobs.commands import frontier
from jobs.storage import catalog
from jobs.storage.lake import Lake
from tests.support.builders import TODAY, YESTERDAY, ago
from tests.support.decided_lake import LADDER, decided_home
from tests.support.policy_folders import changed


@pytest.fixture(scope="module")
def decided(tmp_path_factory):
    """A home with decisions of two days."""
    home = tmp_path_factory.mktemp("decided")
    decided_home(home, days=(YESTERDAY, TODAY))
    return home


@pytest.fixture
def home(decided, monkeypatch):
    monkeypatch.setenv("VIGIL_HOME", str(decided))
    monkeypatch.setenv("VIGIL_POLICIES", str(decided / "policies"))
    return decided


def ran(*arguments: str) -> int:
    return step.run(frontier.main, ["--entity", "seller", *arguments])


def refused(capsys, code: int) -> str:
    said = capsys.readouterr().err
    assert code == 1 and "Traceback" not in said and len(said.splitlines()) == 1
    return said


def test_a_range_is_drawn_and_kept_and_a_second_run_gives_the_same_rows(home, tmp_path):
    found = []
    for run in ("r1", "r2"):
        assert ran("--from", str(YESTERDAY), "--to", str(TODAY), "--out", str(tmp_path / "f.png"), "--run-id", run) == 0
        found.append(Lake(str(home / "lake")).arrow(catalog.STRATEGY_FRONTIER.name).to_table().drop_columns(["run_id"]))
    assert found[0].equals(found[1]) and {"frontier", "live"} == set(found[0]["mode"].to_pylist())
    assert (tmp_path / "f.png").read_bytes().startswith(b"\x89PNG")


def test_without_days_the_last_scored_one_is_drawn_into_the_reports_of_the_home(home):
    assert ran() == 0
    assert (home / "reports" / f"frontier-seller-{TODAY}.png").is_file()


def test_a_day_without_scores_is_refused(home, capsys):
    assert "make backfill" in refused(capsys, ran("--to", str(ago(5))))


def test_the_first_day_must_not_be_after_the_last(home, capsys):
    assert "must not be after the last" in refused(capsys, ran("--from", str(TODAY), "--to", str(YESTERDAY)))


def test_an_entity_without_scores_is_refused(home, capsys):
    assert "user_scores: no day has scores" in refused(capsys, step.run(frontier.main, ["--entity", "user"]))


def test_an_entity_without_a_live_policy_is_refused(home, tmp_path, monkeypatch, capsys):
    decided_home(tmp_path, days=(TODAY,), sellers=2)
    (tmp_path / "policies" / "seller.toml").write_text(changed(LADDER, '"live"', '"shadow"'))
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path))
    monkeypatch.setenv("VIGIL_POLICIES", str(tmp_path / "policies"))
    assert "no live policy decides on it" in refused(capsys, ran())
