"""The only place that makes a Spark session.

A session comes from SPARK_REMOTE, from the server that `jobs.spark_server` started for the
run, from SPARK_MASTER, or, for one job run by hand, from a local Spark or a Sail in this process.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jobs.engines import sail
from jobs.engines.environment import local_environment, started_in
from jobs.engines.java import java_home, java_options
from jobs.engines.processes import is_alive
from jobs.runtime.process_exit import at_once, keep_raising
from jobs.settings import Engine, Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Every session agrees on these, so that the same rows come out wherever a job runs.
CONF = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # Ninety small files are listed faster by one thread than by a job of ninety tasks.
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "10000",
    # To see whether rows that are held would pack well, Spark copies each value: too much for a row of 100 MB.
    "spark.sql.inMemoryColumnarStorage.compressed": "false",
    # Spark 4.1 says of some unions that rows of one key lie together, and leaves out the shuffle that would bring them
    # together, where they do not: rows go missing from groups (SPARK-59141 is one such case).
    "spark.sql.unionOutputPartitioning": "false",
}

# In a path that is read, Spark takes these for a pattern, unless a backslash stands before them.
PATTERN_SIGNS = re.compile(r"([\\{}\[\]*?])")

ENGINE = "spark.vigil.engine"  # in a session's own settings, since nothing else tells a client what serves it

_SAIL: list[tuple[Any, str]] = []  # the server of this process and its address, once there is one


def session(settings: Settings, run_id: str = "by-hand") -> "SparkSession":
    """The Spark session of this process for a run, made at the first call."""
    remote = settings.spark_remote or _running_server(settings, run_id) or _own_sail(settings)
    from pyspark.sql import SparkSession

    _silence_values()
    if remote:
        spark = SparkSession.builder.remote(remote).getOrCreate()
        for key, value in {**CONF, ENGINE: settings.engine.value}.items():
            spark.conf.set(key, value)
        keep_raising()
        return spark
    builder = SparkSession.builder.master(settings.spark_master or "local[2]").appName("vigil")
    for key, value in {**CONF, **own_conf(settings)}.items():
        builder = builder.config(key, value)
    os.environ.pop("SPARK_CONNECT_MODE_ENABLED", None)  # with it, PySpark's functions ask Connect for a session
    with started_in(environment(settings)):
        spark = builder.getOrCreate()
    # A Java that ends by itself lets its Python workers tell of it in tracebacks.
    at_once(spark.sparkContext._gateway.proc.kill)
    keep_raising()
    return spark


def engine_of(spark: "SparkSession") -> Engine:
    """What serves a session that `session` made."""
    return Engine(spark.conf.get(ENGINE, Engine.SPARK.value))


def paths_to_read(spark: "SparkSession", paths: Iterable[str]) -> list[str]:
    """Paths of files as a reader of the session's engine is to be told them, so that none is taken for a pattern."""
    if engine_of(spark) is Engine.SAIL:
        return [_as_url(path) for path in paths]
    return [PATTERN_SIGNS.sub(r"\\\1", path) for path in paths]


def path_to_write(spark: "SparkSession", path: str) -> str:
    """The path of a folder as a writer of the session's engine is to be told it. Spark's writers know no patterns."""
    return _as_url(path) if engine_of(spark) is Engine.SAIL else path


def _as_url(path: str) -> str:
    """Sail expands patterns in a path, and none in a URL."""
    return path if "://" in path else f"file://{quote(path)}"


def _silence_values() -> None:
    """PySpark would log an error besides raising it, with the value that Spark stumbled over.

    By level: `disabled` is undone by the next logging.config.fileConfig, such as MLflow's migrations bring.
    """
    from pyspark.logger import PySparkLogger

    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        PySparkLogger.getLogger(name).setLevel(logging.CRITICAL + 1)


def close() -> None:
    """Let go of this process's session. A client whose server is gone waits for it at exit."""
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession()
    if active is not None:
        active.stop()


def own_conf(settings: Settings) -> dict[str, str]:
    """Settings of the session that a job makes where no server has one."""
    return (local_conf if _is_local(settings) else driver_conf)(settings)


def environment(settings: Settings) -> dict[str, str]:
    """The environment that this process's Spark is started in. What a cluster's operator has set up is left alone."""
    if _is_local(settings):
        return local_environment(settings)
    # Python functions run in the workers' interpreter, which must be this one to find pyarrow.
    return {"PYSPARK_PYTHON": sys.executable, **os.environ, "JAVA_HOME": java_home(settings)}


def _is_local(settings: Settings) -> bool:
    return (settings.spark_master or "local").startswith("local")


def driver_conf(settings: Settings) -> dict[str, str]:
    """Settings of a driver, wherever its executors are.

    All else is a cluster's own to say, by spark-defaults.conf and SPARK_LOCAL_IP: what is set here would win.
    """
    return {
        "spark.ui.enabled": "false",
        # Without the checksum files that nobody reads: each would cost a process of its own, to set its mode.
        "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
        # Most groups here are many and small: a first map for 65,000 of them is only looked into in vain.
        "spark.sql.codegen.aggregate.map.twolevel.enabled": "false",
        # Java does not compile a method beyond this. A hundred sums at once, written as one, take twice the time.
        "spark.sql.codegen.hugeMethodLimit": "8000",
        "spark.driver.memory": settings.driver_memory,
        "spark.driver.extraJavaOptions": java_options(settings),
        "spark.driver.maxResultSize": "0",
        "spark.log.level": "ERROR",
    }


def local_conf(settings: Settings) -> dict[str, str]:
    """Settings of a Spark that runs on this machine alone."""
    return driver_conf(settings) | {
        # Files are moved into place as tasks end: no reader follows the folder, all follow the log.
        "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
        "spark.sql.shuffle.partitions": "4",  # two cores and a day's rows
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
    }


def _own_sail(settings: Settings) -> str | None:
    """Address of a Sail in this process, made at the first call; None where Spark is the engine."""
    if settings.engine is not Engine.SAIL:
        return None
    if not _SAIL:
        _SAIL.append(sail.in_this_process(settings))
    return _SAIL[0][1]


def _running_server(settings: Settings, run_id: str) -> str | None:
    """Address of the run's own server, if its process is alive."""
    try:
        note = json.loads(settings.server_file(run_id).read_text())
    except (FileNotFoundError, ValueError):
        return None
    return note["remote"] if is_alive(note["pid"]) else None
