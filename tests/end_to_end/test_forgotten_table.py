"""Tables that lost files are forgotten and made again by the commands that the messages name, to the same rows."""

import re
import shlex
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from jobs.storage.lake import Lake
from jobs.storage.row_checksum import row_checksum
from tests.support.prepared_night import DAY, call, python, shared_sail

pytestmark = pytest.mark.end_to_end

LAST = date.fromisoformat(DAY)
DAYS = [str(LAST - timedelta(days=n)) for n in (3, 2, 1, 0)]
COMMAND = re.compile(r"make ([a-z-]+)((?: [A-Z]+=\S+)*)")
MODULES = {"forget-table": "jobs.commands.forget_table", "backfill": "jobs.commands.backfill"}  # as in the Makefile
OPTIONS = {("forget-table", "TABLE"): "--table", ("forget-table", "FROM"): "--from", ("forget-table", "TO"): "--to",
           ("backfill", "FROM"): "--from", ("backfill", "TO"): "--ds"}

# What is deleted from the lake (a day: its live file), and how the run that needs it says so. Events that are ingested
# again make derived rows stale, so that lost derived tables are tried without lost events.
LOST_EVENTS = {
    "clicks": r"clicks: \S+/lake/clicks/_delta_log is gone; version 0 was known \([0-9,]+ rows of 3 days, "
              rf"{DAYS[0]} to {DAYS[2]}; run backfill-\S+\)",
    f"orders/day={DAYS[1]}": rf"orders, {DAYS[1]}, version 0: \S+/day={DAYS[1]}/\S+ is missing"}
LOST_DERIVED = {
    "quarantine": r"quarantine: \S+/lake/quarantine/_delta_log is gone; version 0 was known",
    "seller_values/_delta_log": r"seller_values: \S+/lake/seller_values/_delta_log is gone; version 0 was known",
    "seller_features": r"seller_features: \S+/lake/seller_features/_delta_log is gone; version 0 was known"}


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """A home before the last of four days, and the same home after it. Nothing is trained."""
    before, after = (tmp_path_factory.mktemp(name) / "home" for name in ("before", "after"))
    call(before, "jobs.simulate", "--home", str(before), "--until", DAY, "--days", "30", "--seed", "7",
         "--size", "small")
    for folder in (before / "landing").glob("*/ds=*"):
        if folder.name.removeprefix("ds=") not in DAYS:
            shutil.rmtree(folder)
    with shared_sail(before) as sail:
        call(before, "jobs.commands.backfill", "--from", DAYS[0], "--ds", DAYS[2], **sail)
        shutil.copytree(before, after)
        call(after, "jobs.commands.backfill", "--from", DAY, "--ds", DAY, **sail)
    return before, after


def lose(home: Path, part: str) -> None:
    """Delete a folder of the lake, or the live file of one day: `table/day=...`."""
    table, _, day = part.partition("/day=")
    if day:
        (file,) = Lake(str(home / "lake")).live_files(table, [date.fromisoformat(day)])
        Path(home, "lake", table, file.path).unlink()
    else:
        shutil.rmtree(home / "lake" / part)


def named(said: str) -> str:
    """The last command of make that a message names."""
    return list(COMMAND.finditer(said))[-1].group()


def run(home: Path, command: str, sail: dict[str, str]) -> tuple[bool, str]:
    """Run the module of a command of make as the Makefile does: whether it ended well, and what it said."""
    _, target, *variables = shlex.split(command)
    given = (variable.split("=", 1) for variable in variables)
    arguments = [argument for name, value in given for argument in (OPTIONS[target, name], value)]
    done = python(home, "-m", MODULES[target], *arguments, **sail)
    return done.returncode == 0, done.stdout + done.stderr


def follow(home: Path, command: str, sail: dict[str, str]) -> list[str]:
    """Run a command until it ends well, and after each refusal what the messages name. Return the refusals."""
    refusals = []
    for _ in range(4):
        ended_well, said = run(home, command, sail)
        assert "Traceback" not in said, said[-3000:]
        if ended_well:
            return refusals
        refusals.append(said)
        forgotten, said = run(home, named(said), sail)
        assert forgotten, said[-3000:]
        refusals += follow(home, named(said), sail)
    raise AssertionError(f"{command} was refused again and again: {refusals[-1][-3000:]}")


@pytest.mark.parametrize("losses", [LOST_EVENTS, LOST_DERIVED], ids=["events", "derived"])
def test_the_commands_that_messages_name_make_everything_lost_again(homes, tmp_path, losses):
    before, after = homes
    home = tmp_path / "home"
    shutil.copytree(before, home)
    for part in losses:
        lose(home, part)
    with shared_sail(home) as sail:
        refusals = follow(home, f"make backfill FROM={DAY} TO={DAY}", sail)
    for found in losses.values():
        assert [said for said in refusals if re.search(found, said)], (found, refusals)
    assert len(refusals) == len(losses)
    mended, untouched = (Lake(str(folder / "lake")) for folder in (home, after))
    assert mended.damaged() == {}
    for table in untouched.tables():
        assert mended.counts(table) == untouched.counts(table), table
        assert row_checksum(mended, table, mended.days(table)) == row_checksum(
            untouched, table, untouched.days(table)), table
