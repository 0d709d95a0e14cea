"""What every runnable step shares: its arguments, its voice, and how it ends."""

import argparse
import datetime as dt
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from jobs.errors import Refused

# OpenMP's threads spin while they wait, which takes the core from whoever has work: beside a busy Spark, a training of
# a second took twenty. Read when XGBoost is loaded, so it must be said before any step imports it.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Lines that a person should see begin with this; the runner shows them and keeps the rest in a log.
VOICE = "vigil: "


def parser(doc: str | None, day: Sequence[str] = ("--ds",)) -> argparse.ArgumentParser:
    """A parser with the arguments of every step: the day, by any of its names, and the run it belongs to."""
    result = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument(*day, dest="ds", type=dt.date.fromisoformat, required=True, metavar="YYYY-MM-DD",
                        help="the day; nothing that arrived after it is read")
    result.add_argument("--run-id", default="by-hand", help="the run this step belongs to")
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
        raise Refused(f"no day from {args.first} to {args.ds}: the first must not be after the last")
    return days


def say(text: str) -> None:
    """Tell the person who watches the run."""
    # One write: steps that work side by side must not share a line.
    sys.stdout.write(f"{VOICE}{text}\n")
    sys.stdout.flush()


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Say how long the block took."""
    began = time.monotonic()
    yield
    say(f"{what}: {time.monotonic() - began:.1f} s")


def run(main: Callable[[Sequence[str] | None], None], argv: Sequence[str] | None = None) -> int:
    """Run a step's `main` as a command: exit code 0, or 1 with the reason on stderr."""
    try:
        main(argv)
    except Refused as refusal:
        print(f"{VOICE}{refusal}", file=sys.stderr, flush=True)
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
    from jobs.settings import settings

    places = settings()
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
