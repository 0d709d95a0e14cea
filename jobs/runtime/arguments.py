"""Command-line arguments that steps share: the day, the range of days and the run."""

import argparse
import datetime as dt
from collections.abc import Sequence

from jobs.errors import UserError
from jobs.runtime.day_ranges import days_between
from jobs.runtime.run_names import run_name


def parser(doc: str | None, day: Sequence[str] = ("--ds",), day_required: bool = True) -> argparse.ArgumentParser:
    """Return a parser with the arguments of every step: the day, by any of its names, and the run."""
    result = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument(*day, dest="ds", type=dt.date.fromisoformat, required=day_required, metavar="YYYY-MM-DD",
                        help="the day; the step reads no later arrival day")
    result.add_argument("--run-id", type=run_name, default="manual", help="the run this step belongs to")
    return result


def range_parser(doc: str | None, day_required: bool = True) -> argparse.ArgumentParser:
    """Return a parser for a step that can do a range of days in one call, from `--from` to `--ds` or `--to`."""
    result = parser(doc, ("--ds", "--to"), day_required)
    result.add_argument("--from", dest="first", type=dt.date.fromisoformat, metavar="YYYY-MM-DD",
                        help="do every day from this one to --ds")
    return result


def names(text: str) -> list[str]:
    """Return the names of an argument such as `A,B`, without blanks."""
    return [name.strip() for name in text.split(",") if name.strip()]


def days_of(args: argparse.Namespace) -> list[dt.date]:
    """Return the requested days in order.

    Raises:
        UserError: the first day is after the last.
    """
    days = days_between(args.first or args.ds, args.ds)
    if not days:
        raise UserError(f"no day from {args.first} to {args.ds}: the first must not be after the last")
    return days
