"""What every runnable step shares: its arguments, its voice, and how it ends."""

import argparse
import datetime as dt
import hashlib
import os
import re
import shutil
import sys
import textwrap
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from jobs.errors import UserError
from jobs.runtime.packages import prefer_own_packages
from jobs.runtime.process_exit import PREFIX, interrupted, leave, raise_at_signals
from jobs.storage.disk_errors import disk_errors_refused

# OpenMP's threads spin while they wait, which takes the core from whoever has work: beside a busy Spark, a training of
# a second took twenty. Read when XGBoost is loaded, so it must be said before any step imports it.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

prefer_own_packages()

# Lines that a person should see begin with this; the runner shows them and keeps the rest in a log.
VOICE = PREFIX

LONGEST_NAME = 120


def parser(doc: str | None, day: Sequence[str] = ("--ds",)) -> argparse.ArgumentParser:
    """A parser with the arguments of every step: the day, by any of its names, and the run it belongs to."""
    result = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument(*day, dest="ds", type=dt.date.fromisoformat, required=True, metavar="YYYY-MM-DD",
                        help="the day; nothing that arrived after it is read")
    result.add_argument("--run-id", type=run_name, default="by-hand", help="the run this step belongs to")
    return result


def range_parser(doc: str | None) -> argparse.ArgumentParser:
    """The same for a step that can do a range of days in one go, from `--from` to `--ds` or `--to`."""
    result = parser(doc, ("--ds", "--to"))
    result.add_argument("--from", dest="first", type=dt.date.fromisoformat, metavar="YYYY-MM-DD",
                        help="do every day from this one to --ds")
    return result


def days_of(args: argparse.Namespace) -> list[dt.date]:
    """The days a step is asked for.

    Raises:
        Refused: the range is the wrong way round.
    """
    days = days_between(args.first or args.ds, args.ds)
    if not days:
        raise UserError(f"no day from {args.first} to {args.ds}: the first must not be after the last")
    return days


def run_name(run_id: str) -> str:
    """A run's id as a part of file names: letters, digits, `_`, `.` and `-`, at most 120 of them. It is its own name.

    Two ids that lose letters by it are told apart by a hash.
    """
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", run_id).lstrip("-._").rstrip("-.")
    if len(name) <= LONGEST_NAME and not re.search(r"[^\W_]", re.sub(r"[\x00-\x7f]", "", run_id)) and name:
        return name
    return f"{name[:LONGEST_NAME - 9]}-{hashlib.sha256(os.fsencode(run_id)).hexdigest()[:8]}".lstrip("-")


def say(text: str) -> None:
    """Tell the person who watches the run. A terminal is told in lines that fit it, a program in one line."""
    text = f"{VOICE}{' '.join(text.splitlines())}"
    # One write: steps that work side by side must not share a line.
    sys.stdout.write(f"{fitted(text) if sys.stdout.isatty() else text}\n")
    sys.stdout.flush()


def width() -> int:
    """Columns of the terminal, or 100 where there is none."""
    return max(40, shutil.get_terminal_size((100, 24)).columns)


def fitted(text: str, indent: str = "         ") -> str:
    """A text in lines no wider than the terminal, the second and every later one indented. Words stay whole."""
    return "\n".join(textwrap.fill(line, width(), subsequent_indent=indent, break_long_words=False,
                                   break_on_hyphens=False, replace_whitespace=False) for line in text.splitlines())


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Say how long the block took."""
    began = time.monotonic()
    yield
    say(f"{what}: {time.monotonic() - began:.1f} s")


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
        text = f"{VOICE}{refusal}"
        print(fitted(text) if sys.stderr.isatty() else text, file=sys.stderr, flush=True)
        return 1
    except BrokenPipeError:  # `| head` has seen enough, and the interpreter must not try to print the rest
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as failure:
        print(f"{VOICE}{_reason(failure)}", file=sys.stderr, flush=True)
        return 1
    return 0


def _reason(failure: Exception) -> str:
    """Why a command failed, and where its traceback is kept."""
    # Here, because most commands never need it, and it imports much of what they do not.
    from jobs.failures import messages
    from jobs.integrity import explanation
    from jobs.settings import load_settings

    places = load_settings()
    reason = explanation.reason(failure, places).rstrip(".")
    log = places.home / "logs" / f"failure-{os.getpid()}.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(messages.details(failure), encoding="utf-8")
    except OSError as unwritable:
        return f"{reason}. Its traceback cannot be kept: {unwritable}"
    return f"{reason}. Log: {log}"


def days_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every day from `first` to `last`, both included; empty when they are the wrong way round."""
    return [first + dt.timedelta(days=i) for i in range((last - first).days + 1)]
