"""Outside data: days and numbers of CSV and Parquet, and a sentence with the row for everything else."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.errors import UserError
from jobs.ledger import loss_files

TABLE = """risk,lost,found,eur
b,2026-11-01,2026-11-03,10.50
a,2026-11-02,2026-11-02 13:45:00,-3
b,2026-11-02,2026-11-09T01:00:00Z,7
"""


def read(file, text=TABLE, **changed):
    file.write_text(text)
    return loss_files.read_verdicts(file, **{"incurred": "lost", "reported": "found", "amount": "eur", "group": "risk",
                                             **changed})


def test_a_csv_file_has_its_verdicts_by_group(tmp_path):
    found = read(tmp_path / "t.csv")
    assert list(found) == ["a", "b"]
    assert found["b"].incurred.astype(str).tolist() == ["2026-11-01", "2026-11-02"]
    assert found["b"].reported.astype(str).tolist() == ["2026-11-03", "2026-11-09"]
    assert found["a"].amount.tolist() == [-3] and found["b"].amount.tolist() == [10.5, 7]


def test_without_a_group_all_rows_are_one(tmp_path):
    assert len(read(tmp_path / "t.csv", group=None)[""].amount) == 3


def test_a_parquet_file_gives_the_same_from_dates_timestamps_and_decimals(tmp_path):
    from_csv = read(tmp_path / "t.csv")
    day = dt.date(2026, 11, 1)
    pq.write_table(pa.table({
        "risk": ["b", "a", "b"], "lost": [day, day + dt.timedelta(1), day + dt.timedelta(1)],
        "found": pa.array([dt.datetime(2026, 11, 3), dt.datetime(2026, 11, 2, 13, 45), dt.datetime(2026, 11, 9, 1)]),
        "eur": pa.array(["10.50", "-3.00", "7.00"]).cast(pa.decimal128(9, 2))}), tmp_path / "t.parquet")
    found = loss_files.read_verdicts(tmp_path / "t.parquet", "lost", "found", "eur", "risk")
    for risk in ("a", "b"):
        for name in ("incurred", "reported", "amount"):
            np.testing.assert_array_equal(getattr(found[risk], name), getattr(from_csv[risk], name))


@pytest.mark.parametrize("text, says", [
    (TABLE.replace("2026-11-02,2026-11-02", "02.11.2026,2026-11-02"), "row 2: lost is '02.11.2026'; expected a day"),
    (TABLE.replace("2026-11-03", "2026-11"), "row 1: found is '2026-11'; expected a day"),
    (TABLE.replace("2026-11-03", "2026-13-03"), "row 1: found is '2026-13-03'"),
    (TABLE.replace("10.50", '"1,000.50"'), "row 1: eur is '1,000.50'; expected a number"),
    (TABLE.replace("10.50", "inf"), "row 1: eur is 'inf'"),
    (TABLE.replace("10.50", ""), "row 1: eur is empty, in 1 of 3 rows"),
    (TABLE.replace("b,2026-11-01", ",2026-11-01"), "row 1: risk is empty"),
    (TABLE.splitlines()[0] + "\n", "no row below the names"),
    (TABLE.replace("eur", "usd"), "no column 'eur'; its columns are risk, lost, found, usd"),
    (TABLE.replace("risk", "eur"), "more than one column 'eur'"),
    (TABLE + "b,2026-11-02\n", "cannot be read"),
    ("", "cannot be read")])
def test_a_table_with_a_mistake_is_refused_with_its_row(tmp_path, text, says):
    with pytest.raises(UserError) as refused:
        read(tmp_path / "t.csv", text)
    assert says in str(refused.value) and str(tmp_path / "t.csv") in str(refused.value)


def test_a_file_that_is_missing_or_of_another_kind_is_refused(tmp_path):
    (tmp_path / "no.parquet").write_text(TABLE)
    for file in (tmp_path / "none.csv", tmp_path / "none.parquet", tmp_path / "no.parquet"):
        with pytest.raises(UserError, match="cannot be read"):
            loss_files.read_verdicts(file, "lost", "found", "eur", None)


def test_a_parquet_column_of_another_type_is_refused(tmp_path):
    pq.write_table(pa.table({"lost": ["2026-11-01"], "found": ["2026-11-01"], "eur": [[1, 2]]}), tmp_path / "t.parquet")
    with pytest.raises(UserError, match=r"eur is of type list.*; expected numbers"):
        loss_files.read_verdicts(tmp_path / "t.parquet", "lost", "found", "eur", None)


def test_a_triangle_has_its_names_and_empty_cells_are_unknown(tmp_path):
    (tmp_path / "t.csv").write_text("year,1,2,3\n1981,10,20,30\n1982,11, ,\n\n1983,9\n")
    names, triangle = loss_files.read_triangle(tmp_path / "t.csv")
    assert names == ["1981", "1982", "1983"]
    np.testing.assert_array_equal(triangle, [[10, 20, 30], [11, np.nan, np.nan], [9, np.nan, np.nan]])


@pytest.mark.parametrize("text, says", [
    ("year,1,2\n1981,10,x\n", "line 2, column '2' is 'x'; expected a number"),
    ("year,1,2\n1981,10,20,30\n", "line 2: 4 cells; expected at most the 3"),
    ("year,1,2\n", "no triangle"), ("", "no triangle"), ("year\n1981\n", "no triangle")])
def test_a_triangle_with_a_mistake_is_refused(tmp_path, text, says):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(UserError) as refused:
        loss_files.read_triangle(tmp_path / "t.csv")
    assert says in str(refused.value)


def test_a_triangle_that_is_missing_or_no_text_is_refused(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"\xff\xfe\x00")
    for name in ("none.csv", "t.csv"):
        with pytest.raises(UserError, match="cannot be read as text"):
            loss_files.read_triangle(tmp_path / name)
