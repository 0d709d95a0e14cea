"""What a failing step says: what is damaged, else the exception without values; and whether it is tried again."""

import errno
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import grpc
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest
import requests
import sqlalchemy
from pyspark.errors.exceptions.connect import NumberFormatException, SparkConnectGrpcException

from jobs import step
from jobs.errors import LostRace, UserError
from jobs.failures.messages import details, summary
from jobs.failures.retry import can_pass
from jobs.integrity.explanation import explain, reason
from jobs.integrity.table_check import require_unchanged
from jobs.settings import REPOSITORY, load_settings
from jobs.storage.lake import Lake
from tests.support.stored_home import FRI, SAT, THU, cut, flip, live_file, make, write

SECRET = "203.0.113.77"


def raised(act, *arguments) -> BaseException:
    try:
        act(*arguments)
    except BaseException as failure:
        return failure
    raise AssertionError(f"{act} did not fail")


@pytest.fixture
def config(tmp_path):
    return load_settings({"VIGIL_HOME": str(tmp_path)})


@pytest.fixture
def lake(tmp_path):
    return make(tmp_path)


# What is damaged


def read(lake, table="orders", day=FRI):
    return Lake(lake.root).arrow(table, [day]).to_table()


@pytest.mark.parametrize(("damage", "said"), [(Path.unlink, "is missing"), (cut, "bytes were committed|were written"),
                                              (lambda file: file.write_bytes(b""), "has 0 bytes")])
def test_a_reader_that_fails_over_a_file_is_told_its_table_day_and_command(lake, config, damage, said):
    file = live_file(lake, "orders", FRI)
    damage(file)
    told = explain(raised(read, lake), config)
    assert told.startswith(f"orders, 2026-11-20, version 1: {file} ")
    assert told.endswith("make forget-table TABLE=orders FROM=2026-11-20 TO=2026-11-20")


def test_garbage_of_the_same_length_is_found_by_reading_the_files(lake, config):
    file = live_file(lake, "orders", FRI)
    file.write_bytes(b"x" * file.stat().st_size)
    assert "cannot be read as Parquet" in explain(raised(read, lake), config)


def test_flipped_bytes_are_found_before_anything_is_published_from_them(lake):
    flip(live_file(lake, "orders", FRI))
    with pytest.raises(UserError, match="orders, 2026-11-20, version 1: .* has other bytes than were committed"):
        require_unchanged(Lake(lake.root), "orders", [FRI])
    require_unchanged(Lake(lake.root), "orders", [THU, SAT])


def test_several_faults_are_counted_and_the_one_that_failed_comes_first(lake, config):
    live_file(lake, "clicks", FRI).unlink()
    live_file(lake, "orders", FRI).unlink()
    told = explain(raised(read, lake), config)
    assert told.startswith("orders, 2026-11-20") and told.endswith("(and 1 besides: make check-lake)")


def test_a_staged_file_that_was_cut_explains_a_failed_audit(lake, config):
    run = Lake(lake.root, "r2")
    staged = write(run, "orders", {FRI: ["o9"]})
    run.stage(staged)
    file = Path(lake.root, "orders", staged.files[0].path)
    cut(file)
    told = explain(raised(pq.read_table, file), config)
    assert told.startswith(f"orders, 2026-11-20, staged by run r2: {file} has ")
    assert told.endswith("Nothing of it was committed. Run the day again: make nightly DS=2026-11-20")


def broken_database(file: Path) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"garbage " * 999)


def ask(file: Path) -> None:
    with sqlalchemy.create_engine(f"sqlite:///{file}").connect() as connection:
        connection.execute(sqlalchemy.text("SELECT 1 FROM x"))


@pytest.mark.parametrize(("name", "command"), [
    ("mlflow.db", "&& make train"), ("airflow/airflow.db", "the next run makes a new one: mv ")])
def test_a_broken_database_is_named_with_what_mends_it(config, lake, name, command):
    file = config.home / name
    broken_database(file)
    told = explain(raised(ask, file), config)
    assert f"{file} cannot be read (file is not a database). " in told and command in told


def test_a_failure_that_is_no_damage_is_explained_by_nothing(lake, config):
    assert explain(ZeroDivisionError("division by zero"), config) is None


def test_a_full_disk_is_named_with_its_room(config):
    full = OSError(errno.ENOSPC, "No space left on device", f"{config.home}/lake/orders/x/part-0.parquet")
    told = explain(full, config)
    assert told.startswith(f"{config.home}: no space is left on its disk (") and "Make room" in told


def test_a_refusal_is_its_own_reason(config):
    assert reason(UserError("orders, 2026-11-20: nothing landed."), config) == "orders, 2026-11-20: nothing landed."


# Without damage


def test_an_exception_is_told_by_class_message_and_place(config):
    told = reason(raised(lambda: Path("/no/such/file").read_text()), config)
    assert told.startswith("FileNotFoundError: No such file or directory: /no/such/file "
                           "(tests/jobs/failures/test_messages.py:")
    assert "\n" not in told


FAILURES_ABOUT_VALUES = {
    "python": lambda: float(SECRET),
    "key": lambda: {}[SECRET],
    "arrow": lambda: pa.array([SECRET]).cast(pa.int64()),
    "a row": lambda: csv.read_csv(pa.BufferReader(f"a,b\n1,2,{SECRET}\n".encode())),
    "duckdb": lambda: duckdb.sql(f"SELECT '{SECRET}'::INTEGER").fetchall(),
}


@pytest.mark.parametrize("kind", FAILURES_ABOUT_VALUES)
def test_a_message_does_not_quote_the_value_it_is_about(kind):
    failure = raised(FAILURES_ABOUT_VALUES[kind])
    assert SECRET in str(failure)
    told = summary(failure)
    assert SECRET not in told and told.startswith(type(failure).__name__)


def test_of_a_spark_error_about_a_value_only_the_condition_is_told_and_kept():
    failure = raised(_spark_error)
    assert summary(failure).startswith("NumberFormatException: [CAST_INVALID_INPUT] SQLSTATE 22018")
    assert SECRET in str(failure)
    assert SECRET not in details(failure) and "test_messages.py" in details(failure)


def _spark_error():
    raise NumberFormatException(f"[CAST_INVALID_INPUT] The value '{SECRET}' cannot be cast", sql_state="22018",
                                errorClass="CAST_INVALID_INPUT")


def test_a_long_message_is_cut_to_a_line():
    assert len(summary(RuntimeError("x" * 5000 + "\nmore"))) == 300


FAILING = """
import sys
from jobs import step
sys.exit(step.run(lambda argv: int("not " + "a number")))
"""


def test_a_fault_of_ours_is_one_line_and_its_traceback_is_in_a_log(tmp_path):
    done = subprocess.run([sys.executable, "-c", FAILING], cwd=REPOSITORY, capture_output=True, text=True,
                          env={"VIGIL_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("vigil: ValueError: invalid literal for int() with base 10: '...' (")
    (log,) = (tmp_path / "logs").iterdir()
    assert done.stderr.rstrip().endswith(str(log))
    assert "Traceback" in log.read_text()


def test_a_command_over_a_damaged_lake_ends_in_the_sentence(lake, config, monkeypatch, capsys):
    monkeypatch.setenv("VIGIL_HOME", str(config.home))
    monkeypatch.delenv("VIGIL_LAKE", raising=False)
    live_file(lake, "orders", FRI).unlink()
    assert step.run(lambda argv: read(lake)) == 1
    told = capsys.readouterr().err
    assert told.startswith("vigil: orders, 2026-11-20, version 1: ") and told.count("\n") == 1


def test_a_lake_that_cannot_be_looked_at_hides_no_failure(config):
    shutil.rmtree(config.home)
    config.home.write_text("a file where the home should be")
    assert reason(ZeroDivisionError("division by zero"), config) == "ZeroDivisionError: division by zero"


# What can pass by itself


def connection_refused():
    requests.get("http://127.0.0.1:9/", timeout=5)


def unavailable():
    with grpc.insecure_channel("127.0.0.1:9") as channel:
        channel.unary_unary("/vigil/Nothing")(b"", timeout=5)


def locked(tmp_path, statement="INSERT INTO t VALUES (1)"):
    file = tmp_path / "some.db"
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE t (x)")
    holder = sqlite3.connect(file, isolation_level="EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    try:
        engine = sqlalchemy.create_engine(f"sqlite:///{file}", connect_args={"timeout": 0})
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text(statement))
    finally:
        holder.close()


def mlflow_store(act):
    """As MLflow tells it: every error of a database is temporary to it."""
    from mlflow.exceptions import MlflowException

    try:
        act()
    except sqlalchemy.exc.SQLAlchemyError as failure:
        raise MlflowException(str(failure), error_code=1006) from failure  # TEMPORARILY_UNAVAILABLE


def test_what_a_server_or_a_lock_refuses_for_now_can_pass(tmp_path):
    assert can_pass(raised(connection_refused))
    assert can_pass(raised(unavailable))
    assert can_pass(SparkConnectGrpcException("gone", grpc_status_code=grpc.StatusCode.UNAVAILABLE))
    assert can_pass(TimeoutError("timed out"))
    assert can_pass(subprocess.TimeoutExpired("git", 10))
    assert can_pass(raised(lambda: mlflow_store(lambda: locked(tmp_path))))
    assert can_pass(OSError("Generic S3 error: Error performing GET: error sending request"))


def test_a_failure_that_led_to_another_counts():
    def wrap():
        try:
            connection_refused()
        except requests.ConnectionError as failure:
            raise RuntimeError("MLflow does not answer") from failure

    assert can_pass(raised(wrap))


def test_what_stays_as_it_is_cannot_pass(tmp_path, lake):
    assert not can_pass(ZeroDivisionError("division by zero"))
    assert not can_pass(UserError("orders, 2026-11-20: nothing landed"))
    assert not can_pass(OSError(errno.ENOSPC, "No space left on device"))
    lost = ConnectionResetError("connection reset")
    for number, message in ((errno.ENOSPC, "No space left on device"), (errno.EDQUOT, "Disk quota exceeded")):
        lost.__cause__ = OSError(number, message)
        assert not can_pass(lost)
    assert not can_pass(FileNotFoundError(errno.ENOENT, "No such file"))
    assert not can_pass(requests.exceptions.SSLError("certificate verify failed"))
    live_file(lake, "orders", FRI).unlink()
    assert not can_pass(raised(read, lake))
    broken_database(tmp_path / "broken.db")
    assert not can_pass(raised(lambda: mlflow_store(lambda: ask(tmp_path / "broken.db"))))


def test_a_lost_commit_race_is_tried_again_only_by_a_step_that_writes_anew(lake):
    first, second = (write(Lake(lake.root, run), "orders", {FRI: [run]}) for run in ("one", "two"))
    lake.commit(first)
    lost = raised(lake.commit, second)
    assert isinstance(lost, LostRace)
    assert can_pass(lost, "publish")
    assert not can_pass(lost, "validate")
