"""Processes of this machine."""

import os
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Return whether a process of this user has this id. PermissionError means that the id was reused."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Return whether the process has ended and its parent has not read the exit code yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False
