"""End of Vigil's processes: one line at an interruption, and no destructors of native libraries.

Arrow, Delta and gRPC have threads of their own. On a busy machine such a thread may still run while the interpreter
unloads its libraries. C++ then aborts a process whose work is done (exit code 134).
"""

import atexit
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NoReturn

PREFIX = "vigil: "  # begins every line for a person (jobs/runtime/console.py)
COMMANDS = ("jobs.", "dags.", "benchmarks.")  # packages of modules that people start
SERVES_A_COMMAND = "dags.runner.airflow_server"
SIGNALS = {signal.SIGINT: "interrupted", signal.SIGTERM: "asked to end", signal.SIGHUP: "left by its terminal"}
ENDING_SECONDS = 10.0  # grace period of a child after SIGTERM
PR_SET_PDEATHSIG = 1  # Linux: signal to get when the parent dies
PATIENCE_SECONDS = 15.0  # time limit of exit functions, since a server may no longer answer

line_start = ""  # erases the live line of a terminal (jobs/runtime/live_line.py)

_raises = False
_received: list[int] = []
_at_once: list[Callable[[], None]] = []


def leave_at_signals() -> None:
    """End a process that a person has started at a signal during its imports, such as `python -m jobs.ingest`."""
    started = sys.orig_argv[sys.orig_argv.index("-m") + 1:][:1] if "-m" in sys.orig_argv else []
    if not any(name.startswith(COMMANDS) and name != SERVES_A_COMMAND for name in started):
        return

    def end(number: int, _frame) -> None:
        os.write(2, f"{PREFIX}{SIGNALS[signal.Signals(number)]}\n".encode())
        os._exit(128 + number)

    _on_signals(end)


def raise_at_signals() -> None:
    """Make the first SIGINT, SIGTERM or SIGHUP print one line and raise KeyboardInterrupt.

    The second signal ends the process at once. A signal that this process was started to ignore stays ignored.
    """
    global _raises
    _raises = True
    _on_signals(_interrupt)


def keep_raising() -> None:
    """Set the signal handlers again after a library has replaced them, as PySpark and Sail do."""
    if _raises and threading.current_thread() is threading.main_thread():
        _on_signals(_interrupt)


def interrupted() -> int:
    """Return the exit code of a process that a signal has ended: 130 for Ctrl-C. Print the line if no signal has."""
    if not _received:
        with suppress(KeyboardInterrupt):
            _interrupt(signal.SIGINT, None)
    return 128 + _received[0]


def _interrupt(number: int, _frame) -> None:
    _received.append(number)
    if len(_received) > 1:
        _end_at_once()
        os._exit(128 + number)
    # Written past sys.stderr, because the signal may have stopped sys.stderr in the middle of a line.
    start = line_start if os.isatty(2) else ""
    os.write(2, f"{start}{PREFIX}{SIGNALS[signal.Signals(number)]}, ending what it started\n".encode())
    raise KeyboardInterrupt


def _on_signals(action: Callable) -> None:
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, action)


def at_once(action: Callable[[], None]) -> None:
    """Register an action that ends something at once after a signal. The action must not wait."""
    _at_once.append(action)


def die_with_parent() -> None:
    """Ask the kernel to end this child process when its parent is gone. Call it before the child's program starts."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def end_groups(leaders: Sequence[subprocess.Popen], seconds: float = ENDING_SECONDS) -> None:
    """Ask group leaders to end, and kill the rest of each group after its leader has ended or time is up."""
    for leader in leaders:
        if leader.poll() is None:
            leader.terminate()
    deadline = time.monotonic() + seconds
    for leader in leaders:
        with suppress(subprocess.TimeoutExpired):
            leader.wait(max(0.0, deadline - time.monotonic()))
        kill_group(leader)
        leader.wait()


def kill_group(leader: subprocess.Popen) -> None:
    """Kill a process group, also where its leader has ended."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader.pid, signal.SIGKILL)


def leave(code: int) -> NoReturn:
    """End this process: run its exit functions and write its output, without any destructor."""
    slow = threading.Timer(PATIENCE_SECONDS, os._exit, (code,))
    slow.daemon = True
    if _received:
        slow.start()
        _end_at_once()
    else:
        threading._shutdown()  # waits for threads that are no daemons, like the interpreter
    atexit._run_exitfuncs()
    _flush()
    os._exit(code)


def _end_at_once() -> None:
    for action in _at_once:
        with suppress(Exception):
            action()


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
