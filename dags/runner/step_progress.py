"""The log lines of a DAG's steps as a person sees them: which step runs, since when, and what each has done."""

from jobs.runtime import console
from jobs.runtime.live_line import Work

START, DONE, FAILED = "[start] ", "[done] ", "[failed] "
BETWEEN_STEPS = "Airflow"  # has the time in which no step runs


class StepProgress:
    """Shows log lines of steps.

    A terminal shows the running step and its seconds as its last line. Its start becomes a line above that only once
    the step logs something. Elsewhere each step has a line at its start and one at its end.

    Args:
        work: the live line, which names the running step.
    """

    def __init__(self, work: Work):
        self._work = work
        self._start: str | None = None  # of the running step, while it is not shown

    def show(self, line: str) -> None:
        """Show a log line, without its prefix."""
        if line.startswith(START):
            step = line.removeprefix(START).partition(":")[0]
            self._start = f"{START}{step}"
            self._work.now(step)
            if not self._work.is_shown:
                self._show_start()
        elif line.startswith((DONE, FAILED)):
            self._start = None
            console.message(f"  {line}", indent=" " * 10)
            self._work.now(BETWEEN_STEPS)
        else:
            self._show_start()
            console.message(f"      {line}", indent=" " * 10)

    def _show_start(self) -> None:
        if self._start is not None:
            console.message(f"  {self._start}")
            self._start = None


def seconds_of(line: str) -> tuple[str, float] | None:
    """Return (step, seconds) of a line at a step's end; None for any other line."""
    if not line.startswith(DONE):
        return None
    step, seconds = line.removeprefix(DONE).removesuffix(" s").rsplit(": ", 1)
    return step, float(seconds)
