"""How much memory a command's processes hold at their peak, Java and Python apart.

Peaks are the kernel's own (VmHWM, proc(5)), so that none is missed between two looks.
"""

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.result import Ratio
from jobs.errors import UserError
from jobs.settings import REPOSITORY

LOOK_SECONDS = 0.2


def shares(peaks: Mapping[str, Mapping[str, int]], heap: str) -> tuple[Ratio, ...]:
    """Peaks of several commands as shares of the heap that Spark's Java is given, such as 4g."""
    given = _bytes(heap)
    return tuple(Ratio(f"{name}: {what}", round(size / given, 3)) for name, found in peaks.items()
                 for what, size in found.items() if size)


def in_mib(peaks: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """The same peaks as a reader takes them."""
    return {name: {what: round(size / 2**20) for what, size in found.items()} for name, found in peaks.items()}


def peak(command: Sequence[str], env: dict[str, str]) -> dict[str, int]:
    """Peak bytes of a command's processes: {"Java": the largest, "Python": the command, "Python workers": all at once}.

    Of workers that were there at the same time the peaks are added up, and the largest of these sums is theirs. Other
    processes are left out: Hadoop starts thousands of small ones, `chmod`, one after the other.

    Raises:
        UserError: the command failed.
    """
    peaks: dict[int, tuple[str, int]] = {}
    workers = 0
    with tempfile.TemporaryFile("w+") as said:  # a pipe that nobody reads would fill, and stop the command
        process = subprocess.Popen(command, cwd=REPOSITORY, env={**os.environ, **env}, stdout=said, stderr=said)
        while process.poll() is None:
            now = dict(_now(process.pid))
            peaks.update(now)
            workers = max(workers, sum(size for pid, (name, size) in now.items()
                                       if name.startswith("python") and pid != process.pid))
            time.sleep(LOOK_SECONDS)
        if process.returncode:
            said.seek(0)
            raise UserError(f"{' '.join(command)} failed: {said.read()[-2000:]}")
    # Spark begins with a small Java that makes the command line of the large one.
    java = max((size for name, size in peaks.values() if name == "java"), default=0)
    return {"Java": java, "Python": peaks.get(process.pid, ("", 0))[1], "Python workers": workers}


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


def _bytes(size: str) -> int:
    """A size as Java takes it: 4g, 512m."""
    return int(size[:-1]) * {"m": 2**20, "g": 2**30}[size[-1].lower()]
