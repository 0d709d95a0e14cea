"""The end of a night on a terminal: rows, what to open and commands; and ids that want to act on the terminal.

The rows go the whole way: landed files, ingest on Sail, features, a model, publishing.
"""

import pytest

from jobs import step
from jobs.commands import sql
from jobs.decisions.decision_tables import decide_and_commit
from jobs.decisions.policy_files import read_policies
from jobs.decisions.risk_tables import publish
from jobs.feature_store import entity_features, freshness
from jobs.quality.commit_gate import audit_and_commit
from jobs.quality.stages import feature_audits, score_audits
from jobs.reporting import terminal_summary
from jobs.runtime.terminal_text import cell_count
from jobs.scoring.predict import score
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from jobs.training.boosting import train_model
from jobs.training.calibration import Calibration
from jobs.training.registry import ModelVersion
from tests.support.builders import day
from tests.support.hostile_text import HOSTILE, SHOWN, acting
from tests.support.ingested_days import land, order, taken_in
from tests.support.training_rows import MODEL, rows

# What is printed does not depend on the engine: the faster one serves it.
pytestmark = pytest.mark.engine("sail")

THU, FRI = day("2026-11-19"), day("2026-11-20")
SELLER = f"s{HOSTILE}"


@pytest.fixture(scope="module")
def config(spark, tmp_path_factory):
    """A published day with a hostile seller id, a score of every seller, and none of any user."""
    config = load_settings({"VIGIL_HOME": str(tmp_path_factory.mktemp("home"))})
    land(config, "orders", FRI, order("o1", user_id="u1", seller_id=SELLER), order("o2", user_id="u2"))
    taken_in(spark, config, config.lake, [FRI])
    lake = Lake(config.lake, "night")
    entity_features.build(spark, lake, [FRI])
    audit_and_commit(spark, lake, "features", FRI, feature_audits())
    for entity in freshness.entities(lake):
        score(spark, lake, entity, [FRI], {MODEL.risk: champion()} if entity == MODEL.entity else {})
    audit_and_commit(spark, lake, "scores", FRI, score_audits())
    decide_and_commit(Lake(config.lake, "night"), [FRI], read_policies(config.policies))
    publish(spark, Lake(config.lake, "night"), [FRI])
    return config


def champion() -> ModelVersion:
    """A model that takes every seller for risky."""
    trained = train_model(MODEL, rows(1), rows(2), seed=7)
    return ModelVersion(MODEL, "1", "run", trained.booster, Calibration(0.01, 2.0), MODEL.columns,
                        MODEL.feature_set.hash, {})


@pytest.fixture
def summary(config, capsys, monkeypatch):
    """What the end of the night prints in a terminal of some columns."""
    def printed(columns: int = 80, ds=FRI) -> str:
        monkeypatch.setenv("COLUMNS", str(columns))
        terminal_summary.show(config, ds)
        return capsys.readouterr().out
    return printed


def test_a_hostile_id_is_shown_as_escapes_at_the_end_of_a_night(summary):
    text = summary(140)
    assert f"\ns{SHOWN}\n" in text and acting(text) == []
    assert text.count("  critical  ") == 2


@pytest.mark.parametrize("columns", [40, 60, 80, 140])
def test_the_tables_fit_the_terminal(summary, columns):
    paths = [line for line in summary(columns).splitlines() if "/lake/" not in line]
    assert max(map(cell_count, paths)) <= columns


def test_an_entity_without_a_champion_says_how_to_learn_why(summary):
    text = " ".join(summary().split())
    assert f"riskiest users of {FRI}: no scores, because no model of users has a champion; training says why." in text
    assert f"make train DS={FRI} train again; says why a model has no champion" in text


def test_a_day_without_rows_is_not_taken_for_a_missing_champion(summary):
    text = summary(ds=THU)
    assert f"The riskiest sellers of {THU}: none arrived." in text and "no model" not in text
    assert "make sql Q=" not in text


def test_the_paths_to_open_exist(config, summary, monkeypatch):
    monkeypatch.chdir(config.home)
    lines = summary(140).partition("Open next:\n")[2].partition("\n\n")[0].splitlines()
    assert lines[0].split() == ["lake/seller_risk_daily", "Delta", "table,", "2", "rows", "of", str(FRI)]
    assert all((config.home / line.split()[0]).exists() for line in lines[:-1])
    assert lines[-1].split()[0] == "docs/tables.md"


def test_suggested_queries_are_about_a_risk_with_scores_and_about_reviews_and_run(config, summary, monkeypatch, capsys):
    monkeypatch.setenv("VIGIL_HOME", str(config.home))
    for text, shown in zip(summary().split('make sql Q="')[1:], (f"{MODEL.risk}_score", "rank"), strict=True):
        sql.main([text.partition('"')[0]])
        assert shown in capsys.readouterr().out


QUERIES = ["select seller_id, risk_score from seller_risk_daily", "select seller_id as \"{hostile}\" from orders",
           "select {{'{hostile}': seller_id}} as s from orders", "select list(seller_id) as l from orders"]


@pytest.mark.parametrize("query", QUERIES)
def test_make_sql_shows_hostile_values_and_names_as_escapes(config, capsys, monkeypatch, query):
    monkeypatch.setenv("VIGIL_HOME", str(config.home))
    sql.main([query.format(hostile=HOSTILE)])
    text = capsys.readouterr().out
    assert acting(text) == [] and r"\u202e" in text and "┌" in text


def test_an_error_of_a_query_shows_hostile_text_as_escapes(config, capsys, monkeypatch):
    monkeypatch.setenv("VIGIL_HOME", str(config.home))
    assert step.run(sql.main, ["select cast(seller_id as integer) from orders"]) == 1
    text = capsys.readouterr().err
    assert acting(text) == [] and r"\u202e" in text and "Tables: " in text


@pytest.mark.parametrize("width", [40, 60, 80, 140])
def test_the_list_of_tables_fits_the_terminal(config, width):
    lake = Lake(config.lake)
    text = sql.listing(lake, lake.tables(), width)
    assert "seller_risk_daily" in text and "risk_score" in text
    assert max(map(cell_count, text.splitlines())) <= max(width, 60)  # a table's numbers stay on one line


NOTES = [("make ui", "runs"), ('make sql Q="select a\n            from b"', ""), ("make train", "train again")]


def test_notes_have_explanations_beside_them_where_all_fit(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert terminal_summary.notes(NOTES) == """\
  make ui     runs
  make sql Q="select a
              from b"
  make train  train again"""


def test_notes_of_a_narrow_terminal_have_explanations_below(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    assert terminal_summary.notes([*NOTES, ("x" * 30, "more than fits")]) == f"""\
  make ui
      runs
  make sql Q="select a
              from b"
  make train
      train again
  {'x' * 30}
      more than fits"""
