"""Champions that the registry has lost: an emptied registry is no new one, and a broken model is named."""

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
import xgboost

from dags.runner.databases import require_sound
from dags.runner.run import has_champions, require_known_champions
from jobs import step
from jobs.commands import check_lake
from jobs.errors import DamagedStore
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from jobs.training import champions, registry
from jobs.training.calibration import Calibration
from jobs.training.models import find_model
from tests.support.stored_home import FRI, THU, cut, flip, write

MODEL = find_model("user/refund_abuse")


def register(config, version_of: str = "2026-11-20") -> str:
    """A tiny booster as the next version and the champion."""
    rows = np.random.default_rng(3).normal(size=(40, 2))
    matrix = xgboost.DMatrix(rows, label=rows[:, 0] > 0, feature_names=["a", "b"])
    booster = xgboost.train({"objective": "binary:logistic", "max_depth": 2}, matrix, num_boost_round=20)
    with registry.start_run(config, MODEL, version_of, {}, (40, 20)):
        version = registry.register(config, MODEL, booster, Calibration(1.0, 0.0), ["a", "b"],
                                    "f1", {"vigil.ds": version_of}, {})
    registry.promote(config, registry.load(config, MODEL, version))
    return version


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A home with a champion, and scores that it made."""
    home = tmp_path_factory.mktemp("made")
    config = load_settings({"VIGIL_HOME": str(home)})
    version = register(config)
    lake = Lake(config.lake, "night")
    lake.commit(write(lake, "user_scores", {THU: ["u1"], FRI: ["u1"]}, metadata={"models": {"refund_abuse": version}}))
    return home


@pytest.fixture(scope="module", autouse=True)
def model_folder(made):
    """Where the champion's files are."""
    (file,) = (made / "mlartifacts").rglob("model.ubj")
    return file.parent


@pytest.fixture
def config(made, tmp_path):
    """The settings of a copy. MLflow keeps absolute paths of models, which stay in the home that was copied."""
    shutil.copytree(made, tmp_path / "home")
    return load_settings({"VIGIL_HOME": str(tmp_path / "home")})


def empty_tables(file: Path) -> None:
    with sqlite3.connect(file) as db:
        for table in ("registered_model_aliases", "model_version_tags", "model_versions", "registered_models"):
            db.execute(f"DELETE FROM {table}")
    db.close()


@pytest.mark.parametrize("act", [Path.unlink, lambda file: file.write_bytes(b""), empty_tables],
                         ids=["file gone", "empty file", "rows deleted"])
def test_an_emptied_registry_is_refused_with_the_models_of_the_last_scores(config, act):
    act(config.home / "mlflow.db")
    assert not has_champions(config)
    for ask in (lambda: require_known_champions(config), lambda: champions.require_known(config, Lake(config.lake))):
        with pytest.raises(DamagedStore,
                           match=r"mlflow\.db: no model is registered, but the scores of 2026-11-20 were made "
                           r"by user/refund_abuse version 1\. Restore .*mlflow\.db and .*mlartifacts "
                           r"from a backup, or train all models again: make train DS=2026-11-20"):
            ask()


def test_an_empty_registry_of_a_new_installation_is_no_loss(tmp_path):
    config = load_settings({"VIGIL_HOME": str(tmp_path)})
    require_known_champions(config)
    assert not has_champions(config)
    assert not (tmp_path / "mlflow.db").exists()


def test_a_registry_that_has_the_champion_is_not_refused(config):
    assert has_champions(config)
    require_known_champions(config)


def test_models_that_were_trained_anew_end_the_refusal(config):
    (config.home / "mlflow.db").unlink()
    register(config)
    require_known_champions(config)


def test_a_champion_among_many_models_of_others_is_found(config):
    client = registry.connect(config)
    for number in range(120):
        client.create_registered_model(f"another-{number:03}")
    assert has_champions(config)


def test_a_garbage_registry_is_refused_before_a_run_begins(config):
    (config.home / "mlflow.db").write_bytes(b"garbage " * 999)
    with pytest.raises(DamagedStore, match="mlflow.db cannot be read .* && make train"):
        require_sound(config)


def test_an_empty_airflow_db_is_refused_with_the_command_that_moves_it_away(config):
    file = config.home / "airflow" / "airflow.db"
    file.parent.mkdir()
    file.touch()
    with pytest.raises(DamagedStore, match=rf"{file} is empty \(0 bytes\)\. It holds nothing else: move it away.*mv /"):
        require_sound(config)


def test_a_model_without_its_champion_is_a_warning_with_the_last_version(config, capsys):
    champions.warn_of_lost(config, Lake(config.lake), "user", {})
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("vigil: warning, user/refund_abuse: no champion now; the last scores, up to 2026-11-20, "
                           "were made by version 1.")


def test_an_older_registry_in_its_place_is_a_warning_and_a_rollback_is_none(config, capsys):
    lake = Lake(config.lake, "later")
    lake.commit(write(lake, "user_scores", {FRI: ["u1"]}, metadata={"models": {"refund_abuse": "2"}}))
    champions.warn_of_lost(config, lake, "user", {"user/refund_abuse": "1"})
    assert "made by version 2, which the registry does not have" in capsys.readouterr().out
    register(config)
    champions.warn_of_lost(config, lake, "user", {"user/refund_abuse": "1"})
    assert capsys.readouterr().out == ""


# Files of a model


@pytest.fixture
def folder(model_folder):
    """The folder of the champion's files, put back as it was."""
    whole = model_folder.with_name("whole")
    shutil.copytree(model_folder, whole)
    yield model_folder
    shutil.rmtree(model_folder, ignore_errors=True)
    whole.rename(model_folder)


def put_another_model(file: Path) -> None:
    """A file that XGBoost reads, and that predicts otherwise."""
    xgboost.Booster(model_file=file)[:5].save_model(file)


@pytest.mark.parametrize(("file", "act", "said"), [
    ("model.ubj", Path.unlink, "is missing"), ("model.ubj", cut, "cannot be read"),
    ("model.ubj", flip, "cannot be read"), ("model.ubj", put_another_model, "cannot be read"),
    ("model.ubj", lambda file: file.write_bytes(b""), "cannot be read"), ("MLmodel", Path.unlink, "is missing"),
    ("MLmodel", lambda file: file.write_text("{a: ["), "cannot be read"),
    ("MLmodel", lambda file: file.write_text(""), "cannot be read"),
    ("", shutil.rmtree, "is missing")],
    ids=["missing", "cut", "flipped", "another", "empty", "no description", "broken description", "empty description",
         "folder"])
def test_a_champion_whose_file_is_damaged_is_named_with_the_command(made, folder, monkeypatch, capsys, file, act, said):
    place = folder / file
    act(place)
    config = load_settings({"VIGIL_HOME": str(made)})
    expected = f"user/refund_abuse, version 1, challenger and champion: {place} {said} ("
    with pytest.raises(DamagedStore) as told:
        registry.load(config, MODEL, registry.CHAMPION)
    assert str(told.value).startswith(expected)
    assert str(told.value).endswith("Restore it from a backup, or train again: make train DS=2026-11-20")
    monkeypatch.setenv("VIGIL_HOME", str(made))
    assert step.run(check_lake.main, []) == 1
    assert f"vigil: {expected}" in capsys.readouterr().out
