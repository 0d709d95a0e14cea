"""Models of a folder: registered as the challenger, found as the champion, and an error where files are gone."""

import shutil
from pathlib import Path

import pytest

from jobs.errors import DamagedStore, UserError
from jobs.settings import load_settings
from jobs.training import folder_models, registry
from jobs.training.folder_models import DIGESTS, FolderModel
from tests.support.stored_home import cut, flip

MODEL = FolderModel("case/test", "**A test.**", "python -m jobs.train_tests")


@pytest.fixture
def config(tmp_path):
    # MLflow cuts a path at a `#`.
    return load_settings({"VIGIL_HOME": str(tmp_path / "home #1")})


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "files" / "inner").mkdir(parents=True)
    (tmp_path / "files" / "inner" / "one.json").write_text("[1]")
    (tmp_path / "files" / "two.bin").write_bytes(bytes(range(200)))
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
    assert (version, (files.folder / "inner" / "one.json").read_text()) == ("1", "[1]")
    assert (folder_models.version_files(config, MODEL, "2").folder / "inner" / "one.json").read_text() == "[2]"
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


def test_a_version_that_the_registry_does_not_have_is_an_error_that_says_what_to_do(config, folder):
    register(config, folder)
    with pytest.raises(UserError, match="case/test: version 7 is not in .*mlflow.db. Restore it .*python -m jobs.train_"
                                        "tests --ds DAY"):
        folder_models.version_files(config, MODEL, "7")


def test_a_version_without_files_is_an_error_that_says_what_to_do(config, folder):
    register(config, folder)
    shutil.rmtree(config.home / "mlartifacts")
    with pytest.raises(DamagedStore, match=r"case/test, version 1, challenger: its files are not in /.*/model \(.*"
                                           r"train again: python -m jobs.train_tests --ds 2026-11-20$"):
        folder_models.version_files(config, MODEL, "1")


ONE, TWO = "inner/one.json", "two.bin"


@pytest.mark.parametrize(("name", "damage", "said"), [
    (ONE, Path.unlink, "is missing"), (TWO, cut, "has 100 bytes, expected the 200 that were registered"),
    (TWO, flip, "has the SHA-256 "),
    (ONE, lambda file: file.write_text("[9]"), "has the SHA-256 "),
    (TWO, lambda file: file.write_bytes(b""), "has 0 bytes, expected the 200"), (DIGESTS, Path.unlink, "is missing"),
    (DIGESTS, cut, "cannot be read"), (DIGESTS, lambda file: file.write_text("[]"), "cannot be read"),
    (DIGESTS, lambda file: file.write_text('{"two.bin": 200}'), "cannot be read")],
    ids=["missing", "cut", "flipped", "another", "empty", "no digests", "cut digests", "a list", "no digest"])
def test_a_damaged_file_is_named_with_its_version_and_the_command(config, folder, name, damage, said):
    register(config, folder)
    folder_models.promote(config, MODEL, "1")
    (files,) = config.home.glob("mlartifacts/**/artifacts/model")
    damage(files / name)
    for read, more in ((folder_models.champion, ()), (folder_models.version_files, ("1",))):
        with pytest.raises(DamagedStore) as told:
            read(config, MODEL, *more)
        assert str(told.value).startswith("case/test, version 1, ") and "champion: " in str(told.value)
        assert f"{files / name} {said}" in str(told.value)
        assert str(told.value).endswith("Restore it from a backup, or train again: python -m jobs.train_tests --ds "
                                        "2026-11-20")
