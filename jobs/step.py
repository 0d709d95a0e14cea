"""How a runnable step is run as a command: its exit code, and what is said of a failure."""

import os
import sys
import traceback
from collections.abc import Callable, Sequence

from jobs.errors import UserError
from jobs.failures.disk_errors import disk_errors_refused
from jobs.runtime.console import LOG_PREFIX, fitted
from jobs.runtime.process_exit import interrupted, leave, raise_at_signals


def run(main: Callable[[Sequence[str] | None], None], argv: Sequence[str] | None = None) -> int:
    """Run a step's `main` as a command: exit code 0, or 1 with the reason on stderr.

    A `main` of the module that Python was started with ends the process with that code. Ctrl-C is 130.
    """
    if main.__module__ != "__main__":
        return _code(main, argv)
    raise_at_signals()
    try:
        code = _code(main, argv)
    except SystemExit as end:  # of argparse
        code = int(end.code or 0)
    except KeyboardInterrupt:
        code = interrupted()
    except Exception:
        traceback.print_exc()
        code = 1
    leave(code)


def _code(main: Callable[[Sequence[str] | None], None], argv: Sequence[str] | None) -> int:
    try:
        with disk_errors_refused():
            main(argv)
    except UserError as refusal:
        text = f"{LOG_PREFIX}{refusal}"
        print(fitted(text) if sys.stderr.isatty() else text, file=sys.stderr, flush=True)
        return 1
    except BrokenPipeError:  # `| head` has seen enough, and the interpreter must not try to print the rest
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as failure:
        print(f"{LOG_PREFIX}{_reason(failure)}", file=sys.stderr, flush=True)
        return 1
    return 0


def _reason(failure: Exception) -> str:
    """Why a command failed, and where its traceback is kept."""
    # Here, because most commands never need it, and it imports much of what they do not.
    from jobs.failures import messages
    from jobs.integrity import explanation
    from jobs.settings import load_settings

    config = load_settings()
    reason = explanation.reason(failure, config).rstrip(".")
    log = config.home / "logs" / f"failure-{os.getpid()}.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(messages.details(failure), encoding="utf-8")
    except OSError as unwritable:
        return f"{reason}. Its traceback cannot be kept: {unwritable}"
    return f"{reason}. Log: {log}"
