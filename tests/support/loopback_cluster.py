"""A Spark cluster of a master and two workers on the loopback interface, out of the pyspark wheel alone."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyspark

from jobs.engines.java import java_home
from jobs.engines.ports import LOOPBACK, free_port, is_listening
from jobs.settings import Settings

PACKAGE = Path(pyspark.__file__).parent
DEPLOYED = "org.apache.spark.deploy"
START_SECONDS = 600  # a busy machine takes minutes for what a quiet one does in ten seconds


@contextmanager
def cluster(settings: Settings, folder: Path, workers: int = 2) -> Iterator[str]:
    """The master's address. Every process is gone at the end.

    Args:
        settings: whose Java is used.
        folder: what the workers write, their logs included.
    """
    port, java, started = free_port(), java_home(settings), []
    master = f"spark://{LOOPBACK}:{port}"
    try:
        started.append(_start(java, folder / "master", [
            f"{DEPLOYED}.master.Master", "--host", LOOPBACK, "--port", str(port), "--webui-port", str(free_port())]))
        _wait(lambda: is_listening(port), folder)
        for number in range(workers):
            log = folder / f"worker{number}"
            started.append(_start(java, log, [
                f"{DEPLOYED}.worker.Worker", "--host", LOOPBACK, "--port", str(free_port()), "--webui-port",
                str(free_port()), "--cores", "1", "--memory", "1g", "--work-dir", str(folder / "work"), master]))
        _wait(lambda: all("registered with master" in (folder / f"worker{n}.log").read_text()
                          for n in range(workers)), folder)
        yield master
    finally:
        for process in reversed(started):  # workers end their executors, then themselves
            process.terminate()
        for process in started:
            process.wait(timeout=60)


def _start(java: str, name: Path, command: list[str]) -> subprocess.Popen:
    inherited = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}  # workers lack our code
    environment = {**inherited, "JAVA_HOME": java, "SPARK_HOME": str(PACKAGE),
                   "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": LOOPBACK, "SPARK_DAEMON_MEMORY": "256m",
                   "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC "
                                             "-Dspark.master.rest.enabled=false"}  # it takes jobs from anybody
    with name.with_suffix(".log").open("wb") as log:
        return subprocess.Popen([PACKAGE / "bin" / "spark-class", *command], stdout=log, stderr=log,
                                stdin=subprocess.DEVNULL, env=environment)


def _wait(ready, folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Spark did not start within {START_SECONDS} s; its logs are in {folder}")
        time.sleep(0.2)
