"""Calls in processes of their own, each with a time limit and a second try.

A process may hang in a library: a thread of Arrow once missed its wake-up for a quarter of an hour. A pool would wait
for it for ever.
"""

import multiprocessing
import pickle
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from jobs.errors import UserError
from jobs.runtime import console

TRIES = 2
# Each process has a Sail of its own: it is not made to be forked.
SPAWN = multiprocessing.get_context("spawn")


def results(call: Callable, arguments: Sequence[tuple], folder: Path, jobs: int, seconds: float) -> list[Any]:
    """Return the result of a call for each set of arguments, in their order.

    Args:
        call: a function of a module; its results can be pickled.
        folder: for the results on their way.
        jobs: processes at once.
        seconds: after which a process is killed, and started once more.

    Raises:
        UserError: a call failed, or took too long twice.
    """
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(lambda place: _result(call, arguments[place], folder / f"result-{place}", seconds),
                             range(len(arguments))))


def _result(call: Callable, arguments: tuple, file: Path, seconds: float) -> Any:
    for attempt in range(1, TRIES + 1):
        process = SPAWN.Process(target=_write_result, args=(call, arguments, file))
        process.start()
        process.join(seconds)
        if process.exitcode == 0:
            return pickle.loads(file.read_bytes())
        if process.exitcode is not None:
            break
        process.kill()
        process.join()
        console.log(f"{call.__name__}{arguments}: not done after {seconds:g} s, try {attempt} of {TRIES}")
    raise UserError(f"{call.__name__}{arguments}: the process ended with code {process.exitcode}. Its output above "
                    "says why; run the command again.")


def _write_result(call: Callable, arguments: tuple, file: Path) -> None:
    file.write_bytes(pickle.dumps(call(*arguments)))
