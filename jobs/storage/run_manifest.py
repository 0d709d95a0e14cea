"""Run manifests: JSON files in the lake with everything that a replay of a run needs."""

import datetime as dt
import subprocess
import threading
from collections.abc import Sequence
from typing import Any

from jobs.settings import REPOSITORY
from jobs.storage.data_files import StagedWrite
from jobs.storage.lake import Lake

_WRITE_LOCK = threading.Lock()


def path(run_id: str) -> str:
    """Return the path of a run's manifest, relative to the lake."""
    return f"_runs/{run_id}.json"


def read(lake: Lake, run_id: str) -> dict[str, Any] | None:
    """Return a run's manifest; None where the run has none.

    Raises:
        DamagedStore: the manifest cannot be read.
    """
    manifest = lake.get_json(path(run_id))
    if not isinstance(manifest, dict | None):
        raise lake.files_beside.fault(path(run_id), "is JSON of another form").error()
    return manifest


def add_section(lake: Lake, section: str, content: dict[str, Any]) -> None:
    """Add a section to the run's manifest. An existing section is replaced key by key."""
    with _WRITE_LOCK:
        manifest = read(lake, lake.run_id) or {"run_id": lake.run_id, "code": code_version()}
        manifest[section] = {**manifest.get(section, {}), **content}
        lake.put_json(path(lake.run_id), manifest)


def add_output(lake: Lake, stage: str, written: StagedWrite, version: int) -> None:
    """Record a table that the run committed, with the versions of its input tables."""
    add_section(lake, "outputs", {written.table: {"stage": stage, "version": version, "rows": written.rows,
                                                  "days": written.days, "inputs": dict(written.inputs),
                                                  **written.metadata}})


def add_reused(lake: Lake, stage: str, table: str, days: Sequence[dt.date]) -> None:
    """Record a table that the run reused in the form of a committed table."""
    counts, versions = lake.counts(table), lake.versions()
    add_section(lake, "outputs", {table: {"stage": stage, "version": versions[table],
                                          "rows": sum(counts.get(day, 0) for day in days),
                                          "days": [str(day) for day in days], "inputs": versions,
                                          "reused": True}})


def code_version() -> str:
    """Return the commit of the code, with `+` where files have changed since; `unknown` outside a checkout."""
    try:
        process = subprocess.run(["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty=+", "--abbrev=12"],
                                 capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return process.stdout.strip()
