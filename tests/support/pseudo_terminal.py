"""Programs that run in a real pseudo-terminal, and what it showed."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence

from jobs.settings import REPOSITORY


def shown(code: str, columns: int = 80, arguments: Sequence[str] = (), **more: str) -> tuple[int, str]:
    """Run Python code in a terminal of some columns.

    Args:
        more: the environment besides that of the tests; an empty value removes a variable.

    Returns:
        The exit code, and every byte that reached the terminal, as text.
    """
    own, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    env = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": "", "COLUMNS": "", "PYTHONPATH": str(REPOSITORY), **more}
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], stdin=other, stdout=other, stderr=other,
                               cwd=REPOSITORY, env={name: value for name, value in env.items() if value})
    os.close(other)
    content = b""
    while chunk := _read(own):
        content += chunk
    os.close(own)
    return process.wait(), content.decode().replace("\r\n", "\n")


def _read(end: int) -> bytes:
    try:
        return os.read(end, 65536)
    except OSError:  # Linux: the program has ended
        return b""
