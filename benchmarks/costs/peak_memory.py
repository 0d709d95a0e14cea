"""Peak memory of a command's processes, of Java and of Python.

The kernel records the peaks (VmHWM, proc(5)), so no peak between two samples is missed.
"""

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.result import CostRatio
from jobs.errors import UserError
from jobs.settings import REPOSITORY

SAMPLE_SECONDS = 0.2


def shares(peaks: Mapping[str, Mapping[str, int]], heap: str) -> tuple[CostRatio, ...]:
    """Return peaks of several commands as shares of the heap of Spark's Java, such as 4g."""
    heap_bytes = _bytes(heap)
    return tuple(CostRatio(f"{name}: {process}", round(size / heap_bytes, 3)) for name, sizes in peaks.items()
                 for process, size in sizes.items() if size)


def in_mib(peaks: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """Return the peaks in MiB."""
    return {name: {process: round(size / 2**20) for process, size in sizes.items()} for name, sizes in peaks.items()}


def peak(command: Sequence[str], env: dict[str, str]) -> dict[str, int]:
    """Run a command and return the peak bytes of its processes.

    Other processes are left out: Hadoop starts thousands of small `chmod` processes, one after the other.

    Returns:
        "Java": the largest Java process; "Python": the command; "Python workers": the largest sum of the peaks of
        workers that ran at the same time.

    Raises:
        UserError: the command failed.
    """
    peaks: dict[int, tuple[str, int]] = {}
    workers = 0
    with tempfile.TemporaryFile("w+") as output:  # an unread pipe would fill, and stop the command
        process = subprocess.Popen(command, cwd=REPOSITORY, env={**os.environ, **env}, stdout=output, stderr=output)
        while process.poll() is None:
            now = dict(_now(process.pid))
            peaks.update(now)
            workers = max(workers, sum(size for pid, (name, size) in now.items()
                                       if name.startswith("python") and pid != process.pid))
            time.sleep(SAMPLE_SECONDS)
        if process.returncode:
            output.seek(0)
            raise UserError(f"{' '.join(command)} failed: {output.read()[-2000:]}")
    # Spark starts a small Java process first, which makes the command line of the large one.
    java = max((size for name, size in peaks.values() if name == "java"), default=0)
    return {"Java": java, "Python": peaks.get(process.pid, ("", 0))[1], "Python workers": workers}


def _now(root: int) -> Iterator[tuple[int, tuple[str, int]]]:
    """Yield (process, (name, peak in bytes)) of a process and of all its descendants."""
    statuses = {pid: status for pid in _processes() if (status := _status(pid))}
    descendants, level = set(), {root}
    while level:
        descendants |= level
        level = {pid for pid, status in statuses.items() if status["parent"] in level} - descendants
    for pid in descendants & statuses.keys():
        yield pid, (statuses[pid]["name"], statuses[pid]["peak"])


def _processes() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _status(pid: int) -> dict | None:
    """Return name, parent and peak of a process; None for a process that has ended, or that has no memory."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = dict(re.findall(r"^(Name|PPid|VmHWM):\s+(\S+)", text, re.MULTILINE))
    return {"name": fields["Name"], "parent": int(fields["PPid"]), "peak": int(fields["VmHWM"]) * 1024} \
        if "VmHWM" in fields else None


def _bytes(size: str) -> int:
    """Parse a size in Java's notation, such as 4g or 512m."""
    return int(size[:-1]) * {"m": 2**20, "g": 2**30}[size[-1].lower()]
