"""Spark sessions. No other module creates one.

A session comes from SPARK_REMOTE, from the server that `jobs.spark_server` started for the run, or from SPARK_MASTER.
A step that a person runs without any of these gets a local Spark or a Sail in this process.
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

# Settings of every session, so that a step gives the same rows on every engine and machine.
CONF = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # One thread lists ninety small files faster than a job of ninety tasks.
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "10000",
    # To choose a compression for materialized rows, Spark copies each value: too much for a row of 100 MB.
    "spark.sql.inMemoryColumnarStorage.compressed": "false",
    # Spark 4.1 wrongly takes some unions for partitioned by key and leaves out the shuffle. Groups then lack rows
    # (SPARK-59141 is one case).
    "spark.sql.unionOutputPartitioning": "false",
}

# Spark reads these signs in a path as a pattern, unless a backslash stands before the sign.
PATTERN_SIGNS = re.compile(r"([\\{}\[\]*?])")

ENGINE = "spark.vigil.engine"  # a setting of the session: a client has no other way to know its server's engine

_SAIL: list[tuple[Any, str]] = []  # the server of this process and its address, once it has started


def session(settings: Settings, run_id: str = "manual") -> "SparkSession":
    """Return the Spark session of this process for a run, created at the first call."""
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
    os.environ.pop("SPARK_CONNECT_MODE_ENABLED", None)  # PySpark's functions would use a session of Connect
    with started_in(environment(settings)):
        spark = builder.getOrCreate()
    # At an interruption Java is killed: a Java that ends by itself lets its Python workers print tracebacks.
    at_once(spark.sparkContext._gateway.proc.kill)
    keep_raising()
    return spark


def engine_of(spark: "SparkSession") -> Engine:
    """Return the engine of a session that `session` created."""
    return Engine(spark.conf.get(ENGINE, Engine.SPARK.value))


def paths_to_read(spark: "SparkSession", paths: Iterable[str]) -> list[str]:
    """Return paths of files in the form that the session's engine reads as paths, not as patterns."""
    if engine_of(spark) is Engine.SAIL:
        return [_as_url(path) for path in paths]
    return [PATTERN_SIGNS.sub(r"\\\1", path) for path in paths]


def path_to_write(spark: "SparkSession", path: str) -> str:
    """Return the path of a folder in the form that the session's engine writes to. Spark's writers know no patterns."""
    return _as_url(path) if engine_of(spark) is Engine.SAIL else path


def _as_url(path: str) -> str:
    """Return a path as a URL: Sail expands patterns in a path, and none in a URL."""
    return path if "://" in path else f"file://{quote(path)}"


def _silence_values() -> None:
    """Stop PySpark from logging an error that it also raises: the log line would quote the value.

    The level is set, because a later logging.config.fileConfig resets `disabled`; MLflow's migrations call it.
    """
    from pyspark.logger import PySparkLogger

    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        PySparkLogger.getLogger(name).setLevel(logging.CRITICAL + 1)


def close() -> None:
    """Stop this process's session. At exit, a client would wait for a server that is gone."""
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession()
    if active is not None:
        active.stop()


def own_conf(settings: Settings) -> dict[str, str]:
    """Return the settings of a session that a step creates without a server."""
    return (local_conf if _is_local(settings) else driver_conf)(settings)


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment of this process's Spark. For a cluster, the operator's variables stay as they are."""
    if _is_local(settings):
        return local_environment(settings)
    # Python functions run in the workers' interpreter, which must be this one to find pyarrow.
    return {"PYSPARK_PYTHON": sys.executable, **os.environ, "JAVA_HOME": java_home(settings)}


def _is_local(settings: Settings) -> bool:
    return (settings.spark_master or "local").startswith("local")


def driver_conf(settings: Settings) -> dict[str, str]:
    """Return the settings of a driver, for local executors and for a cluster.

    A cluster decides all other settings, by spark-defaults.conf and SPARK_LOCAL_IP. A setting here would override it.
    """
    return {
        "spark.ui.enabled": "false",
        # Writes no checksum files: nobody reads them, and each would start a process to set its mode.
        "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
        # Disables the two-level hash map: groups are many and small, and a map of 65,000 entries rarely has them.
        "spark.sql.codegen.aggregate.map.twolevel.enabled": "false",
        # Java compiles no method with more bytecode. A query of a hundred sums would be one such slow method.
        "spark.sql.codegen.hugeMethodLimit": "8000",
        "spark.driver.memory": settings.driver_memory,
        "spark.driver.extraJavaOptions": java_options(settings),
        "spark.driver.maxResultSize": "0",
        "spark.log.level": "ERROR",
    }


def local_conf(settings: Settings) -> dict[str, str]:
    """Return the settings of a Spark that runs on this machine alone."""
    return driver_conf(settings) | {
        # Each task moves its own files into place: readers follow the log, never the folder.
        "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
        "spark.sql.shuffle.partitions": "4",  # two cores and a day's rows
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
    }


def _own_sail(settings: Settings) -> str | None:
    """Return the address of a Sail in this process, started at the first call; None where Spark is the engine."""
    if settings.engine is not Engine.SAIL:
        return None
    if not _SAIL:
        _SAIL.append(sail.in_this_process(settings))
    return _SAIL[0][1]


def _running_server(settings: Settings, run_id: str) -> str | None:
    """Return the address of the run's own server; None unless its process is alive."""
    try:
        server = json.loads(settings.server_file(run_id).read_text())
    except (FileNotFoundError, ValueError):
        return None
    return server["remote"] if is_alive(server["pid"]) else None
