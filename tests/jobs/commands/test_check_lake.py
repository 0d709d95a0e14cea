"""`check_lake` names every fault of what is stored, and changes nothing."""

import hashlib
import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from jobs import step
from jobs.commands import check_lake
from jobs.storage.lake import Lake
from tests.support.stored_home import FRI, SAT, commit, cut, flip, live_file, log_file, make, write


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("VIGIL_LAKE", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path))
    make(tmp_path)
    return tmp_path


@pytest.fixture
def lake(home):
    return Lake(f"{home}/lake")


def check(capsys, *arguments) -> tuple[int, list[str]]:
    """Exit code, and each line that was said, the last one too."""
    code = step.run(check_lake.main, arguments)
    told = capsys.readouterr()
    return code, [line.removeprefix("vigil: ") for line in (told.out + told.err).splitlines()]


def state(home: Path) -> dict[str, str]:
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in home.rglob("*") if file.is_file()}


def test_a_whole_lake_is_exit_code_0_and_one_line_of_counts(home, capsys):
    code, lines = check(capsys)
    assert code == 0
    assert lines[0].startswith("no fault in 2 tables, 5 files, 0 MB, by size, rows and checksum of ")
    assert len(lines) == 1


def test_a_table_that_is_not_declared_is_named_and_is_no_fault(lake, capsys):
    commit(lake, "seller_tiles_old", {FRI: ["s1"]})
    code, lines = check(capsys)
    assert code == 0
    assert lines[0].startswith("seller_tiles_old: no step of this version writes the table")
    assert lines[1].startswith("no fault in 3 tables")


def without_counters(lake):
    file = log_file(lake, "orders", 0)
    file.write_text("".join(line for line in file.read_text().splitlines(keepends=True) if '"txn"' not in line))


def two_writes_of_a_day(lake):
    """What two writers left who did not see each other."""
    other = write(Lake(lake.root, "r2"), "orders", {FRI: ["o9"]})
    file = log_file(lake, "orders", 1)
    add = next(line for line in file.read_text().splitlines() if '"add"' in line)
    own = live_file(lake, "orders", SAT).relative_to(f"{lake.root}/orders")
    new = add.replace(str(own), other.files[0].path).replace(f'"size":{live_file(lake, "orders", SAT).stat().st_size}',
                                                             f'"size":{other.files[0].bytes}')
    file.write_text(file.read_text() + new.replace(f'"ds":"{SAT}"', f'"ds":"{FRI}"').replace(
        '\\"numRecords\\": 3', '\\"numRecords\\": 1') + "\n")
    shutil.rmtree(Path(lake.root, "_tables"))
    shutil.rmtree(Path(lake.root, "_runs"))


def below(part: str, act):
    """A damage to a file or folder of the lake, or of the home that it is in."""
    return lambda lake: act(next(Path(lake.root).parent.glob(part)))


def of_day(table: str, day, act):
    """A damage to the live file of a day."""
    return lambda lake: act(live_file(lake, table, day))


def to(content: bytes):
    return lambda file: file.write_bytes(content)


def garbage(file: Path) -> None:
    file.write_bytes(b"x" * file.stat().st_size)


DAMAGES = {
    "a missing file": (of_day("orders", FRI, Path.unlink),
                       "orders, 2026-11-20, version 1: .*part-0.parquet is missing. Restore the file from a backup, or "
                       "make the day again: make forget-table TABLE=orders FROM=2026-11-20 TO=2026-11-20"),
    "a cut file": (of_day("orders", FRI, cut), "orders, 2026-11-20, version 1: .* bytes, .* were written"),
    "an empty file": (of_day("orders", FRI, to(b"")), "orders, 2026-11-20, version 1: .* has 0 bytes"),
    "garbage": (of_day("clicks", FRI, garbage), "clicks, 2026-11-20, version 0: .* cannot be read as Parquet"),
    "flipped bytes": (of_day("orders", SAT, flip), "orders, 2026-11-21, version 1: .* has other bytes than were comm"),
    "a broken commit": (lambda lake: cut(log_file(lake, "orders", 0)), r"orders, its log .*0+\.json is not a commit"),
    "a commit without its counters": (without_counters, r"orders, its log up to version 1: .*0+\.json has .* bytes"),
    "a lost log": (below("lake/clicks/_delta_log", shutil.rmtree), "clicks: .* version 0 was known"),
    "a lost table": (below("lake/clicks", shutil.rmtree), "clicks: .* version 0 was known"),
    "a day twice": (two_writes_of_a_day, "orders, 2026-11-20: .* are two writes of one day"),
    "a broken manifest": (below("lake/_runs/r1.json", to(b"{")), "run r1: .* is not JSON"),
    "a manifest of another form": (below("lake/_runs/r1.json", to(b"[]")), "run r1: .* is JSON of another form"),
    "a broken record": (below("lake/_tables/orders.json", to(b"{}")), "orders, its table record: .* is not a record"),
    "broken checksums": (below("lake/_checksums/clicks/*", to(b"[")), "clicks, checksums of write r1-.* is not JSON"),
    "broken results": (below("lake/_validations/*/*", to(b"")), "validation results, ds=2026-11-20: .* is not JSON"),
    "an empty mlflow.db": (lambda lake: Path(lake.root).with_name("mlflow.db").touch(), r"MLflow.* is empty \(0 bytes"),
    "a database of garbage": (lambda lake: to(b"garbage " * 999)(Path(lake.root).with_name("mlflow.db")),
                              r"MLflow, .*mlflow.db cannot be read \(file is not a database\).*&& make train"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_fault_is_a_line_with_file_and_command_and_exit_code_1(home, lake, capsys, damage):
    act, said = DAMAGES[damage]
    act(lake)
    before = state(home)
    code, lines = check(capsys)
    assert code == 1
    assert [line for line in lines[:-1] if re.search(said, line)], lines
    assert re.match(r"\d+ faults? in 2 tables", lines[-1])
    assert state(home) == before


def test_every_fault_is_named_and_not_the_first_alone(lake, capsys):
    live_file(lake, "orders", FRI).unlink()
    cut(live_file(lake, "orders", SAT))
    flip(live_file(lake, "clicks", FRI))
    code, lines = check(capsys)
    assert [line.split(":")[0] for line in lines[:-1]] == [
        "clicks, 2026-11-20, version 0", "orders, 2026-11-21, version 1", "orders, 2026-11-20, version 1"]
    assert lines[-1].startswith("3 faults in 2 tables")


def test_one_table_is_checked_alone_and_an_unknown_one_is_refused(lake, capsys):
    live_file(lake, "orders", FRI).unlink()
    assert check(capsys, "--table", "clicks")[0] == 0
    code, lines = check(capsys, "--table", "orders")
    assert (code, lines[-1].split(",")[0]) == (1, "1 fault in 1 table")
    code, lines = check(capsys, "--table", "order")
    assert (code, lines) == (1, [f"order: no such table in {lake.root}. There are: clicks, orders"])


def test_a_fast_check_finds_what_sizes_and_ends_of_files_tell(lake, capsys):
    cut(live_file(lake, "clicks", FRI))
    live_file(lake, "orders", FRI).write_bytes(b"x" * live_file(lake, "orders", FRI).stat().st_size)
    code, lines = check(capsys, "--fast")
    assert (code, len(lines)) == (1, 3)
    assert "by size and rows" in lines[-1] and "checksum" not in lines[-1]


def test_files_of_older_versions_are_checked_until_a_vacuum_deletes_them(home, lake, capsys):
    replaced = live_file(lake, "orders", FRI)
    commit(Lake(lake.root, "r2"), "orders", {FRI: ["o7"]})
    aside = replaced.read_bytes()
    replaced.unlink()
    code, lines = check(capsys)
    assert code == 1
    assert lines[0].startswith(f"orders, 2026-11-20, version 1: {replaced} is missing. Restore it from a backup. Only ")
    replaced.write_bytes(aside)
    Lake(lake.root).vacuum(keep_days=0)
    assert not replaced.exists()
    assert check(capsys)[0] == 0


def test_what_a_killed_write_left_is_no_fault(lake, capsys):
    write(Lake(lake.root, "dead"), "orders", {FRI: ["o9"]})
    write(Lake(lake.root, "dead"), "reviews", {FRI: ["v1"]})
    assert check(capsys)[0] == 0


def test_a_staged_file_that_was_cut_is_named(lake, capsys):
    run = Lake(lake.root, "r2")
    staged = write(run, "orders", {FRI: ["o9"]})
    run.stage(staged)
    cut(Path(lake.root, "orders", staged.files[0].path))
    code, lines = check(capsys)
    assert code == 1 and lines[0].startswith("orders, 2026-11-20, staged by run r2: ")


def test_a_long_check_says_how_far_it_is(lake, capsys, monkeypatch):
    monkeypatch.setattr(check_lake, "SECONDS_BETWEEN_LINES", 0.0)
    _, lines = check(capsys)
    assert lines[0].startswith("table 1 of 2 (clicks): 1 files, 0.0 GB so far")
    assert lines[4].startswith("table 2 of 2 (orders): 5 files")


def test_a_database_with_a_damaged_page_is_named(home, lake, capsys):
    file = home / "airflow" / "airflow.db"
    file.parent.mkdir()
    with sqlite3.connect(file) as db:
        for table in ("dag_run", "task_instance", "alembic_version"):
            db.execute(f"CREATE TABLE {table} (id TEXT)")
            db.executemany(f"INSERT INTO {table} VALUES (?)", [("x" * 500,)] * 200)
    db.close()
    assert check(capsys)[0] == 0
    content = bytearray(file.read_bytes())
    content[len(content) // 2: len(content) // 2 + 9000] = b"\x7f" * 9000
    file.write_bytes(content)
    code, lines = check(capsys)
    assert code == 1
    assert lines[0].startswith(f"Airflow, the history of its runs: {file} ")
    assert lines[0].endswith(f"the next run makes a new one: mv {file} {file}.damaged")
