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

# Sail's default ends a session after 15 idle minutes. A training may leave its session idle for longer.
IDLE_SECONDS = 24 * 3600


def server_command(port: int) -> list[str]:
    """Return the command of a server that listens on this machine alone."""
    return [sys.executable, "-m", "pysail", "spark", "server", "--ip", LOOPBACK, "--port", str(port)]


def server_environment(checkpoint_dir: Path) -> Mapping[str, str]:
    """Return the server's settings, which the server reads from the environment.

    Args:
        checkpoint_dir: folder of materialized frames (`localCheckpoint`), which Sail never keeps in memory.
    """
    return {"SAIL_EXECUTION__CHECKPOINT__PATH": plain_path(checkpoint_dir.absolute()).as_uri(),
            "SAIL_PARQUET__COMPRESSION": "snappy",  # as in Spark's files; Sail's default, zstd, takes longer
            # DuckDB would read string_view from the metadata, and cannot compare texts with a string_view.
            "SAIL_PARQUET__SKIP_ARROW_METADATA": "true",
            "SAIL_SPARK__SESSION_TIMEOUT_SECS": str(IDLE_SECONDS)}


def in_this_process(settings: Settings) -> tuple["SparkConnectServer", str]:
    """Start a server in this process, for one step run by a person, and return the server and its address."""
    checkpoint_dir = scratch_folder(settings, f"manual-{os.getpid()}")
    checkpoint_dir.mkdir(parents=True, exist_ok=True)
    atexit.register(shutil.rmtree, checkpoint_dir, ignore_errors=True)
    os.environ.update(server_environment(checkpoint_dir))
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer(LOOPBACK, 0)
    server.start(background=True)
    return server, f"sc://{LOOPBACK}:{server.listening_address[1]}"


def scratch_folder(settings: Settings, name: str) -> Path:
    """Return the folder of a server's materialized frames."""
    return settings.home / "spark" / f"{name}.held"

