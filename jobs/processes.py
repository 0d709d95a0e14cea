"""Processes of this machine."""

import os


def alive(pid: int) -> bool:
    """Whether a process of ours has this number. One of somebody else's has taken it over from a process that ended."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
