"""Runs a step as a command: its exit code, and the message of a failure."""

import os
import sys
import traceback
from collections.abc import Callable, Sequence

from jobs.errors import UserError
from jobs.failures.disk_errors import disk_errors_refused
from jobs.runtime import console
from jobs.runtime.process_exit import interrupted, leave, raise_at_signals
from jobs.runtime.terminal_text import visible


def run(main: Callable[[Sequence[str] | None], None], argv: Sequence[str] | None = None) -> int:
    """Run a step's `main` as a command and return its exit code.

    Where Python was started with the module of `main`, the process ends with that code.

    Returns:
        0, or 1 with the reason on stderr, or 130 for Ctrl-C.
    """
    if main.__module__ != "__main__":
        return _code(main, argv)
    raise_at_signals()
    try:
        code = _code(main, argv)
    except SystemExit as end:  # argparse raises it
        code = int(end.code or 0)
    except KeyboardInterrupt:
        code = interrupted()
    except Exception:
        console.error(traceback.format_exc())
        code = 1
    leave(code)


def _code(main: Callable[[Sequence[str] | None], None], argv: Sequence[str] | None) -> int:
    try:
        with disk_errors_refused():
            main(argv)
    except UserError as error:
        console.error(str(error))
        return 1
    except BrokenPipeError:  # `| head` has closed the pipe, and the interpreter must not print the rest
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as failure:
        console.error(_reason(failure))
        return 1
    return 0


def _reason(failure: Exception) -> str:
    """Return why a command failed, and where its traceback is."""
    # Imported here, because most commands never fail and the modules import many others.
    from jobs.failures import messages
    from jobs.integrity import explanation
    from jobs.settings import load_settings

    config = load_settings()
    reason = explanation.reason(failure, config).rstrip(".")
    log = config.home / "logs" / f"failure-{os.getpid()}.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(visible(messages.details(failure), keep="\n"), encoding="utf-8")
    except OSError as unwritable:
        return f"{reason}. Its traceback cannot be written: {unwritable}"
    return f"{reason}. Log: {log}"
