"""`forget_table` lets a damaged table, or some of its days, begin again, and deletes nothing."""

import shutil
from pathlib import Path

import pytest

from jobs import step
from jobs.commands import check_lake, forget_table
from jobs.errors import DamagedStore
from jobs.storage.lake import Lake
from tests.support.stored_home import FRI, SAT, THU, commit, cut, live_file, log_file, make, write


@pytest.fixture
def lake(tmp_path, monkeypatch):
    for name in ("VIGIL_LAKE", "MLFLOW_TRACKING_URI", "VIGIL_SOURCES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path))
    return make(tmp_path)


def forget(capsys, *arguments) -> tuple[int, list[str]]:
    code = step.run(forget_table.main, arguments)
    told = capsys.readouterr()
    return code, [line.removeprefix("vigil: ") for line in (told.out + told.err).splitlines()]


def is_whole() -> bool:
    return step.run(check_lake.main, []) == 0


@pytest.mark.parametrize("part", ["orders", "orders/_delta_log", None], ids=["table", "log", "nothing"])
def test_a_forgotten_table_begins_anew_and_nothing_of_it_is_deleted(lake, capsys, part):
    if part:
        shutil.rmtree(Path(lake.root, part))
    files = sorted(file.name for file in Path(lake.root, "orders").rglob("*.parquet"))
    code, lines = forget(capsys, "--table", "orders")
    assert code == 0
    assert lines[0] == f"orders: moved to {lake.root}/_forgotten/orders-1. The next write of it makes a new table"
    assert lines[-1] == "next: make backfill FROM=2026-11-19 TO=2026-11-21"
    aside = Path(lake.root, "_forgotten", "orders-1")
    assert (aside / "record.json").is_file()
    assert sorted(file.name for file in aside.rglob("*.parquet")) == files
    assert not Lake(lake.root).has("orders")
    commit(Lake(lake.root, "anew"), "orders", {THU: ["o1"]})
    assert Lake(lake.root).counts("orders") == {THU: 1}
    assert is_whole()


def test_a_table_that_is_forgotten_twice_is_kept_twice(lake, capsys):
    forget(capsys, "--table", "clicks")
    commit(Lake(lake.root, "anew"), "clicks", {THU: ["c9"]})
    forget(capsys, "--table", "clicks")
    assert sorted(folder.name for folder in Path(lake.root, "_forgotten").iterdir()) == ["clicks-0", "clicks-0-2"]


def test_in_a_lake_of_before_the_records_a_forgotten_table_stays_forgotten(lake, capsys):
    """Run manifests still tell of it."""
    shutil.rmtree(Path(lake.root, "_tables"))
    shutil.rmtree(Path(lake.root, "clicks"))
    with pytest.raises(DamagedStore):
        Lake(lake.root).has("clicks")
    forget(capsys, "--table", "clicks")
    assert not Lake(lake.root).has("clicks")
    assert Lake(lake.root).counts("orders") == {THU: 2, FRI: 1, SAT: 3}


def test_a_table_whose_record_is_broken_can_be_forgotten(lake, capsys):
    Path(lake.root, "_tables", "orders.json").write_text("{")
    code, lines = forget(capsys, "--table", "orders")
    assert (code, lines[0].split(". ")[0]) == (0, f"orders: moved to {lake.root}/_forgotten/orders-unknown")
    assert not Lake(lake.root).has("orders")


def test_forgotten_days_hold_no_rows_and_the_others_stay(lake, capsys):
    live_file(lake, "orders", FRI).unlink()
    code, lines = forget(capsys, "--table", "orders", "--from", "2026-11-20", "--to", "2026-11-20")
    assert (code, lines[0], lines[-1]) == (0, "orders: 1 row of 1 day is forgotten",
                                           "next: make backfill FROM=2026-11-20 TO=2026-11-20")
    assert Lake(lake.root).counts("orders") == {THU: 2, SAT: 3}


def test_days_without_rows_are_refused(lake, capsys):
    code, lines = forget(capsys, "--table", "orders", "--from", "2026-12-01", "--to", "2026-12-02")
    assert (code, len(lines)) == (1, 1)
    assert lines[0].startswith("orders: no rows from 2026-12-01 to 2026-12-02 in ")


def test_days_of_a_table_whose_log_is_broken_are_refused_with_what_mends_it(lake, capsys):
    cut(log_file(lake, "orders", 0))
    code, lines = forget(capsys, "--table", "orders", "--from", "2026-11-20", "--to", "2026-11-20")
    assert code == 1 and lines[0].endswith("or let it begin again: make forget-table TABLE=orders")


def test_rows_of_an_older_copy_are_kept_where_a_person_says_so(lake, capsys, tmp_path):
    shutil.copytree(f"{lake.root}/orders", tmp_path / "backup")
    commit(Lake(lake.root, "r2"), "orders", {FRI: ["o7", "o8"]})
    shutil.rmtree(Path(lake.root, "orders"))
    shutil.copytree(tmp_path / "backup", f"{lake.root}/orders")
    code, lines = forget(capsys, "--table", "orders", "--keep-rows")
    assert (code, len(lines)) == (0, 1)
    assert lines[0].startswith("orders: version 1 is recorded from now on.")
    assert Lake(lake.root).counts("orders")[FRI] == 1
    commit(Lake(lake.root, "r3"), "orders", {FRI: ["o7", "o8"]})
    assert Lake(lake.root).counts("orders")[FRI] == 2


def test_rows_of_a_lost_table_cannot_be_kept(lake, capsys):
    shutil.rmtree(Path(lake.root, "orders"))
    code, lines = forget(capsys, "--table", "orders", "--keep-rows")
    assert code == 1 and "has no log, so there are no rows to keep" in lines[0]
    assert Path(lake.root, "_tables", "orders.json").is_file()


def test_a_table_that_never_was_is_refused_with_those_there_are(lake, capsys):
    code, lines = forget(capsys, "--table", "order")
    assert (code, lines) == (1, [f"order: no such table in {lake.root}. There are: clicks, orders"])


def test_forgetting_days_says_how_many_of_them_are_still_landed(lake, capsys, tmp_path):
    for day in (THU, FRI):
        folder = tmp_path / "landing" / "orders" / f"ds={day}"
        folder.mkdir(parents=True)
        (folder / "p.csv").write_text("order_id\n")
    _, lines = forget(capsys, "--table", "orders")
    assert lines[1] == f"2 of its 3 days are still landed in {tmp_path}/landing/orders: rows of the others are lost"


def test_labels_are_made_again_by_a_training(lake, capsys):
    lake.commit(write(lake, "user_labels", {FRI: ["u1"]}))
    assert forget(capsys, "--table", "user_labels")[1][-1] == "next: make train DS=2026-11-20"


@pytest.mark.parametrize("table, other", [("seller_features", "user_features"), ("seller_texts", "user_features"),
                                          ("user_texts", "user_features"), ("seller_values", "seller_tiles")])
def test_days_of_the_table_by_which_runs_see_that_nothing_is_stale_are_emptied(lake, capsys, table, other):
    for name in (table, other):
        commit(lake, name, {THU: ["x1"], FRI: ["x2"], SAT: ["x3"]})
    lines = forget(capsys, "--table", table, "--from", str(FRI), "--to", str(FRI))[1]
    assert lines[0] == (f"{other}: emptied from {FRI} to {FRI}, because its days are built together with those of "
                        f"{table}")
    assert Lake(lake.root).counts(table) == Lake(lake.root).counts(other) == {THU: 1, SAT: 1}
    shutil.rmtree(Path(lake.root, table))
    lines = forget(capsys, "--table", table)[1]
    assert lines[0].startswith(f"{other}: emptied from {THU} to {SAT}, ")
    assert Lake(lake.root).counts(other) == {} and lines[-1] == f"next: make backfill FROM={THU} TO={SAT}"


def test_a_forgotten_table_whose_days_have_fingerprints_of_their_own_leaves_the_others(lake, capsys):
    for name in ("user_features", "seller_tiles", "seller_values"):
        commit(lake, name, {FRI: ["x1"]})
    forget(capsys, "--table", "seller_tiles")
    forget(capsys, "--table", "user_features")
    assert Lake(lake.root).counts("seller_values") == {FRI: 1}
