"""`make compare` over two real trainings in MLflow, and what it says where they cannot be compared."""

import dataclasses
import datetime as dt
import shutil
import subprocess

import matplotlib.colors
import matplotlib.image
import numpy as np
import psycopg
import pyarrow.parquet as pq
import pytest

from jobs.commands import compare
from jobs.errors import UserError
from jobs.evaluation import compared_side, predictions
from jobs.reporting import plots
from jobs.runtime.database_urls import database_url, for_psycopg
from jobs.scoring import predict, score_changes
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from jobs.training import registry, run_records
from tests.support import synthetic_home
from tests.support.postgres_server import postgres
from tests.support.trained_home import MODEL, train_and_promote, trained

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Two versions of one model, trained twice from the same rows."""
    with trained(tmp_path_factory.mktemp("home")) as place:
        train_and_promote("again")
        yield place


@pytest.fixture
def runs(home) -> list[str]:
    return [registry.run_of_version(load_settings(), MODEL, version) for version in ("1", "2")]


def page(home, *arguments: str) -> str:
    out = home / "page.html"
    compare.main([*arguments, "--out", str(out)])
    return out.read_text()


def test_two_versions_and_their_runs_give_the_same_page_but_for_names(home, runs):
    by_version = page(home, "--model", MODEL.name, "--versions", "1,2")
    assert by_version == page(home, "--runs", ",".join(runs)) == page(home, "--model", MODEL.name)
    assert "800 rows of 2026-10-26 to 2026-11-02, 42 positive" in by_version


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium: apt install chromium")
def test_a_browser_without_a_network_shows_the_tables_and_the_pictures(home, tmp_path):
    page(home, "--model", MODEL.name, "--versions", "1,2")
    shown = subprocess.run(
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND",
         f"--user-data-dir={tmp_path}", "--window-size=1100,1400", f"--screenshot={tmp_path / 'page.png'}",
         (home / "page.html").as_uri()], capture_output=True, text=True, timeout=120, check=False)
    assert shown.returncode == 0, shown.stderr
    picture = matplotlib.image.imread(tmp_path / "page.png")[:, :, :3]
    # Blue is the colour of models in the curves, below the tables; a page without its pictures has none there.
    blue = (np.abs(picture - np.array(matplotlib.colors.to_rgb(plots.MODEL))) < 0.05).all(axis=2)
    assert blue[500:].sum() > 500


def test_a_training_repeated_is_equal_to_the_first(home):
    """The same rows, seed and parameters: the second training is the first."""
    html = page(home, "--model", MODEL.name, "--versions", "1,2")
    assert "Both rank the rows equally well" in html and "Every score is equal." in html


def test_stored_predictions_serve_where_the_lake_has_the_rows_no_more(home, runs, tmp_path, monkeypatch):
    whole = page(home, "--runs", ",".join(runs))
    monkeypatch.setenv("VIGIL_LAKE", str(tmp_path))
    alone = page(home, "--runs", ",".join(runs))
    assert "test rows of both" in alone and "800 rows of 2026-10-26 to 2026-11-02, 42 positive" in alone
    metrics = [text.split("<h2>Metrics</h2>")[1].split("<h2>")[0] for text in (whole, alone)]
    assert metrics[0] == metrics[1]


def test_a_run_keeps_a_prediction_of_each_test_row_with_its_calibrated_score(home, runs):
    config = load_settings()
    table = run_records.read_predictions(config, runs[0])
    day = table["as_of"][0].as_py()
    rows = predict.features_of(Lake(config.lake), "user", day)
    champion = registry.load(config, MODEL, "1")
    score = dict(zip(rows["user_id"].to_pylist(), predict.predict(champion, rows)[1]))
    own = table.filter(pq.filters_to_expression([("as_of", "=", day)]))
    assert len(table) == 800 and own["score"].to_pylist() == [score[name] for name in own["entity"].to_pylist()]
    assert set(predictions.slice_values(table)) == {"region", "tenure", "size"}


def test_causes_tell_which_family_moved_a_score(home):
    config = load_settings()
    first, second = (registry.load(config, MODEL, version) for version in ("1", "2"))
    rows = predict.features_of(Lake(config.lake), "user", dt.date.fromisoformat(synthetic_home.DAYS["test"][0]))
    assert set(score_changes.causes(first, second, rows)) == {""}
    calibration = dataclasses.replace(first.calibration, slope=3 * first.calibration.slope)
    said = score_changes.causes(first, dataclasses.replace(first, calibration=calibration), rows)
    # The label follows the rate of cases; a steeper slope makes each contribution three times as large.
    assert any("what it claims back" in words for words in said) and all(words.count(";") <= 2 for words in said)


@pytest.mark.parametrize(("arguments", "said"), [
    (["--runs", "nothing,nobody"], "no run nothing. Expected the id of a training run"),
    (["--model", MODEL.name, "--versions", "1,9"], "no version 9. Expected a version's number"),
    (["--model", MODEL.name, "--versions", "1,champion"], "are the same run. Expected two"),
    (["--model", "seller/brushing"], "seller/brushing: no champion and another version"),
])
def test_what_cannot_be_compared_is_refused_in_a_sentence(home, arguments, said):
    with pytest.raises(UserError, match=said):
        compare.main(arguments)


def test_a_run_of_an_older_vigil_without_predictions_is_refused_where_the_lake_is_gone(home, runs, tmp_path,
                                                                                       monkeypatch):
    copy = tmp_path / "home"
    shutil.copytree(home, copy)
    for file in copy.rglob(run_records.PREDICTIONS_FILE):
        file.unlink()
    monkeypatch.setenv("VIGIL_HOME", str(copy))
    monkeypatch.setenv("VIGIL_LAKE", str(tmp_path / "empty"))
    with pytest.raises(UserError, match=r"no test rows to compare on.*make train DS=2026-11-20"):
        compare.main(["--runs", ",".join(runs)])


def test_sides_of_different_models_are_refused(home, runs):
    side = compared_side.of_run(load_settings(), runs[0])
    other = type(side)("version 1", side.record, registry.MODELS[0], None)
    with pytest.raises(UserError, match="Expected two runs of one model"):
        compared_side.both_scored(load_settings(), Lake(load_settings().lake), side, other)


def test_versions_in_a_postgres_database_are_trained_promoted_and_compared(tmp_path, monkeypatch):
    with postgres() as database:
        monkeypatch.setenv("VIGIL_DATABASE", database)
        with psycopg.connect(for_psycopg(database_url(database, "DATABASE"))) as connection:
            connection.execute("CREATE SCHEMA mlflow")  # `make nightly` and `make train` create it
        with trained(tmp_path) as place:
            train_and_promote("again")
            assert "Both rank the rows equally well" in page(place, "--model", MODEL.name)
            assert list((place / "mlartifacts").rglob("predictions.parquet")) and not (place / "mlflow.db").exists()
