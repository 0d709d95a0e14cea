"""The three whole runs of README.md, each from nothing, held to expected.toml: what `make acceptance` calls.

Each run has a home folder of its own below a temporary folder, which is removed when everything is as expected and
named when not. The demo is run a second time for the same day: it must say that its input is unchanged, take less than
a third of the time, and leave the same rows. Exit code 1 where a figure differs.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from jobs import step
from jobs.errors import UserError
from jobs.settings import REPOSITORY
from jobs.storage.lake import Lake
from jobs.storage.row_checksum import row_checksum
from tests.acceptance import expectations, lake_checks, runs
from tests.acceptance.expectations import Check, Expected, equal
from tests.acceptance.runs import Ended

AGAIN_SHARE = 1 / 3  # of the first run's time, the most that a second run of the same day may take


def parse(argv: Sequence[str] | None, names: Sequence[str]):
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=names, help="which run, or several; default: all")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    expected = expectations.read()
    only = parse(argv, [run.name for run in expected]).only
    wanted = [run for run in expected if only is None or run.name in only]
    require_raw_data(wanted, REPOSITORY)
    folder, began = Path(tempfile.mkdtemp(prefix="vigil-acceptance-")), time.monotonic()
    found = {run.name: accepted(run, folder / run.name) for run in wanted}
    missed = sum(not check.holds for checks in found.values() for check in checks)
    sys.stdout.write("\n" + "\n".join(table(found)) + f"\n\neverything: {time.monotonic() - began:.0f} s\n")
    if missed:
        raise UserError(f"acceptance: {missed} of {sum(map(len, found.values()))} figures are not as expected. "
                        f"The homes of the runs are kept in {folder}.")
    shutil.rmtree(folder)


def require_raw_data(wanted: Iterable[Expected], repository: Path) -> None:
    """Raise UserError, before anything runs, where raw files are missing."""
    for run in wanted:
        folder = repository / run.raw
        if run.raw.startswith("..") and not any(folder.glob("*")):
            raise UserError(f"acceptance: {folder} is missing or empty, and the run of {run.name} reads it. Expected "
                            "the raw files that examples/README.md describes.")


def accepted(run: Expected, home: Path) -> list[Check]:
    """Run a command from nothing and hold what it leaves to what is expected."""
    ended = runs.run(run.command, run.name, home, REPOSITORY)
    done = [equal(f"exit code after {ended.seconds:.0f} s", 0, ended.code)]
    if ended.code:
        return done
    done += lake_checks.checks(run, home, run.raw_folder(REPOSITORY, home))
    return done + (again(run, home, ended) if run.says else [])


def again(run: Expected, home: Path, first: Ended) -> list[Check]:
    """Run the same command once more over the same input: quick, and the same rows."""
    before = digests(home)
    second = runs.run(run.command, f"{run.name} again", home, REPOSITORY)
    after, most = digests(home), first.seconds * AGAIN_SHARE
    return [equal("again: exit code", 0, second.code),
            Check("again: seconds", f"at most {most:.0f}", f"{second.seconds:.0f}", second.seconds <= most),
            Check("again: says", run.says, run.says if run.says in second.said else "nothing of it",
                  run.says in second.said),
            equal("again: tables with other rows", [], sorted(
                name for name in before.keys() | after.keys() if before.get(name) != after.get(name)))]


def digests(home: Path) -> dict[str, str]:
    """The digest of every table of a home's lake."""
    lake = Lake(str(home / "lake"))
    return {name: row_checksum(lake, name) for name in lake.tables()}


def table(found: dict[str, list[Check]]) -> list[str]:
    """Lines of a table: each figure with what was expected and found. Rows in = kept + quarantined + dropped."""
    rows = [("run", "what", "expected", "found", "")]
    rows += [(name, check.what, _short(check.expected), _short(check.found), "" if check.holds else "DIFFERS")
             for name, checks in found.items() for check in checks]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def _short(value: object) -> str:
    if isinstance(value, dict):
        rows_in, *parts = (f"{each:,}" for each in value.values())
        return f"{rows_in} = {' + '.join(parts)}"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    sys.exit(step.run(main))
