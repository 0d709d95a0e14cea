"""How a process of ours ends: with one line when it is interrupted, and without the destructors of native libraries.

Arrow, Delta and gRPC have threads of their own. On a busy machine such a thread may still run while the interpreter
takes its libraries down. C++ then aborts a process whose work is done (exit code 134).
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

PREFIX = "vigil: "  # of lines that a person should see (jobs/step.py)
COMMANDS = ("jobs.", "dags.", "benchmarks.")  # packages of modules that people start
SERVES_A_COMMAND = "dags.runner.airflow_server"
SIGNALS = {signal.SIGINT: "interrupted", signal.SIGTERM: "told to end", signal.SIGHUP: "left by its terminal"}
ENDING_SECONDS = 10.0  # for a child that was asked to end
PR_SET_PDEATHSIG = 1  # Linux: signal to get when the parent dies
PATIENCE_SECONDS = 15.0  # for what ends with the process, such as a server that no longer answers

_raises = False
_received: list[int] = []
_at_once: list[Callable[[], None]] = []


def leave_at_signals() -> None:
    """End a process that a person has started, such as `python -m jobs.ingest`, at a signal while it still imports."""
    started = sys.orig_argv[sys.orig_argv.index("-m") + 1:][:1] if "-m" in sys.orig_argv else []
    if not any(name.startswith(COMMANDS) and name != SERVES_A_COMMAND for name in started):
        return

    def end(number: int, _frame) -> None:
        os.write(2, f"{PREFIX}{SIGNALS[signal.Signals(number)]}\n".encode())
        os._exit(128 + number)

    _on_signals(end)


def raise_at_signals() -> None:
    """Let the first SIGINT, SIGTERM or SIGHUP say so in one line and raise KeyboardInterrupt; the next one ends all.

    A signal that this process was started to ignore stays ignored.
    """
    global _raises
    _raises = True
    _on_signals(_interrupt)


def keep_raising() -> None:
    """Take signals back from a library that has taken them, as PySpark and Sail do."""
    if _raises and threading.current_thread() is threading.main_thread():
        _on_signals(_interrupt)


def interrupted() -> int:
    """The exit code of a process that a signal has ended: 130 for Ctrl-C. The line is said, where it was not yet."""
    if not _received:
        with suppress(KeyboardInterrupt):
            _interrupt(signal.SIGINT, None)
    return 128 + _received[0]


def _interrupt(number: int, _frame) -> None:
    _received.append(number)
    if len(_received) > 1:
        _end_at_once()
        os._exit(128 + number)
    # A line of its own, and not by way of sys.stderr, which the signal may have stopped in the middle of a line.
    os.write(2, f"{PREFIX}{SIGNALS[signal.Signals(number)]}, ending what it started\n".encode())
    raise KeyboardInterrupt


def _on_signals(action: Callable) -> None:
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, action)


def at_once(action: Callable[[], None]) -> None:
    """Name what has to be ended where a signal has cut the work short. It must not wait."""
    _at_once.append(action)


def die_with_parent() -> None:
    """In a child, before its program starts: ask the kernel to end it when its parent is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def end_groups(leaders: Sequence[subprocess.Popen], seconds: float = ENDING_SECONDS) -> None:
    """Ask processes that lead a group to end, and kill what is left of their groups once they have or time is up."""
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
    """Kill a process that leads a group, and all of its group, also where the leader has ended."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader.pid, signal.SIGKILL)


def leave(code: int) -> NoReturn:
    """End this process: what is registered for its end is run, all output is written, and nothing else."""
    slow = threading.Timer(PATIENCE_SECONDS, os._exit, (code,))
    slow.daemon = True
    if _received:
        slow.start()
        _end_at_once()
    else:
        threading._shutdown()  # as the interpreter does: wait for threads that are no daemons
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
