"""make backtest: the page of a changed policy, and a sentence for every mistake."""

import shutil

import pytest

from jobs import step
from jobs.commands import backtest
from jobs.storage import catalog
from jobs.storage.lake import Lake
from tests.support.builders import TODAY, YESTERDAY, ago
from tests.support.decided_lake import LADDER, POLICIES, decided_home, scored_home
from tests.support.policy_folders import changed, policy_folder

pytestmark = pytest.mark.slow

LOOSE = changed(LADDER, "score >= 0.6 and level = 'critical'", "score >= 0.3")
DAYS = (ago(2), YESTERDAY, TODAY)


@pytest.fixture(scope="module")
def decided(tmp_path_factory):
    home = tmp_path_factory.mktemp("decided")
    decided_home(home, days=DAYS)
    (home / "loose.toml").write_text(LOOSE)
    return home


@pytest.fixture
def home(decided, tmp_path, monkeypatch):
    """A copy of a home with decisions of three days, and loose.toml beside its policies."""
    shutil.copytree(decided, tmp_path / "home")
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VIGIL_POLICIES", str(tmp_path / "home" / "policies"))
    return tmp_path / "home"


def ran(home, *more: str, policy: str = "loose.toml", first=DAYS[0], last=TODAY) -> int:
    return step.run(backtest.main, ["--policy", str(home / policy), "--from", str(first), "--to", str(last), *more])


def refused(capsys, code: int) -> str:
    """The one sentence of a refusal."""
    said = capsys.readouterr().err
    assert code == 1 and "Traceback" not in said
    (line,) = [line for line in said.splitlines() if "no champion, so no scores" not in line]
    return line


def test_the_page_is_printed_and_written_and_the_table_has_its_figures(home, capsys):
    assert ran(home, "--out", str(home / "new" / "page.txt")) == 0
    out = capsys.readouterr().out
    page = (home / "new" / "page.txt").read_text()
    assert page in out and "loose (" in page and "3 days with scores" in page and "region" in page
    rows = Lake(str(home / "lake")).arrow(catalog.STRATEGY_BACKTEST.name).to_table().to_pylist()
    of_all = {row["side"]: row for row in rows if row["segment_by"] == "all"}
    assert of_all["newly acted"]["rows"] > 0 and {row["scores"] for row in rows} == {"kept"}  # there is no champion
    assert of_all["policy"]["guilty_rows"] > 0 and "none" in {
        row["segment"] for row in rows if row["segment_by"] == "region"}


def test_a_second_run_gives_the_same_rows(home, capsys):
    found = []
    for run in ("r1", "r2"):
        assert ran(home, "--scores", "kept", "--run-id", run) == 0
        rows = Lake(str(home / "lake")).arrow(catalog.STRATEGY_BACKTEST.name).to_table()
        found.append(rows.drop_columns(["run_id"]))
    assert found[0].equals(found[1])


def test_a_policy_against_itself_changes_nothing(home, capsys):
    (home / "same.toml").write_text(LADDER)
    assert ran(home, "--scores", "kept", policy="same.toml") == 0
    rows = Lake(str(home / "lake")).arrow(catalog.STRATEGY_BACKTEST.name).to_table().to_pylist()
    of_all = {row["side"]: row for row in rows if row["segment_by"] == "all"}
    assert of_all["newly acted"]["rows"] == of_all["released"]["rows"] == 0 < of_all["policy"]["rows"]
    assert {name: value for name, value in of_all["policy"].items() if name != "side" and "_lo_" not in name
            and "_hi_" not in name} == {name: value for name, value in of_all["against"].items()
                                        if name != "side" and "_lo_" not in name and "_hi_" not in name}


def test_two_files_are_compared_with_each_other(home, capsys):
    (home / "same.toml").write_text(LADDER)
    assert ran(home, "--scores", "kept", "--against", str(home / "same.toml")) == 0
    assert "against same (" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_named(home, capsys):
    assert "none.toml: no such file. Expected the TOML file of a policy" in refused(capsys, ran(
        home, policy="none.toml"))
    assert "x.toml: no such file" in refused(capsys, ran(home, "--against", "x.toml"))


def test_a_mistake_in_the_file_is_named(home, capsys):
    (home / "loose.toml").write_text(changed(LOOSE, "score >= 0.3", "scor >= 0.3"))
    assert "loose.toml" in refused(capsys, ran(home))


def test_a_queue_that_is_not_in_the_folder_is_named(home, capsys):
    (home / "loose.toml").write_text(changed(LOOSE, 'queue = "shops"', 'queue = "nobody"'))
    assert "queue 'nobody' is not in" in (said := refused(capsys, ran(home))) and "Expected one of: shops" in said


def test_a_queue_without_the_risks_of_the_policy_is_named(home, capsys):
    policy_folder(home / "policies", {
        "queues.toml": changed(POLICIES["queues.toml"], ', "seller/click_farm"', ""), "seller.toml": changed(changed(
            LADDER, '["brushing", "click_farm"]', '["brushing"]'), "click_farm = 0\n", "")})
    assert "queue 'shops' does not have seller/click_farm" in refused(capsys, ran(home))


def test_policies_of_two_entities_are_not_compared(home, capsys):
    users = changed(changed(changed(changed(
        LADDER, 'entity = "seller"', 'entity = "user"'), '["brushing", "click_farm"]', '["refund_abuse"]'),
        "brushing = 20_000\nclick_farm = 0", "refund_abuse = 1"), 'queue = "shops"', 'queue = "users"')
    (home / "users.toml").write_text(users)
    queues = POLICIES["queues.toml"] + changed(POLICIES["queues.toml"].replace("[shops]", "[users]"),
                                               '"seller/brushing", "seller/click_farm"', '"user/refund_abuse"')
    policy_folder(home / "policies", POLICIES | {"queues.toml": queues})
    assert "users.toml: decides on user, and" in refused(capsys, ran(home, "--against", str(home / "users.toml")))


def test_the_first_day_must_not_be_after_the_last(home, capsys):
    assert "the first must not be after the last" in refused(capsys, ran(home, first=TODAY, last=YESTERDAY))


def test_days_without_scores_are_named_with_the_command_that_makes_them(home, capsys):
    assert f"Scored days: {DAYS[0]} to {TODAY}" in (said := refused(capsys, ran(home, first=ago(9), last=ago(8))))
    assert "make backfill FROM=" in said


def test_days_without_scores_between_others_are_left_out_and_counted(home, capsys):
    assert ran(home, "--scores", "kept", first=ago(4)) == 0
    assert "2 of 5 days have no scores and are left out" in (said := capsys.readouterr()).err + said.out


def test_champions_alone_need_a_champion(home, capsys):
    assert "seller: no champion. Expected one" in refused(capsys, ran(home, "--scores", "champion"))


def test_a_page_that_cannot_be_written_is_refused_before_the_work(home, capsys):
    assert "is a folder" in refused(capsys, ran(home, "--out", str(home)))
    assert not Lake(str(home / "lake")).has(catalog.STRATEGY_BACKTEST.name)


def test_a_lake_without_verdicts_decisions_and_reviews_has_unknown_rows(home, capsys):
    for name in ("verdicts", "decision_daily"):
        shutil.rmtree(home / "lake" / name)
        (home / "lake" / "_tables" / f"{name}.json").unlink()
    assert ran(home, "--scores", "kept") == 0
    assert " ".join(["guilty", "by", "a", "verdict", "0", "0", "0", "0"]) in " ".join(capsys.readouterr().out.split())


def test_a_home_without_a_night_is_refused(tmp_path, home, monkeypatch, capsys):
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path / "empty"))
    assert "Scored days: none" in refused(capsys, ran(home))


def test_scores_without_an_ingested_day_are_refused(tmp_path, home, monkeypatch, capsys):
    scored_home(tmp_path / "other", [TODAY], sellers=1)
    shutil.rmtree(tmp_path / "other" / "lake" / "ingest_log")
    (tmp_path / "other" / "lake" / "_tables" / "ingest_log.json").unlink()
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path / "other"))
    assert "no day was ingested" in refused(capsys, ran(home, first=TODAY))
