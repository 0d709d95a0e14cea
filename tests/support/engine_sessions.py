"""Sessions of both engines in one test process: a classic Spark session, and one of Sail over Spark Connect.

PySpark asks the environment and two attributes which of both serves a call. `select` sets them for one test.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ENGINES = ("spark", "sail")
CONNECT = "SPARK_CONNECT_MODE_ENABLED"  # PySpark's functions build expressions for Spark Connect where this is set

# A few rows are planned and compiled longer than they are computed.
FOR_FEW_ROWS = {"spark.sql.shuffle.partitions": "1", "spark.sql.adaptive.enabled": "false",
                "spark.sql.codegen.wholeStage": "false"}


class EngineSessions:
    """The sessions of this process, one an engine, each started by the first test that asks for it."""

    def __init__(self) -> None:
        self._started: dict = {}
        self._of_jobs: dict[str, str] = {}
        self._classic: tuple | None = None
        self._engine = os.environ.get("ENGINE")

    def select(self, engine: str | None) -> None:
        """Let PySpark and Vigil's settings use an engine; None: as the caller's environment says."""
        _set("ENGINE", engine or self._engine)
        _set(CONNECT, "1" if engine == "sail" and "sail" in self._started else None)
        self._show_classic(engine != "sail")

    def session(self, engine: str, home: Path):
        """The session of the selected engine."""
        if engine not in self._started:
            spark = self._started[engine] = _start(engine, home)
            self._of_jobs = {key: spark.conf.get(key) for key in FOR_FEW_ROWS}
            _set_for_few_rows(spark)
            if engine == "spark":
                self._classic = _classic()
        return self._started[engine]

    @contextmanager
    def product_settings(self, spark) -> Iterator[None]:
        """Give the session the settings of a job, for a time."""
        for key, value in self._of_jobs.items():
            spark.conf.set(key, value)
        try:
            yield
        finally:
            _set_for_few_rows(spark)

    def stop(self) -> None:
        """End both sessions."""
        for engine, session in self._started.items():
            self.select(engine)
            session.stop()
        self._started, self._classic = {}, None
        self.select(None)

    def _show_classic(self, shown: bool) -> None:
        """PySpark starts no session of Spark Connect where it sees a classic one."""
        if self._classic:
            from pyspark import SparkContext
            from pyspark.sql import SparkSession

            SparkContext._active_spark_context, SparkSession._instantiatedSession = (
                self._classic if shown else (None, None))


def _start(engine: str, home: Path):
    from jobs.engines.spark import session
    from jobs.settings import load_settings

    spark = session(load_settings({"VIGIL_HOME": str(home), "JAVA_HOME": os.environ.get("JAVA_HOME", ""),
                                   "SPARK_DRIVER_MEMORY": "3g", "ENGINE": engine}))
    if engine == "spark":
        spark.sparkContext.setLogLevel("OFF")  # many tests are about a write that is refused
    return spark


def _set_for_few_rows(spark) -> None:
    for key, value in FOR_FEW_ROWS.items():
        spark.conf.set(key, value)


def _classic() -> tuple:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    return SparkContext._active_spark_context, SparkSession._instantiatedSession


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
