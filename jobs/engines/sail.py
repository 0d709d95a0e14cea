"""Sail, the second engine: a Spark Connect server without Java, from the `pysail` wheel."""

import atexit
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.engines.ports import LOOPBACK
from jobs.runtime.plain_paths import plain_path
from jobs.settings import Settings

if TYPE_CHECKING:
    from pysail.spark import SparkConnectServer

# A training may leave its session alone for longer than the quarter of an hour after which Sail would end it.
IDLE_SECONDS = 24 * 3600


def server_command(port: int) -> list[str]:
    """What starts a server that listens on this machine alone."""
    return [sys.executable, "-m", "pysail", "spark", "server", "--ip", LOOPBACK, "--port", str(port)]


def server_environment(held: Path) -> Mapping[str, str]:
    """The server's settings, which it reads from the environment.

    Args:
        held: folder for frames that are held (`localCheckpoint`). Sail holds none in memory.
    """
    return {"SAIL_EXECUTION__CHECKPOINT__PATH": plain_path(held.absolute()).as_uri(),
            "SAIL_PARQUET__COMPRESSION": "snappy",  # as Spark's files are: its own zstd took a night a twentieth longer
            # DuckDB would take string_view from it, and could not compare texts with one.
            "SAIL_PARQUET__SKIP_ARROW_METADATA": "true",
            "SAIL_SPARK__SESSION_TIMEOUT_SECS": str(IDLE_SECONDS)}


def in_this_process(settings: Settings) -> tuple["SparkConnectServer", str]:
    """A server for one job run by hand, which ends with the process, and its address."""
    held = scratch_folder(settings, f"by-hand-{os.getpid()}")
    held.mkdir(parents=True, exist_ok=True)
    atexit.register(shutil.rmtree, held, ignore_errors=True)
    os.environ.update(server_environment(held))
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer(LOOPBACK, 0)
    server.start(background=True)
    return server, f"sc://{LOOPBACK}:{server.listening_address[1]}"


def scratch_folder(settings: Settings, name: str) -> Path:
    """Where a server holds frames."""
    return settings.home / "spark" / f"{name}.held"

