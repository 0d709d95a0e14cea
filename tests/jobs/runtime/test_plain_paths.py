"""A lake below a folder of any name: its rows are written there and read from there, and nothing lies elsewhere."""

import datetime as dt

import pytest
import sqlalchemy
from pyarrow import dataset as pads

from jobs.settings import load_settings
from jobs.storage.lake import Lake
from tests.support import stored_home
from tests.support.stored_home import FRI, SAT

NAMES = ("b lank é 日本", "100% %41 %2F", "a#b?c", "[a] {b,c} * ?", "q'q \"d\" `t`", "$HOME ~ ; & | ^ back\\slash",
         "ds=2020-01-01 day=2020-01-02 fingerprint=x", "co:lon", " lead and trail ")


def commit(spark, lake: Lake, numbers: list[int], day: dt.date) -> None:
    """Write rows with the engine, and commit them as another step of the run does."""
    rows = spark.createDataFrame([(number, day) for number in numbers], "number bigint, ds date")
    lake.stage(lake.write(rows, "events", [day], key="number", fingerprints={day: "f1"}))
    lake.commit(lake.staged("events"))
    lake.unstage("events")


def numbers(rows) -> list[int]:
    """The numbers of a frame or of an Arrow dataset."""
    found = rows.to_table().to_pylist() if isinstance(rows, pads.Dataset) else rows.collect()
    return sorted(row["number"] for row in found)


def require_written_and_read(spark, folder) -> None:
    """Write three commits of two days below a folder, and find them there by each reader."""
    folder.mkdir(parents=True)
    for run, rows, day in (("first", [1, 2], FRI), ("second", [3], SAT), ("third", [4, 5, 6], FRI)):
        commit(spark, Lake(str(folder), run), rows, day)
    lake = Lake(str(folder))
    assert lake.tables() == ["events"] and lake.counts("events") == {FRI: 3, SAT: 1}
    assert numbers(lake.read(spark, "events")) == numbers(lake.arrow("events")) == [3, 4, 5, 6]
    assert sum(footer.num_rows for footer in lake.footers("events", [FRI])) == 3
    assert lake.fingerprints("events") == {FRI: "f1", SAT: "f1"}


@pytest.mark.engine("sail")
@pytest.mark.parametrize("name", NAMES)
def test_a_lake_below_a_folder_of_any_name_is_written_and_read(spark, tmp_path, name):
    require_written_and_read(spark, tmp_path / name / "lake")
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


@pytest.mark.engine("spark")
@pytest.mark.parametrize("name", ["ds=2020-01-01 b lank é 100% %41 #? [a] {b,c} *", "co:lon %41"])
def test_hadoop_reads_no_pattern_or_partition_into_the_path_of_a_lake(spark, tmp_path, name):
    require_written_and_read(spark, tmp_path / name / "lake")
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_a_folder_that_a_name_would_be_a_pattern_for_is_not_read(spark, tmp_path):
    for name, number in (("a", 1), ("[a]", 2)):
        (tmp_path / name).mkdir()
        commit(spark, Lake(str(tmp_path / name), "first"), [number], FRI)
    assert numbers(Lake(str(tmp_path / "[a]")).read(spark, "events")) == [2]
    assert numbers(Lake(str(tmp_path / "a")).read(spark, "events")) == [1]


@pytest.mark.parametrize("run_id", ["a b", "a%41", "é", "a#b?c", "[x]", "{y}", "day=2020-01-02"])
@pytest.mark.engine("sail")
def test_a_run_id_of_any_signs_makes_files_that_are_read(spark, lake, run_id):
    commit(spark, Lake(lake.root, "before"), [1], FRI)
    commit(spark, Lake(lake.root, run_id), [2], FRI)
    assert numbers(Lake(lake.root).read(spark, "events")) == numbers(Lake(lake.root).arrow("events")) == [2]
    assert Lake(lake.root).vacuum(0, 0) and numbers(Lake(lake.root).read(spark, "events")) == [2]


@pytest.mark.parametrize("name", NAMES)
def test_vacuum_of_a_lake_below_a_folder_of_any_name_leaves_the_live_rows(tmp_path, name):
    for run, ids in (("first", ["o1"]), ("second", ["o2"])):
        stored_home.commit(Lake(str(tmp_path / name), run), "orders", {FRI: ids})
    assert len(Lake(str(tmp_path / name)).vacuum(0, 0)) == 1
    assert Lake(str(tmp_path / name)).arrow("orders").to_table()["order_id"].to_pylist() == ["o2"]


@pytest.mark.parametrize("name", ["100% %41", "a?b", "plain"])
def test_the_tracking_database_of_any_home_is_the_file_in_it(tmp_path, name):
    home = tmp_path / name
    home.mkdir()
    with sqlalchemy.create_engine(load_settings({"VIGIL_HOME": str(home)}).tracking_uri).connect() as database:
        database.execute(sqlalchemy.text("CREATE TABLE t (x INTEGER)"))
    assert [entry.name for entry in home.iterdir()] == ["mlflow.db"]
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
