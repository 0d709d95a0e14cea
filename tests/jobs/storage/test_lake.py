"""The lake: what is readable and when, two writers of one day, readers in the middle of a commit, vacuum."""

import datetime as dt
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from jobs.errors import DamagedStore, UserError
from jobs.settings import REPOSITORY
from jobs.storage import delta_commit
from jobs.storage.data_files import DataFile, StagedWrite, pack_schema
from jobs.storage.lake import Lake, Pin

THU, FRI, SAT = (dt.date(2026, 11, day) for day in (19, 20, 21))
DDL = "order_id string, seller_id string, amount_cents bigint, ds date"
ARROW = pa.schema([("order_id", pa.string()), ("seller_id", pa.string()), ("amount_cents", pa.int64()),
                   ("ds", pa.date32())])


def written(spark, lake, rows, days, **options) -> StagedWrite:
    """Files written by Spark, as every step writes them."""
    return lake.write(spark.createDataFrame(rows, DDL), "orders", days, key="order_id", **options)


def laid(lake, rows, days) -> StagedWrite:
    """The same without Spark, one file a row: cheap enough to be repeated."""
    days = sorted({day.isoformat() for day in days})
    write_id, files = f"{lake.run_id}-{time.monotonic_ns()}", []
    base = delta_commit.commit_counts(lake._latest("orders"), "orders", days)
    for number, row in enumerate(rows):
        path = Path(lake.root, "orders", write_id, f"day={row[-1]}", f"part-{number}.parquet")
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist([dict(zip(ARROW.names, row))], ARROW), path)
        files.append(DataFile(str(path.relative_to(Path(lake.root, "orders"))), row[-1].isoformat(),
                              path.stat().st_size, 1))
    return StagedWrite("orders", write_id, lake.run_id, tuple(days), tuple(files), base, lake.versions(), {},
                       pack_schema(ARROW))


def readable(root) -> list[tuple]:
    """What a reader that knows nothing of us finds: deltalake's own data set, through DuckDB."""
    orders = DeltaTable(f"{root}/orders").to_pyarrow_dataset()  # noqa: F841  (DuckDB looks it up by name)
    return duckdb.sql("SELECT order_id, ds FROM orders ORDER BY ALL").fetchall()


def ids(frame) -> list[str]:
    return sorted(row.order_id for row in frame.collect())


# Before and after the commit


def test_a_table_is_not_there_before_its_first_commit(spark, lake):
    write = written(spark, lake, [("o1", "s1", 100, FRI)], [FRI])
    assert not Lake(lake.root).has("orders")
    assert Lake(lake.root).tables() == []
    with pytest.raises(UserError, match="orders: no such table"):
        Lake(lake.root).read(spark, "orders")
    lake.commit(write)
    assert Lake(lake.root).tables() == ["orders"]
    assert readable(lake.root) == [("o1", FRI)]


def test_a_write_is_not_readable_before_its_commit(spark, lake):
    lake.commit(laid(lake, [("o1", "s1", 100, FRI)], [FRI]))
    write = written(spark, lake, [("o2", "s1", 100, FRI)], [FRI])
    before = Lake(lake.root)
    assert ids(before.read(spark, "orders")) == ["o1"]
    assert before.arrow("orders").to_table()["order_id"].to_pylist() == ["o1"]
    assert readable(lake.root) == [("o1", FRI)]
    lake.commit(write)
    after = Lake(lake.root)
    assert ids(after.read(spark, "orders")) == ["o2"]
    assert after.arrow("orders").to_table()["order_id"].to_pylist() == ["o2"]
    assert readable(lake.root) == [("o2", FRI)]


def test_the_audit_reads_a_write_that_nobody_else_can(spark, lake):
    rows = [("o1", "s1", 100, FRI), ("o2", None, None, FRI)]
    lake.stage(written(spark, lake, rows, [FRI], metadata={"models": {"brushing": 3}}))
    write = Lake(lake.root, lake.run_id).staged("orders")  # another process of the same run
    assert sorted(map(tuple, lake.written_frame(spark, write).collect())) == rows
    assert lake.written_arrow(write).count_rows() == write.rows == 2
    assert write.metadata == {"models": {"brushing": 3}}
    assert Lake(lake.root, "another-run").staged("orders") is None


def test_a_commit_replaces_its_days_alone(spark, lake):
    lake.commit(laid(lake, [("o1", "s1", 100, THU), ("o2", "s1", 100, FRI), ("o3", "s1", 100, SAT)],
                     [THU, FRI, SAT]))
    lake.commit(written(spark, lake, [("o4", "s1", 100, FRI), ("o5", "s1", 100, SAT)], [FRI, SAT]))
    assert readable(lake.root) == [("o1", THU), ("o4", FRI), ("o5", SAT)]


def test_a_day_without_rows_in_a_write_is_emptied(spark, lake):
    lake.commit(laid(lake, [("o1", "s1", 100, THU), ("o2", "s1", 100, FRI)], [THU, FRI]))
    lake.commit(written(spark, lake, [("o3", "s1", 100, THU)], [THU, FRI]))
    assert readable(lake.root) == [("o3", THU)]
    assert Lake(lake.root).days("orders") == [THU]


def test_a_write_without_any_row_empties_its_day(spark, lake):
    lake.commit(laid(lake, [("o1", "s1", 100, FRI)], [FRI]))
    write = written(spark, lake, [], [FRI])
    assert lake.written_frame(spark, write).columns == ARROW.names
    lake.commit(write)
    assert readable(lake.root) == []


def test_a_first_write_without_any_row_makes_an_empty_table(spark, lake):
    lake.commit(written(spark, lake, [], [FRI]))
    assert Lake(lake.root).counts("orders") == {}
    assert Lake(lake.root).read(spark, "orders").schema.simpleString() == spark.createDataFrame(
        [], DDL).schema.simpleString()
    assert readable(lake.root) == []


def test_a_row_of_another_day_is_refused(spark, lake):
    with pytest.raises(UserError, match="orders: rows of 2026-11-19 in a write that replaces 2026-11-20"):
        written(spark, lake, [("o1", "s1", 100, FRI), ("o2", "s1", 100, THU)], [FRI])
    assert not Lake(lake.root).has("orders")


@pytest.mark.parametrize("rows", [[("o2", "s1", 100, FRI)], []], ids=["with rows", "without rows"])
def test_committing_the_same_write_twice_does_it_once(lake, rows):
    lake.commit(laid(lake, [("o1", "s1", 100, FRI)], [FRI]))
    write = laid(lake, rows, [FRI])
    first, second = lake.commit(write), lake.commit(write)
    assert first == second == DeltaTable(f"{lake.root}/orders").version()
    assert len(readable(lake.root)) == len(rows)


def test_a_commit_repeated_after_a_later_one_does_not_bring_old_rows_back(lake):
    old = laid(lake, [("o1", "s1", 100, FRI)], [FRI])
    lake.commit(old)
    lake.commit(laid(lake, [("o2", "s1", 100, FRI)], [FRI]))
    lake.commit(old)
    assert readable(lake.root) == [("o2", FRI)]


# Two writers


def test_the_second_of_two_writers_of_one_day_is_refused(lake):
    lake.commit(laid(lake, [("o1", "s1", 100, FRI)], [FRI]))
    one, two = Lake(lake.root, "one"), Lake(lake.root, "two")
    first, second = laid(one, [("a", "s1", 100, FRI)], [FRI]), laid(two, [("b", "s1", 100, FRI)], [FRI])
    one.commit(first)
    with pytest.raises(UserError, match="orders, 2026-11-20 .*another writer replaced this day.*run the step again"):
        two.commit(second)
    assert readable(lake.root) == [("a", FRI)]


@pytest.fixture
def at_the_same_moment(monkeypatch):
    """Two writers who have each made sure that nobody came before them, and wait until the other one has too."""
    checked, meet = delta_commit.require_unchanged_days, threading.Barrier(2)

    def and_wait(table, written):
        checked(table, written)
        meet.wait(timeout=30)

    return lambda: monkeypatch.setattr(delta_commit, "require_unchanged_days", and_wait)


def raced(root, writes: dict[str, StagedWrite]) -> dict[str, str]:
    """Commit the writes of some runs in threads: run -> outcome."""
    outcome = {}

    def commit(run, write):
        try:
            Lake(root, run).commit(write)
            outcome[run] = "committed"
        except UserError:
            outcome[run] = "refused"

    threads = [threading.Thread(target=commit, args=item) for item in writes.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcome


# Delta itself notices two writers who replace the same file; a day without a file is where it does not.
@pytest.mark.parametrize("there", [FRI, THU, None], ids=["of rows", "of a day without rows", "of a new table"])
def test_of_two_writers_at_the_same_moment_one_wins_and_nothing_is_mixed(lake, there, at_the_same_moment):
    if there:
        lake.commit(laid(lake, [("o1", "s1", 100, there)], [there]))
    writes = {run: laid(Lake(lake.root, run), [(run, "s1", 100, FRI), (run, "s2", 100, FRI)], [FRI])
              for run in ("one", "two")}
    at_the_same_moment()
    outcome = raced(lake.root, writes)
    assert sorted(outcome.values()) == ["committed", "refused"]
    winner = next(run for run, how in outcome.items() if how == "committed")
    assert [row for row in readable(lake.root) if row[1] == FRI] == [(winner, FRI), (winner, FRI)]


def test_of_writers_whose_ranges_share_one_day_one_wins(lake, at_the_same_moment):
    lake.commit(laid(lake, [("o1", "s1", 100, THU)], [THU]))
    writes = {"one": laid(lake, [("a", "s1", 100, THU), ("a", "s1", 100, FRI)], [THU, FRI]),
              "two": laid(lake, [("b", "s1", 100, FRI), ("b", "s1", 100, SAT)], [FRI, SAT])}
    at_the_same_moment()
    assert sorted(raced(lake.root, writes).values()) == ["committed", "refused"]
    assert {order for order, day in readable(lake.root) if day == FRI} in ({"a"}, {"b"})


COMMITTER = """
import sys
from jobs.storage.lake import Lake
from jobs.errors import UserError
root, run = sys.argv[1:]
lake = Lake(root, run)
written = lake.staged("orders")
print("ready", flush=True)
input()
try:
    lake.commit(written)
    print("committed")
except UserError:
    print("refused")
"""


def started(code, *arguments) -> subprocess.Popen:
    """A process of its own that has said it is ready."""
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, cwd=REPOSITORY)
    assert process.stdout.readline() == "ready\n"
    return process


def test_of_four_processes_that_race_one_wins(lake):
    lake.commit(laid(lake, [("o1", "s1", 100, THU)], [THU]))
    runs = ["one", "two", "three", "four"]
    for run in runs:
        racer = Lake(lake.root, run)
        racer.stage(laid(racer, [(run, "s1", 100, FRI)], [FRI]))
    racers = [started(COMMITTER, lake.root, run) for run in runs]
    for racer in racers:
        racer.stdin.write("\n")
        racer.stdin.flush()
    outcome = {run: racer.communicate(timeout=60)[0].strip() for run, racer in zip(runs, racers)}
    assert Counter(outcome.values()) == {"committed": 1, "refused": 3}
    (winner,) = (order for order, day in readable(lake.root) if day == FRI)
    assert outcome[winner] == "committed"


# Readers

READER = """
import datetime as dt, sys
from pathlib import Path
from deltalake import DeltaTable
import pyarrow.dataset as pads
table, stop = sys.argv[1], Path(sys.argv[2])
seen = {}
print("ready", flush=True)
while not stop.exists() or not seen:
    rows = DeltaTable(table).to_pyarrow_dataset().to_table(filter=pads.field("ds") == dt.date(2026, 11, 20))
    found = (rows.num_rows, len(set(rows["seller_id"].to_pylist())))
    seen[found] = seen.get(found, 0) + 1
print(sorted(seen), sum(seen.values()))
"""


def test_a_reader_during_fifty_commits_never_finds_none_some_or_twice_the_rows(lake, tmp_path):
    def publish(version):
        write = laid(lake, [(f"o{n}", f"version {version}", 100, FRI) for n in range(3)], [FRI])
        lake.commit(write)

    publish(0)
    reader = started(READER, f"{lake.root}/orders", str(tmp_path / "stop"))
    for version in range(1, 51):
        publish(version)
    (tmp_path / "stop").touch()
    seen, times = reader.communicate(timeout=60)[0].rsplit(" ", 1)
    assert seen == "[(3, 1)]"  # three rows, all of one version
    assert int(times) >= 10  # or it proved little


def test_a_run_reads_one_version_of_a_table_while_others_commit(spark, lake):
    lake.commit(laid(lake, [("o1", "s1", 100, FRI)], [FRI]))
    step = Lake(lake.root)
    assert step.counts("orders") == {FRI: 1}
    lake.commit(laid(lake, [("o2", "s1", 100, FRI), ("o3", "s1", 100, FRI)], [FRI]))
    assert ids(step.read(spark, "orders")) == ["o1"]
    assert step.arrow("orders").count_rows() == 1
    assert step.versions() == {"orders": 0}
    assert Lake(lake.root).counts("orders") == {FRI: 2}


def test_a_pin_reads_an_older_version(spark, lake):
    for order in ("o1", "o2"):
        lake.commit(laid(lake, [(order, "s1", 100, FRI)], [FRI]))
    pinned = Lake(lake.root, pins={"orders": Pin(lake.root, 0)})
    assert ids(pinned.read(spark, "orders")) == ["o1"]
    assert pinned.arrow("orders").to_table()["order_id"].to_pylist() == ["o1"]


def test_a_pin_reads_from_another_lake_and_writes_stay_at_home(spark, lake, tmp_path):
    lake.commit(laid(lake, [("o1", "s1", 100, FRI)], [FRI]))
    (tmp_path / "again").mkdir()
    again = Lake(str(tmp_path / "again"), pins={"orders": Pin(lake.root, 0)})
    assert ids(again.read(spark, "orders")) == ["o1"]
    again.commit(laid(again, [("o2", "s1", 100, FRI)], [FRI]))
    assert readable(lake.root) == [("o1", FRI)]
    assert readable(again.root) == [("o2", FRI)]


def test_days_can_be_read_alone(spark, lake):
    lake.commit(laid(lake, [("o1", "s1", 100, THU), ("o2", "s1", 100, FRI)], [THU, FRI]))
    assert ids(lake.read(spark, "orders", [FRI])) == ["o2"]
    assert lake.arrow("orders", [FRI]).to_table()["order_id"].to_pylist() == ["o2"]
    assert ids(lake.read(spark, "orders", [SAT])) == []
    assert set(lake.files("orders", [FRI])) == {FRI}


# What other engines find


@pytest.mark.parametrize("where, found", [
    ("amount_cents > 150", 2), ("amount_cents <= 150", 1), ("amount_cents IS NULL", 1),
    ("seller_id IS NULL", 1), ("seller_id = 's2'", 2), ("seller_id > 's1'", 2), ("ds = DATE '2026-11-20'", 3),
    ("ds < DATE '2026-11-20' AND amount_cents = 300", 1),
])
def test_a_filter_finds_every_row(spark, shelf, where, found):
    ours, theirs = shelf.arrow("orders"), DeltaTable(f"{shelf.root}/orders").to_pyarrow_dataset()  # noqa: F841
    assert duckdb.sql(f"SELECT count(*) FROM ours WHERE {where}").fetchall() == [(found,)]
    assert duckdb.sql(f"SELECT count(*) FROM theirs WHERE {where}").fetchall() == [(found,)]


@pytest.fixture(scope="module")
def shelf(spark, tmp_path_factory):
    """Files with nulls among values, with nulls alone, and two days: what statistics could get wrong."""
    lake = Lake(str(tmp_path_factory.mktemp("shelf")))
    lake.commit(written(spark, lake, [("o1", "s1", 100, FRI), ("o2", None, None, FRI), ("o3", "s2", 200, FRI),
                                      ("o4", "s2", 300, THU)], [THU, FRI]))
    return lake


@pytest.mark.parametrize("damage", [Path.unlink, lambda file: file.write_bytes(file.read_bytes()[:50])],
                         ids=["missing", "cut"])
def test_a_file_that_is_not_whole_is_named_before_an_engine_reads_around_it(spark, lake, damage):
    """Sail leaves a missing file out, and its rows with it."""
    write = laid(lake, [("o1", "s1", 100, THU), ("o2", "s1", 100, FRI)], [THU, FRI])
    file = Path(lake.root, "orders", write.files_of([FRI])[0].path)
    content = file.read_bytes()
    damage(file)
    with pytest.raises(DamagedStore, match=f"orders, 2026-11-20, run test-run: {file} .*make nightly DS=2026-11-20"):
        lake.written_frame(spark, write)
    file.write_bytes(content)
    lake.commit(write)
    damage(file)
    with pytest.raises(DamagedStore, match=f"orders, 2026-11-20, version 0: {file} .*forget-table TABLE=orders FROM="):
        Lake(lake.root).read(spark, "orders")
    assert ids(Lake(lake.root).read(spark, "orders", [THU])) == ["o1"]


def test_a_table_may_gain_a_column(spark, lake):
    lake.commit(laid(lake, [("o1", "s1", 100, THU)], [THU]))
    wider = spark.createDataFrame([("o2", "s1", 100, "app", FRI)],
                                  "order_id string, seller_id string, amount_cents bigint, channel string, ds date")
    lake.commit(lake.write(wider, "orders", [FRI], key="order_id"))
    lake.commit(laid(lake, [("o3", "s1", 100, SAT)], [SAT]))  # and a writer that does not know it yet
    now = Lake(lake.root)
    rows = now.read(spark, "orders").orderBy("order_id").collect()
    assert [(row.order_id, row.channel) for row in rows] == [("o1", None), ("o2", "app"), ("o3", None)]
    assert now.arrow("orders").to_table().sort_by("order_id")["channel"].to_pylist() == [None, "app", None]


def test_a_column_keeps_its_type(spark, lake):
    lake.commit(written(spark, lake, [("o1", "s1", 5, FRI)], [FRI]))
    other = spark.createDataFrame([("o2", "s1", "5", SAT)], DDL.replace("amount_cents bigint", "amount_cents string"))
    with pytest.raises(UserError, match="orders, 2026-11-21: amount_cents is string, expected int64. Nothing was comm"):
        lake.commit(lake.write(other, "orders", [SAT], key="order_id"))
    assert readable(lake.root) == [("o1", FRI)]


def test_what_a_day_was_made_from_is_found_in_the_log(spark, lake):
    frame = spark.createDataFrame([("o1", THU), ("o2", FRI)], "order_id string, ds date")
    lake.commit(lake.write(frame, "orders", [THU, FRI], key="order_id", fingerprints={THU: "abc", FRI: "def"}))
    lake.commit(lake.write(spark.createDataFrame([("o3", SAT)], frame.schema), "orders", [SAT], key="order_id"))
    now = Lake(lake.root)
    assert now.fingerprints("orders") == {THU: "abc", FRI: "def"}
    assert now.schema("orders").names == ["order_id", "ds"]
    assert now.fingerprints("cases") == {}


def test_a_commit_tells_who_made_it_and_from_what(lake):
    lake.commit(laid(lake, [("o1", "s1", 100, FRI)], [FRI]))
    nightly = Lake(lake.root, "nightly")
    assert nightly.has("orders")
    nightly.commit(replace(laid(nightly, [("o2", "s1", 100, FRI)], [FRI]), metadata={"policy": "p1"}))
    told = json.loads(DeltaTable(f"{lake.root}/orders").history()[0]["vigil"])
    assert {name: told[name] for name in ("run_id", "inputs", "policy")} == {
        "run_id": "nightly", "inputs": {"orders": 0}, "policy": "p1"}


# Vacuum


def folders(lake) -> set[str]:
    return {path.name for path in Path(lake.root, "orders").iterdir()} - {"_delta_log"}


def aged(lake, write, hours) -> StagedWrite:
    _age(Path(lake.root, "orders", write.write_id), hours)
    return write


def _age(folder, hours) -> None:
    then = time.time() - hours * 3600
    os.utime(folder, (then, then))


def test_vacuum_removes_writes_that_died_and_keeps_those_that_may_live(lake):
    live = aged(lake, laid(lake, [("o1", "s1", 100, FRI)], [FRI]), hours=48)
    lake.commit(live)
    dead = aged(lake, laid(lake, [("o2", "s1", 100, FRI)], [FRI]), hours=48)
    young = aged(lake, laid(lake, [("o3", "s1", 100, FRI)], [FRI]), hours=1)
    assert lake.vacuum(older_than_hours=24) == [f"orders/{dead.write_id}"]
    assert folders(lake) == {live.write_id, young.write_id}
    assert readable(lake.root) == [("o1", FRI)]
    assert lake.vacuum(older_than_hours=24) == []


def test_vacuum_removes_what_dead_runs_have_staged(lake):
    runs = {run: Lake(lake.root, run) for run in ("dead", "done", "alive")}
    for run in runs.values():
        run.stage(laid(run, [("o1", "s1", 100, FRI)], [FRI]))
    runs["done"].unstage("orders")
    for run in ("dead", "done"):
        _age(Path(lake.root, "_staged", run), hours=48)
    assert lake.vacuum(older_than_hours=24) == ["_staged/dead", "_staged/done"]
    assert runs["alive"].staged("orders") is not None and runs["dead"].staged("orders") is None


def test_vacuum_keeps_replaced_files_until_no_run_may_be_repeated_from_them(spark, lake):
    for order in ("o1", "o2"):
        write = aged(lake, laid(lake, [(order, "s1", 100, FRI)], [FRI]), hours=48)
        lake.commit(write)
    before = Lake(lake.root, pins={"orders": Pin(lake.root, 0)})
    assert lake.vacuum() == []
    assert ids(before.read(spark, "orders")) == ["o1"]
    assert len(lake.vacuum(keep_days=0)) == 1
    assert readable(lake.root) == [("o2", FRI)]


# Notes


def test_a_note_is_there_whole_or_not_at_all(lake):
    lake.put_json("_runs/r1.json", {"n": [0] * 20_000})
    seen, done = set(), threading.Event()

    def look():
        while not done.is_set():
            seen.add(tuple(set(lake.get_json("_runs/r1.json")["n"])))

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(30):
        lake.put_json("_runs/r1.json", {"n": [number] * 20_000})
    done.set()
    reader.join()
    assert seen and all(len(values) == 1 for values in seen)


def test_a_note_that_cannot_be_written_leaves_the_last_one(lake):
    class Unspeakable:
        def __str__(self):
            raise ValueError("no words for it")

    lake.put_json("_runs/r1.json", {"n": 1})
    with pytest.raises(ValueError):
        lake.put_json("_runs/r1.json", {"n": Unspeakable()})
    assert lake.get_json("_runs/r1.json") == {"n": 1}
    assert lake.get_json("_runs/r2.json") is None
