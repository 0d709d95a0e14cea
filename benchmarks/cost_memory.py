"""How much memory each job holds at its peak, Java and Python apart, each in a process of its own.

Peaks are the kernel's own (VmHWM, proc(5)), so that none is missed between two looks.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import nights, world
from benchmarks.figure import Figure, Ratio
from benchmarks.setting import Setting
from jobs import step
from jobs.errors import Refused
from jobs.settings import REPOSITORY, Settings
from jobs.spark import close

LOOK_SECONDS = 0.2


def measure(at: Setting) -> Figure:
    """Peaks of the jobs of a night, as a share of the heap that Spark's Java is given."""
    places = at.world
    nights.ready(at.spark, places, world.LAST, at.eve)
    conditions = at.conditions(
        note="Java is bounded by its heap and a code cache of 512 MB besides; Python by the rows of one entity and "
             "day, and its workers by the rows of a quarter of all keys")
    close()  # what is watched has the machine for itself
    out = at.folder / nights.name()
    commands = {
        "features of the night": ["jobs.build_features", "--ds", str(world.LAST), "--run-id", out.name],
        "features of the day's orders alone": ["jobs.build_features", "--entity", "order", "--out", str(out),
                                         "--from", str(world.LAST), "--ds", str(world.LAST)],
        "training and scoring": ["benchmarks.once_learning", str(at.rows)],
        "the DuckDB script": ["benchmarks.once_duckdb"]}
    peaks = {}
    for name, command in commands.items():
        with step.timed(f"memory of {name}"):
            peaks[name] = peak([sys.executable, "-m", *command], _env(places))
    shutil.rmtree(out, ignore_errors=True)
    nights.tidy(places)
    heap = _bytes(places.driver_memory)
    ratios = [Ratio(f"{name}: {what}", round(size / heap, 3)) for name, found in peaks.items()
              for what, size in found.items() if size]
    return Figure("memory", f"Peak memory against Spark's heap of {places.driver_memory}", conditions, tuple(ratios),
        {"peak_mib": {name: {what: round(size / 2**20) for what, size in found.items()}
                      for name, found in peaks.items()}})


def peak(command: Sequence[str], env: dict[str, str]) -> dict[str, int]:
    """Peak bytes of a command's processes: {"Java": the largest, "Python": the command, "Python workers": their sum}.

    Raises:
        Refused: the command failed.
    """
    peaks: dict[int, tuple[str, int]] = {}
    with tempfile.TemporaryFile("w+") as said:  # a pipe that nobody reads would fill, and stop the command
        process = subprocess.Popen(command, cwd=REPOSITORY, env={**os.environ, **env}, stdout=said, stderr=said)
        while process.poll() is None:
            peaks.update(_now(process.pid))
            time.sleep(LOOK_SECONDS)
        if process.returncode:
            said.seek(0)
            raise Refused(f"{' '.join(command)} failed: {said.read()[-2000:]}")
    own = peaks.pop(process.pid, ("", 0))[1]
    java = [size for name, size in peaks.values() if name == "java"]
    # Spark begins with a small Java that makes the command line of the large one.
    return {"Java": max(java, default=0), "Python": own,
            "Python workers": sum(size for name, size in peaks.values() if name != "java")}


def _now(root: int) -> Iterator[tuple[int, tuple[str, int]]]:
    """(process, (its name, its peak in bytes)) of a process and of all below it."""
    told = {pid: status for pid in _processes() if (status := _status(pid))}
    below, level = set(), {root}
    while level:
        below |= level
        level = {pid for pid, status in told.items() if status["parent"] in level} - below
    for pid in below & told.keys():
        yield pid, (told[pid]["name"], told[pid]["peak"])


def _processes() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _status(pid: int) -> dict | None:
    """None for a process that has just ended, or that has no memory of its own."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    found = dict(re.findall(r"^(Name|PPid|VmHWM):\s+(\S+)", text, re.MULTILINE))
    return {"name": found["Name"], "parent": int(found["PPid"]), "peak": int(found["VmHWM"]) * 1024} \
        if "VmHWM" in found else None


def _env(places: Settings) -> dict[str, str]:
    return {"VIGIL_HOME": str(places.home), "VIGIL_LANDING": str(places.landing), "VIGIL_LAKE": places.lake}


def _bytes(size: str) -> int:
    """A size as Java takes it: 4g, 512m."""
    return int(size[:-1]) * {"m": 2**20, "g": 2**30}[size[-1].lower()]
