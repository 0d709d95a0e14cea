"""A table that is gone is no new table: what a lake keeps of its tables, and what it refuses."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
from deltalake import DeltaTable

from jobs.commands import sql
from jobs.errors import DamagedStore, UserError
from jobs.storage import table_records
from jobs.storage.lake import Lake, Pin
from tests.support.stored_home import FRI, SAT, THU, commit, cut, live_file, log_file, make, write


@pytest.fixture
def lake(tmp_path):
    return make(tmp_path)


def record_file(lake, table="orders") -> Path:
    return Path(lake.root, "_tables", f"{table}.json")


def known(lake, table="orders") -> dict:
    return json.loads(record_file(lake, table).read_text())


def lose(lake, part: str) -> None:
    shutil.rmtree(Path(lake.root, part))


def test_a_commit_keeps_version_rows_and_days_of_its_table(lake):
    assert {name: known(lake)[name] for name in ("version", "rows", "days", "first_day", "last_day", "run_id")} == {
        "version": 1, "rows": 2 + 1 + 3, "days": 3, "first_day": "2026-11-19", "last_day": "2026-11-21", "run_id": "r1"}


@pytest.mark.parametrize("part", ["orders", "orders/_delta_log"])
@pytest.mark.parametrize("ask", [
    lambda lake: lake.has("orders"), lambda lake: lake.days("orders"), lambda lake: lake.arrow("orders"),
    lambda lake: lake.files("orders"), lambda lake: lake.commit_metadata("orders", "key_id"),
    lambda lake: write(lake, "orders", {FRI: ["o9"]})], ids=["has", "days", "arrow", "files", "told", "write"])
def test_a_table_that_lost_its_log_is_refused_with_what_was_known(lake, part, ask):
    lose(lake, part)
    with pytest.raises(DamagedStore,
                       match=r"orders: .*/orders/_delta_log is gone; version 1 was known \(6 rows of 3 days, "
                       r"2026-11-19 to 2026-11-21; run r1\)\. Restore .*/orders from a backup, or let "
                       r"it begin again: make forget-table TABLE=orders"):
        ask(Lake(lake.root))


def test_a_write_is_not_committed_as_a_new_table_when_the_log_went_meanwhile(lake):
    written = write(lake, "orders", {FRI: ["o9"]})
    lose(lake, "orders/_delta_log")
    with pytest.raises(DamagedStore, match="orders: .* is gone; version 1"):
        Lake(lake.root).commit(written)
    assert not log_file(lake, "orders", 0).exists()


def test_a_table_that_never_was_is_absent_and_no_damage(lake):
    assert not lake.has("cases")
    assert lake.days("cases") == []
    assert lake.damaged() == {}


def test_an_older_copy_of_a_table_in_its_place_is_refused(lake, tmp_path):
    shutil.copytree(f"{lake.root}/orders", tmp_path / "backup")
    commit(Lake(lake.root, "r2"), "orders", {FRI: ["o7", "o8"]})
    lose(lake, "orders")
    shutil.copytree(tmp_path / "backup", f"{lake.root}/orders")
    with pytest.raises(DamagedStore,
                       match=r"orders: .* ends at version 1; version 2 was known .* run r2\)\. An older copy "
                       r"was put in its place\. Restore the latest .*KEEP=rows"):
        Lake(lake.root).days("orders")


def test_the_log_of_another_table_is_refused(lake):
    lose(lake, "orders")
    shutil.copytree(f"{lake.root}/clicks", f"{lake.root}/orders")
    with pytest.raises(DamagedStore, match="orders: .* is the log of another table; version 1 was known"):
        Lake(lake.root).days("orders")


@pytest.mark.parametrize("version", [0, 1], ids=["the first", "the last"])
def test_a_commit_cut_at_the_end_of_a_line_is_noticed_by_the_rows(lake, version):
    """deltalake takes it for one with fewer files."""
    file = log_file(lake, "orders", version)
    file.write_text("".join(line for line in file.read_text().splitlines(keepends=True) if '"add"' not in line))
    assert DeltaTable(f"{lake.root}/orders").version() == 1
    with pytest.raises(DamagedStore,
                       match=r"holds \d rows; version 1 was known \(6 rows .* A commit in it was changed"):
        Lake(lake.root).days("orders")


@pytest.mark.parametrize(("damage", "said"), [
    (lambda file: file.write_bytes(b""), "is not a commit"), (cut, "is not a commit"),
    (lambda file: file.write_bytes(b"\x00\xffgarbage"), "is not a commit"), (Path.unlink, "is missing")],
    ids=["emptied", "cut", "garbage", "missing"])
def test_a_broken_commit_is_named_when_the_table_is_opened(lake, damage, said):
    damage(log_file(lake, "orders", 0))
    with pytest.raises(DamagedStore,
                       match=rf"orders, its log up to version 1: .*/_delta_log/0+\.json {said}.*forget-table"
                       "|orders: .* holds 3 rows; version 1 was known"):
        Lake(lake.root).days("orders")


def test_a_missing_checkpoint_is_mended_without_a_backup(lake):
    DeltaTable(f"{lake.root}/orders").create_checkpoint()
    (checkpoint,) = Path(lake.root, "orders", "_delta_log").glob("*.checkpoint.parquet")
    checkpoint.unlink()
    with pytest.raises(DamagedStore, match=r"_last_checkpoint names no checkpoint that is there\. The log is whole "
                       r"without it\. Delete it: rm \S+_last_checkpoint$") as told:
        Lake(lake.root).days("orders")
    Path(str(told.value).rsplit("rm ", 1)[1]).unlink()
    assert Lake(lake.root).counts("orders") == {THU: 2, FRI: 1, SAT: 3}


def test_a_broken_checkpoint_is_mended_by_the_command_that_is_named(lake):
    DeltaTable(f"{lake.root}/orders").create_checkpoint()
    (checkpoint,) = Path(lake.root, "orders", "_delta_log").glob("*.checkpoint.parquet")
    cut(checkpoint)
    with pytest.raises(DamagedStore, match="is not a checkpoint .* Delete it: rm ") as told:
        Lake(lake.root).days("orders")
    for file in str(told.value).rsplit("rm ", 1)[1].split():
        Path(file).unlink()
    assert Lake(lake.root).counts("orders") == {THU: 2, FRI: 1, SAT: 3}


def test_other_tables_are_listed_and_queried_with_a_warning_for_the_lost_one(lake, monkeypatch, capsys):
    lose(lake, "clicks")
    monkeypatch.setenv("VIGIL_LAKE", lake.root)
    sql.main(["select count(*) as n from orders"])
    told = capsys.readouterr()
    assert "│     6 │" in told.out
    assert told.err.startswith("vigil: warning, clicks: ") and told.err.count("\n") == 1
    assert Lake(lake.root).tables() == ["orders"]
    assert list(Lake(lake.root).damaged()) == ["clicks"]


def test_broken_validation_results_keep_nobody_from_other_tables(lake, monkeypatch, capsys):
    (file,) = Path(lake.root).glob("_validations/*/*.json")
    file.write_text("[{")
    monkeypatch.setenv("VIGIL_LAKE", lake.root)
    sql.main(["select count(*) as n from orders"])
    told = capsys.readouterr()
    assert "│     6 │" in told.out
    assert f"warning, validation results, ds=2026-11-20: {file} is not JSON" in told.err


# The record and the log


def test_a_log_ahead_of_its_record_is_read_and_then_mended(lake):
    """A run was killed between the commit and its record."""
    behind = record_file(lake).read_text()
    commit(Lake(lake.root, "r2"), "orders", {FRI: ["o7", "o8"]})
    record_file(lake).write_text(behind)
    assert Lake(lake.root).counts("orders")[FRI] == 2
    commit(Lake(lake.root, "r3"), "orders", {SAT: ["o9"]})
    assert (known(lake)["version"], known(lake)["rows"]) == (3, 2 + 2 + 1)


def test_a_commit_repeated_after_a_kill_writes_the_record_that_was_missing(lake):
    written = commit(Lake(lake.root, "r2"), "reviews", {FRI: ["v1"]})
    record_file(lake, "reviews").unlink()
    assert Lake(lake.root, "r2").commit(written) == 0
    assert known(lake, "reviews")["version"] == 0


def test_of_two_writers_the_record_of_the_later_version_stays(lake):
    later = table_records.read(lake.files_beside, "orders")
    table_records.keep(lake.files_beside, "orders", table_records.TableRecord(0, 1, None, None, "slow"))
    assert table_records.read(lake.files_beside, "orders") == later


def test_a_broken_record_is_named_and_deleting_it_mends_it(lake):
    record_file(lake).write_text('{"version": 1, "da')
    with pytest.raises(DamagedStore,
                       match=r"orders, its table record: .*/_tables/orders\.json is not JSON "
                       r"\(18 bytes\)\. Restore it from a backup, or delete it: rm"):
        Lake(lake.root).days("orders")
    record_file(lake).unlink()
    commit(Lake(lake.root, "r2"), "orders", {FRI: ["o7"]})
    assert known(lake)["version"] == 2


# Lakes of before the records


@pytest.fixture
def older(lake):
    shutil.rmtree(Path(lake.root, "_tables"))
    return Lake(lake.root)


def test_in_a_lake_without_records_run_manifests_know_of_a_lost_table(older):
    lose(older, "clicks")
    with pytest.raises(DamagedStore, match=r"clicks: .* is gone; version 0 was known \(2 days, 2026-11-19 to "
                       r"2026-11-20; run r1\)"):
        older.days("clicks")
    assert older.days("orders") == [THU, FRI, SAT]
    assert not older.has("cases")


def test_the_first_commit_gives_every_table_of_an_older_lake_a_record(older):
    lose(older, "clicks")
    commit(Lake(older.root, "r2"), "orders", {FRI: ["o7"]})
    assert (known(older)["version"], known(older)["rows"]) == (2, 6)
    assert (known(older, "clicks")["version"], known(older, "clicks")["rows"]) == (0, None)
    shutil.rmtree(Path(older.root, "_runs"))
    with pytest.raises(DamagedStore, match="clicks: .* is gone; version 0"):
        Lake(older.root).days("clicks")


def test_a_broken_run_manifest_keeps_no_older_lake_from_being_read(older):
    Path(older.root, "_runs", "r0.json").write_text("{")
    assert not older.has("cases")


def test_a_lake_of_other_writers_has_no_record_and_is_read(older):
    shutil.rmtree(Path(older.root, "_runs"))
    assert Lake(older.root).counts("orders") == {THU: 2, FRI: 1, SAT: 3}


# Pins, vacuum


def test_a_pinned_version_that_is_gone_is_refused_with_its_table(lake, tmp_path):
    again = Lake(str(tmp_path / "again"), pins={"orders": Pin(lake.root, 7)})
    with pytest.raises(UserError, match=r"orders: version 7 is not in the log of .*/lake/orders any more"):
        again.days("orders")
    lose(lake, "orders")
    with pytest.raises(DamagedStore, match="orders: .* is gone; version 1 was known"):
        Lake(str(tmp_path / "again"), pins={"orders": Pin(lake.root, 1)}).days("orders")


def test_a_lake_of_its_own_with_pins_knows_its_own_tables_alone(lake, tmp_path):
    (tmp_path / "again").mkdir()
    again = Lake(str(tmp_path / "again"), "replay-r1", pins={"orders": Pin(lake.root, 1)})
    assert again.counts("orders")[FRI] == 1
    commit(again, "order_features", {FRI: ["o3"]})
    assert Lake(again.root).tables() == ["order_features"]
    assert Lake(again.root).damaged() == {}


def test_vacuum_leaves_a_damaged_table_as_it_is_and_keeps_the_version_it_makes(lake):
    commit(Lake(lake.root, "r2"), "orders", {FRI: ["o7"]})
    lose(lake, "clicks/_delta_log")
    left = sorted(Path(lake.root, "clicks").rglob("*.parquet"))
    assert [path.split("/")[0] for path in lake.vacuum(older_than_hours=0, keep_days=0)] == ["orders"]
    assert sorted(Path(lake.root, "clicks").rglob("*.parquet")) == left != []
    assert known(lake)["version"] == DeltaTable(f"{lake.root}/orders").version() > 2


def test_checksums_go_with_the_last_file_of_their_write(lake):
    replaced = commit(lake, "reviews", {FRI: ["v1"]})
    dead = write(lake, "reviews", {FRI: ["v2"]})
    lake.commit(write(Lake(lake.root, "r2"), "reviews", {FRI: ["v3"]}))
    Path(lake.root, "_checksums", "reviews", f"{dead.write_id}.json").write_text("{}")
    lake.vacuum(older_than_hours=0, keep_days=0)
    (left,) = Path(lake.root, "_checksums", "reviews").iterdir()
    assert left.stem not in (replaced.write_id, dead.write_id)


# Files of a write


@pytest.mark.parametrize(("damage", "said"), [(cut, "has .* bytes, .* were written"), (Path.unlink, "is missing")])
def test_a_file_that_was_cut_since_it_was_written_is_not_committed(lake, damage, said):
    written = write(lake, "orders", {FRI: ["o7", "o8"]})
    damage(Path(lake.root, "orders", written.files[0].path))
    with pytest.raises(DamagedStore, match=rf"orders, 2026-11-20, run manual: .*part-0\.parquet {said}\. Nothing was "
                       "committed"):
        lake.commit(written)
    assert Lake(lake.root).counts("orders")[FRI] == 1


def test_a_staged_write_that_is_no_write_is_named(lake):
    staged = write(Lake(lake.root, "r2"), "orders", {FRI: ["o7"]})
    Lake(lake.root, "r2").stage(staged)
    file = Path(lake.root, "_staged", "r2", "orders.json")
    for content in (file.read_text()[:40], "{}", "[1]", json.dumps({**asdict(staged), "more": 1})):
        file.write_text(content)
        with pytest.raises(DamagedStore, match=r"orders, run r2: .*/_staged/r2/orders\.json is not"):
            Lake(lake.root, "r2").staged("orders")


def test_the_live_file_of_a_day_is_the_one_that_was_committed_last(lake):
    before = live_file(lake, "orders", FRI)
    commit(Lake(lake.root, "r2"), "orders", {FRI: ["o7"]})
    assert live_file(lake, "orders", FRI) != before


def test_a_run_id_with_odd_signs_is_checked_and_vacuumed_by_its_own_folder(lake):
    """A log has paths as URLs do: `a%20b`."""
    odd = Lake(lake.root, "a b%20#ä")
    commit(odd, "orders", {FRI: ["o9"]})
    assert live_file(lake, "orders", FRI).is_file()
    vacuumed = Lake(lake.root).vacuum(older_than_hours=0)
    assert [path for path in vacuumed if path.startswith("orders/a b")] == []
    assert live_file(lake, "orders", FRI).is_file()
