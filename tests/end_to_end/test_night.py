"""Whole runs on real files, through Airflow and step by step, and what must hold of them."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.inputs.tables import TABLES
from jobs.engines.ports import LOOPBACK
from jobs.ingestion.ingest_log import LOG
from jobs.settings import REPOSITORY, load_settings
from jobs.storage.lake import Lake
from jobs.storage.row_checksum import row_checksum
from tests.support.crash_injection import POINTS
from tests.support.loopback_cluster import cluster

DAY = "2026-11-20"
ENTITIES = ("seller", "user", "creator", "order")
PUBLISHED = [f"{entity}_{kind}" for entity in ENTITIES for kind in ("features", "scores", "risk_daily")]

# A night, part by part: what writes, and what commits it.
NIGHT = {"ingest": ["ingest", ",", "validate", "--stage", "events"],
         "build_features": ["build_features", ",", "validate", "--stage", "features"],
         "score": ["score", ",", "validate", "--stage", "scores"],
         "publish": ["publish"]}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A small demo marketplace (simulated), landed and run once."""
    home = tmp_path_factory.mktemp("vigil")
    call(home, "jobs.simulate", "--home", str(home), "--until", DAY, "--days", "90", "--seed", "7", "--size", "small")
    return home


@pytest.fixture(scope="module")
def first(home):
    return call(home, "dags.runner.run", "nightly", "--ds", DAY)


@pytest.fixture(scope="module")
def warm(home, first):
    """The environment of processes that share one Sail: what they give must be what Spark gave before."""
    run, sail = ["--run-id", "tests", "--owner", str(os.getpid())], {"ENGINE": "sail"}
    call(home, "jobs.spark_server", "start", *run, **sail)
    yield sail | {"SPARK_REMOTE": json.loads((home / "spark" / "tests.json").read_text())["remote"]}
    call(home, "jobs.spark_server", "stop", *run, **sail)
    assert no_java(home)


@pytest.fixture(scope="module")
def killed(home, first, warm):
    """The same night again, as one run, each part of it killed three times before it gets through.

    The day's orders have landed again, in another order: from the very same file they would not be taken in again.
    """
    before, told = digests(home), []
    (file,) = (home / "landing" / "orders" / f"ds={DAY}").glob("*")
    rows = pq.read_table(file)
    pq.write_table(rows.take(pa.array(range(rows.num_rows - 1, -1, -1), pa.int64())), file)
    for part, steps in NIGHT.items():
        for point in (*POINTS, "never"):
            done = python(home, "tests/support/crash_injection.py", point, *steps, "--", "--ds", DAY, "--run-id",
                          "killed", **warm)
            told.append((part, point, done.returncode, digests(home) == before, live_writes(home)))
    return told


def python(home, *arguments, **more):
    env = {**os.environ, "VIGIL_HOME": str(home), "SPARK_DRIVER_MEMORY": "2g", "PYTHONPATH": str(REPOSITORY), **more}
    return subprocess.run([sys.executable, *arguments], env=env, cwd=REPOSITORY, text=True, capture_output=True,
                          timeout=900, check=False)


def call(home, module, *arguments, **more) -> str:
    done = python(home, "-m", module, *arguments, **more)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def digests(home, days=(DAY,)) -> dict[str, str]:
    lake = Lake(str(home / "lake"))
    return {table: row_checksum(lake, table, [date.fromisoformat(day) for day in days]) for table in PUBLISHED}


def live_writes(home) -> set[str]:
    """The write folders that a reader is sent to, of every table."""
    lake = Lake(str(home / "lake"))
    return {path.split("/")[0] for table in lake.tables() for paths in lake.files(table).values() for path in paths}


def no_java(home) -> bool:
    found = subprocess.run(["pgrep", "-f", f"SparkConnectServer.*{home}"], capture_output=True, check=False)
    return found.returncode != 0 and not list((home / "spark").glob("*.json"))


def share_models(home: Path, other: Path) -> None:
    """Give another home the same models, and the key, so that identifiers are masked the same way."""
    shutil.copytree(home / "mlartifacts", other / "mlartifacts")
    for file in ("mlflow.db", "key"):
        shutil.copy(home / file, other / file)


def cluster_conf(folder: Path) -> Path:
    """What the operator of a cluster says of it. Here code runs too seldom to be worth compiling well."""
    folder.mkdir()
    log = (REPOSITORY / "jobs" / "engines" / "log4j2.properties").as_uri()
    (folder / "spark-defaults.conf").write_text(
        "spark.sql.shuffle.partitions 3\nspark.sql.codegen.wholeStage false\nspark.executor.extraJavaOptions "
        f"-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dlog4j2.configurationFile={log}\n")
    return folder


def shuffled(landing: Path, copy: Path, seed: int) -> None:
    """The same rows in another order, spread over two files a day."""
    order = random.Random(seed)
    for file in sorted(landing.glob("*/ds=*/*")):
        folder = copy / file.parent.relative_to(landing)
        folder.mkdir(parents=True, exist_ok=True)
        if file.suffix != ".parquet":
            lines = file.read_text().split("\n")  # the last one may be cut off in its middle, without an end
            head = lines[:1] if file.suffix == ".csv" else []
            body = [line for line in lines[len(head):] if line]
            # A quote that a cut leaves open would swallow whatever comes after it.
            cut = [] if lines[-1] == "" else [body.pop()]
            order.shuffle(body)
            (folder / file.name).write_text("\n".join(head + body + cut))
            continue
        rows = pq.read_table(file)
        rows = rows.take(pa.array(order.sample(range(rows.num_rows), rows.num_rows), pa.int64()))
        middle = rows.num_rows // 2
        pq.write_table(rows[:middle], folder / f"b-{file.name}")
        pq.write_table(rows[middle:], folder / f"a-{file.name}")


def test_a_run_ends_with_the_riskiest_and_three_commands(first):
    assert f"The 10 riskiest sellers of {DAY}" in first
    assert first.count("make ") >= 3


def test_every_risk_table_holds_every_active_entity_and_every_order_of_the_day(home, first):
    lake = Lake(str(home / "lake"))
    for entity in ENTITIES:
        assert lake.counts(f"{entity}_risk_daily")[date.fromisoformat(DAY)] == \
            lake.counts(f"{entity}_features")[date.fromisoformat(DAY)]


def test_a_night_on_sail_writes_the_same_rows_to_every_table(home, first, tmp_path):
    """Every table of the lake, events and what was put aside among them; features as the night needs them, one day."""
    share_models(home, tmp_path)
    call(tmp_path, "dags.runner.run", "nightly", "--ds", DAY, ENGINE="sail", VIGIL_LANDING=str(home / "landing"))
    by_spark, by_sail = Lake(str(home / "lake")), Lake(str(tmp_path / "lake"))
    assert {"quarantine", LOG, *TABLES, *PUBLISHED} <= set(by_sail.tables()) <= set(by_spark.tables())
    days = {table: by_sail.days(table) for table in by_sail.tables()}
    found = {table: (row_checksum(by_spark, table, own), row_checksum(by_sail, table, own)) for table,
             own in days.items()}
    assert {table: both for table, both in found.items() if both[0] != both[1]} == {}


def test_no_java_is_left_behind(home, first):
    assert no_java(home)


def test_sql_reaches_every_table_by_name(home, first):
    told = call(home, "jobs.commands.sql", "select count(*) as n from seller_risk_daily r join validations v on v.ds = "
                                           "r.ds")
    assert "n" in told


def test_each_kill_was_a_kill_and_none_changed_what_a_reader_sees(killed):
    assert [(part, point, code) for part, point, code, *_ in killed] == [
        (part, point, 0 if point == "never" else -signal.SIGKILL) for part in NIGHT for point in (*POINTS, "never")]
    assert [(part, point) for part, point, _, same, _ in killed if not same] == []


def test_no_file_of_a_dead_step_is_readable_though_they_are_there(home, killed):
    ever_live = set().union(*(live for *_, live in killed), live_writes(home))
    lake = home / "lake"
    there = {folder.name for folder in lake.glob("*/killed-*") if folder.is_dir()}
    dead = there - ever_live
    # Each of the four parts died once after a write that nothing committed.
    assert len(dead) >= 4
    assert any(list(lake.glob(f"*/{write}/**/*.parquet")) for write in dead)
    assert not dead & live_writes(home)


def test_the_killed_night_ends_with_the_same_rows(home, killed):
    runs = Lake(str(home / "lake")).arrow("user_risk_daily", [date.fromisoformat(DAY)]).to_table(["run_id"])
    assert set(runs["run_id"].to_pylist()) == {"killed"}
    assert killed[-1][3]


def test_shuffled_input_in_another_lake_and_a_backfill_give_the_rows_of_the_nights(home, warm, tmp_path):
    """Two nights one by one, against one call over both from the same rows in another order."""
    days = [str(date.fromisoformat(DAY) - timedelta(days=1)), DAY]
    call(home, "jobs.commands.backfill", "--from", days[0], "--ds", days[0], **warm)
    shuffled(home / "landing", tmp_path / "landing", seed=3)
    share_models(home, tmp_path)
    call(tmp_path, "jobs.commands.backfill", "--from", days[0], "--ds", days[1], **warm)
    assert digests(tmp_path, days) == digests(home, days)


def test_the_same_night_on_a_cluster_of_two_workers_gives_the_same_rows(home, first, tmp_path):
    """Told by settings alone. The first night found the features that its training had built; this one builds them."""
    share_models(home, tmp_path)
    with cluster(load_settings({**os.environ, "VIGIL_HOME": str(tmp_path)}), tmp_path) as master:
        told = call(tmp_path, "dags.runner.run", "nightly", "--ds", DAY, VIGIL_LANDING=str(home / "landing"),
                    SPARK_MASTER=master, SPARK_LOCAL_IP=LOOPBACK,
                    SPARK_CONF_DIR=str(cluster_conf(tmp_path / "conf")))
        master_log = (tmp_path / "master.log").read_text()
    assert "training first" not in told and f"using Spark at {master}" in told
    assert master_log.count("Registered app vigil") == master_log.count("Received unregister request") == 1
    for worker in range(2):
        assert "Asked to launch executor" in (tmp_path / f"worker{worker}.log").read_text()
    assert digests(tmp_path) == digests(home)


def test_a_replay_after_the_day_was_taken_in_anew_gives_the_rows_of_then(home, warm):
    """The day's orders land again, a third of them missing. The note of the first run still leads to all of them.

    That run built no features: it found those that its training had built.
    """
    orders = Lake(str(home / "lake")).counts("orders")[date.fromisoformat(DAY)]
    notes = {file.stem: json.loads(file.read_text()) for file in (home / "lake" / "_runs").glob("*.json")}
    (run,) = (name for name, note in notes.items()
              if "features" in note.get("nothing_new", {}) and "seller_risk_daily" in note["outputs"])
    (file,) = (home / "landing" / "orders" / f"ds={DAY}").glob("*")
    whole = file.read_bytes()
    rows = pq.read_table(file)
    pq.write_table(rows[: rows.num_rows * 2 // 3], file)
    try:
        python(home, "tests/support/crash_injection.py", "never", *NIGHT["ingest"], "--", "--ds", DAY, "--run-id",
               "anew", **warm)
    finally:
        file.write_bytes(whole)
    assert Lake(str(home / "lake")).counts("orders")[date.fromisoformat(DAY)] < orders
    told = call(home, "jobs.commands.replay", "--run-id", run, **warm)
    assert told.count("rows identical") == len(PUBLISHED)
