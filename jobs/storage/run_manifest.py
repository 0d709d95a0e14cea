"""The note of a run: everything that is needed to repeat it, kept in the lake beside the tables."""

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
    """Where a run's note is, relative to the lake."""
    return f"_runs/{run_id}.json"


def read(lake: Lake, run_id: str) -> dict[str, Any] | None:
    """A run's note, or None where there is no such run.

    Raises:
        DamagedStore: it is there and cannot be read.
    """
    found = lake.get_json(path(run_id))
    if not isinstance(found, dict | None):
        raise lake.files_beside.fault(path(run_id), "is JSON of another form").error()
    return found


def add_section(lake: Lake, section: str, content: dict[str, Any]) -> None:
    """Add to the run's note. A section that is there is replaced key by key."""
    with _WRITE_LOCK:
        known = read(lake, lake.run_id) or {"run_id": lake.run_id, "code": code_version()}
        known[section] = {**known.get(section, {}), **content}
        lake.put_json(path(lake.run_id), known)


def add_output(lake: Lake, stage: str, written: StagedWrite, version: int) -> None:
    """Note a table that the run committed, and the versions of the tables it was made from."""
    add_section(lake, "outputs", {written.table: {"stage": stage, "version": version, "rows": written.rows,
                                                  "days": written.days, "inputs": dict(written.inputs),
                                                  **written.metadata}})


def add_reused(lake: Lake, stage: str, table: str, days: Sequence[dt.date]) -> None:
    """Note a table that the run found as it would have made it, in the words of one that it committed."""
    counts, versions = lake.counts(table), lake.versions()
    add_section(lake, "outputs", {table: {"stage": stage, "version": versions[table],
                                  "rows": sum(counts.get(day, 0) for day in days),
                                          "days": [str(day) for day in days], "inputs": versions}})


def code_version() -> str:
    """The commit of the code, with `+` where files were changed since; `unknown` outside a checkout."""
    try:
        told = subprocess.run(["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty=+", "--abbrev=12"],
                              capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return told.stdout.strip()
