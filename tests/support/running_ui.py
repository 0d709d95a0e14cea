"""`make ui` in a terminal of its own, as a person has it, and the API of its Airflow."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from jobs.engines.ports import free_port
from jobs.settings import REPOSITORY

START_SECONDS, END_SECONDS = 240, 60
UP = "Ctrl-C ends everything"


class RunningUi:
    """The process of `dags.runner.ui`, with what it has printed."""

    def __init__(self, home: Path, **more: str):
        self.home, self.output, self._token = home, "", ""
        self.port = free_port()
        env = {**os.environ, "VIGIL_HOME": str(home), "PYTHONPATH": str(REPOSITORY), "SPARK_DRIVER_MEMORY": "2g",
               "VIGIL_AIRFLOW_PORT": str(self.port), "VIGIL_MLFLOW_PORT": str(free_port()), **more}
        self._terminal, of_process = pty.openpty()
        self.process = subprocess.Popen([sys.executable, "-m", "dags.runner.ui"], env=env, cwd=REPOSITORY,
                                        stdin=of_process, stdout=of_process, stderr=of_process,
                                        start_new_session=True, preexec_fn=lambda: _take_terminal(of_process))
        os.close(of_process)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with suppress(OSError):  # the terminal of a process that has ended
            while part := os.read(self._terminal, 4096):
                self.output += part.decode(errors="replace")

    def press_ctrl_c(self) -> None:
        os.write(self._terminal, b"\x03")

    def wait_until_up(self) -> "RunningUi":
        wait_until(lambda: UP in self.output or self.process.poll() is not None, START_SECONDS)
        assert UP in self.output, self.output
        return self

    def end(self) -> int:
        """End it by Ctrl-C where it runs, and return its exit code."""
        if self.process.poll() is None:
            self.press_ctrl_c()
        return self.process.wait(END_SECONDS)

    def part(self, name: str) -> int:
        """The process of a part, such as `airflow scheduler`, by its parent and its command line or title."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        (pid,) = [int(child) for child in children if name in _command(int(child))]
        return pid

    def call(self, path: str, content: Any = None, method: str | None = None) -> Any:
        """The answer of Airflow's API."""
        if not self._token:
            self._token = "-"
            password = re.search(r"password (\S+)", self.output)[1]
            self._token = self.call("/auth/token", {"username": "admin", "password": password})["access_token"]
        request = Request(f"http://127.0.0.1:{self.port}{path}", method=method,
                          data=None if content is None else json.dumps(content).encode(),
                          headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"})
        try:
            with urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or "null")
        except HTTPError as failure:
            raise AssertionError(f"{path}: {failure.code} {failure.read().decode()}") from None

    def runs(self, dag: str) -> list[dict[str, Any]]:
        return self.call(f"/api/v2/dags/{dag}/dagRuns")["dag_runs"]

    def unpause(self, dag: str) -> None:
        def known() -> bool:
            with suppress(AssertionError):
                return bool(self.call(f"/api/v2/dags/{dag}"))
            return False

        wait_until(known, 120)
        self.call(f"/api/v2/dags/{dag}", {"is_paused": False}, "PATCH")


@contextmanager
def running_ui(home: Path, **more: str) -> Iterator[RunningUi]:
    """A running `make ui` over a home. Nothing of it is left after the block."""
    ui = RunningUi(home, **more)
    try:
        yield ui
    finally:
        with suppress(subprocess.TimeoutExpired):
            ui.end()
        for pid in processes_of(home):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def processes_of(home: Path) -> list[int]:
    """The processes, besides this one, whose environment names a home."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"VIGIL_HOME={home}\0".encode() in (folder / "environ").read_bytes() and int(folder.name) != os.getpid():
                found.append(int(folder.name))
    return found


def wait_until(holds: Callable[[], Any], seconds: float) -> Any:
    """Wait until something holds, and return its value."""
    deadline = time.monotonic() + seconds
    while not (value := holds()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s"
        time.sleep(0.5)
    return value


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def _take_terminal(terminal: int) -> None:
    """Make the terminal the one whose Ctrl-C reaches this process, as a shell does for the program in front.

    Tests that run in the background of a shell ignore the signal, and their children would too.
    """
    import fcntl
    import termios

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
