"""Models of a folder: registered as the challenger, found as the champion, and an error where files are gone."""

import shutil

import pytest

from jobs.errors import UserError
from jobs.settings import load_settings
from jobs.training import folder_models, registry
from jobs.training.folder_models import FolderModel

MODEL = FolderModel("case/test", "**A test.**")


@pytest.fixture
def config(tmp_path):
    # MLflow cuts a path at a `#`.
    return load_settings({"VIGIL_HOME": str(tmp_path / "home #1")})


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "files" / "inner").mkdir(parents=True)
    (tmp_path / "files" / "inner" / "one.json").write_text("[1]")
    return tmp_path / "files"


def register(config, folder, **metrics):
    return folder_models.register(config, MODEL, folder, "2026-11-20", {"vigil.ds": "2026-11-20"}, {"rows": 3}, metrics)


def test_without_a_registry_there_is_no_champion_and_no_database(config):
    assert folder_models.champion(config, MODEL) is None
    assert not (config.home / "mlflow.db").exists()


def test_a_version_is_a_challenger_until_it_is_promoted(config, folder):
    assert register(config, folder, accuracy=0.5) == "1" and folder_models.champion(config, MODEL) is None
    folder_models.promote(config, MODEL, "1")
    (folder / "inner" / "one.json").write_text("[2]")
    assert register(config, folder) == "2"
    version, files = folder_models.champion(config, MODEL)
    assert (version, (files / "inner" / "one.json").read_text()) == ("1", "[1]")
    assert (folder_models.version_folder(config, MODEL, "2") / "inner" / "one.json").read_text() == "[2]"
    folder_models.promote(config, MODEL, "2")
    assert folder_models.champion(config, MODEL)[0] == "2"


def test_the_registry_shows_what_was_logged(config, folder):
    register(config, folder, accuracy=0.5)
    client = registry.connect(config)
    version = client.get_model_version_by_alias("case-test", registry.CHALLENGER)
    run = client.get_run(version.run_id)
    assert (run.info.run_name, run.data.params, run.data.metrics) == ("2026-11-20", {"rows": "3"}, {"accuracy": 0.5})
    assert version.tags["vigil.ds"] == run.data.tags["vigil.ds"] == "2026-11-20"
    assert client.get_registered_model("case-test").description == "**A test.**"


@pytest.mark.parametrize("version", ["1", "7"])
def test_a_version_without_files_is_an_error_that_says_what_to_do(config, folder, version):
    register(config, folder)
    shutil.rmtree(config.home / "mlartifacts")
    with pytest.raises(UserError, match=rf"case/test, version {version}: its files are not in .*train again"):
        folder_models.version_folder(config, MODEL, version)
