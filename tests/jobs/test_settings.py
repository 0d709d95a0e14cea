"""Settings: defaults, and what a path is relative to."""

from pathlib import Path

import pytest

from jobs.errors import UserError
from jobs.settings import REPOSITORY, load_settings


def test_without_any_variable_everything_is_below_var():
    found = load_settings({})
    assert found.home == REPOSITORY / "var"
    assert found.landing == REPOSITORY / "var" / "landing"
    assert found.lake == str(REPOSITORY / "var" / "lake")
    assert found.tracking_uri == f"sqlite:///{REPOSITORY / 'var' / 'mlflow.db'}"
    assert found.policies == REPOSITORY / "policies"
    assert (found.sources, found.raw, found.spark_remote, found.spark_master) == (None, None, None, None)


def test_an_empty_variable_is_as_good_as_none():
    names = ("VIGIL_HOME", "VIGIL_LANDING", "VIGIL_LAKE", "VIGIL_SOURCES", "VIGIL_RAW", "SPARK_REMOTE",
             "SPARK_MASTER", "MLFLOW_TRACKING_URI", "JAVA_HOME", "SPARK_DRIVER_MEMORY", "VIGIL_KEY",
             "VIGIL_TRAIN_MEMORY", "VIGIL_POLICIES")
    assert load_settings(dict.fromkeys(names, "")) == load_settings({})


def test_what_a_run_makes_moves_with_its_home(tmp_path):
    found = load_settings({"VIGIL_HOME": str(tmp_path)})
    assert (found.landing, found.lake) == (tmp_path / "landing", str(tmp_path / "lake"))
    assert found.tracking_uri == f"sqlite:///{tmp_path / 'mlflow.db'}"
    assert found.server_file("r1") == tmp_path / "spark" / "r1.json"


@pytest.mark.parametrize("name, field", [("VIGIL_HOME", "home"), ("VIGIL_LANDING", "landing"),
                                         ("VIGIL_SOURCES", "sources"), ("VIGIL_RAW", "raw"), ("VIGIL_LAKE", "lake"),
                                         ("VIGIL_POLICIES", "policies")])
def test_a_relative_path_is_meant_from_the_repository_wherever_one_stands(tmp_path, monkeypatch, name, field):
    monkeypatch.chdir(tmp_path)
    assert Path(getattr(load_settings({name: "some/where"}), field)) == REPOSITORY / "some" / "where"


def test_a_tilde_is_the_home_of_the_person():
    assert load_settings({"VIGIL_LANDING": "~/landing"}).landing == Path.home() / "landing"


@pytest.mark.parametrize("url", ["s3://bucket/lake", "abfss://box@account.dfs.core.windows.net/lake"])
def test_a_lake_at_a_url_is_left_as_it_is(url):
    assert load_settings({"VIGIL_LAKE": url}).lake == url


def test_a_lake_at_a_file_url_is_the_folder_it_names():
    assert load_settings({"VIGIL_LAKE": "file:///data/b%20lank/lake"}).lake == "/data/b lank/lake"


@pytest.mark.parametrize("name", ["VIGIL_HOME", "VIGIL_LANDING", "VIGIL_LAKE", "VIGIL_RAW", "VIGIL_SOURCES",
                                  "VIGIL_POLICIES"])
@pytest.mark.parametrize("path", ["/data/line\nbreak", "/data/ta\tb", "/data/\udcff", "/data/co:lon [a]"])
def test_a_path_that_no_engine_can_read_is_refused_with_its_variable(name, path):
    with pytest.raises(UserError, match=f"{name}=.*set {name} to another one"):
        load_settings({name: path})


def test_the_key_is_read_and_never_shown():
    found = load_settings({"VIGIL_KEY": "secret words"})
    assert found.key == "secret words"
    assert "secret words" not in repr(found) and "secret words" not in str(found)


def test_the_key_file_is_in_the_home(tmp_path):
    assert load_settings({"VIGIL_HOME": str(tmp_path)}).key_file == tmp_path / "key"


def test_an_engine_that_does_not_exist_is_refused_with_those_that_do():
    assert load_settings({}).engine == "spark" and load_settings({"ENGINE": "sail"}).engine == "sail"
    with pytest.raises(UserError, match="ENGINE=sale: no such engine. Expected spark or sail"):
        load_settings({"ENGINE": "sale"})
    with pytest.raises(UserError, match="SPARK_MASTER"):
        load_settings({"ENGINE": "sail", "SPARK_MASTER": "local[2]"})
    with pytest.raises(UserError, match="VIGIL_SOURCES names SELECTs.* Use ENGINE=spark"):
        load_settings({"ENGINE": "sail", "VIGIL_SOURCES": "examples/handbook"})


def test_memory_to_train_in_is_a_whole_number_of_megabytes():
    assert load_settings({"VIGIL_TRAIN_MEMORY": "4000"}).train_memory == 4000
    for strange in ("4g", "0", "-1", "1.5"):
        with pytest.raises(UserError, match="VIGIL_TRAIN_MEMORY is .* Expected a whole number"):
            load_settings({"VIGIL_TRAIN_MEMORY": strange})
