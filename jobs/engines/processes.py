"""Processes of this machine."""

import os
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether a process of ours has this number. One of somebody else's has taken it over from a process that ended."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Whether it has ended and its parent was not told yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False
