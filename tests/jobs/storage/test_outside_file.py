"""Files of other people: what an empty value is, and the names of values. test_unit_file.py has the kinds of files."""

from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import parquet

from jobs.errors import UserError
from jobs.storage.outside_file import label, listed, opened, quoted


def full_rows(path, *names: str) -> list[tuple]:
    with opened(path, "a row a case") as file:
        file.require_columns(names)
        return file.db.sql(f"SELECT {', '.join(map(quoted, names))} FROM outside WHERE {file.full(names)}").fetchall()


def test_null_nan_and_blank_values_are_empty(tmp_path):
    parquet.write_table(pa.table({"a": ["x", None, " ", "y", "z"], "b": [1.0, 2.0, 3.0, float("nan"), 5.0]}),
                        tmp_path / "x.parquet")
    assert full_rows(tmp_path / "x.parquet", "a", "b", "a") == [("x", 1.0, "x"), ("z", 5.0, "z")]


def test_quoted_blanks_of_a_csv_are_empty(tmp_path):
    (tmp_path / "x.csv").write_text('a,b\nx,1\n"",2\n,3\n" ",4\n')
    assert full_rows(tmp_path / "x.csv", "a") == [("x",)]


def test_the_number_of_rows_is_of_all(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\nx,1\n,2\n")
    with opened(tmp_path / "x.csv", "a row a case") as file:
        assert file.rows == 2


def test_a_failing_statement_is_one_sentence(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\nx,1\n,2\n")
    with pytest.raises(UserError) as failure, opened(tmp_path / "x.csv", "a row a case") as file:
        file.db.sql("SELECT CAST(a AS INTEGER) FROM outside").fetchall()
    assert "x.csv cannot be read as CSV or Parquet: Conversion Error" in str(failure.value)
    assert "\n" not in str(failure.value)


def test_a_missing_file_names_what_is_expected(tmp_path):
    with pytest.raises(UserError, match="no such file; expected a CSV or Parquet file with a row a case"), \
            opened(tmp_path / "none.csv", "a row a case"):
        pass


def test_words_stay_words_where_a_caller_asks_for_it(tmp_path):
    (tmp_path / "x.csv").write_text("a,b,c\nyes,1.5,2026-11-20\nno,2,2026-11-21\n")
    with opened(tmp_path / "x.csv", "a row a case") as file:
        assert list(file.types.values()) == ["BOOLEAN", "DOUBLE", "DATE"]
    with opened(tmp_path / "x.csv", "a row a case", ("BIGINT", "DOUBLE", "VARCHAR")) as file:
        assert list(file.types.values()) == ["VARCHAR", "DOUBLE", "VARCHAR"]


def test_labels_are_the_same_for_a_number_and_its_float():
    assert [label(value) for value in (True, 1.0, 1, 0.5, "x", False, Decimal("2.00"), float("inf"))] == [
        "true", "1", "1", "0.5", "x", "false", "2", "inf"]


def test_names_in_a_sentence():
    assert [listed(names) for names in (["a"], ["a", "b"], ["a", "b", "a", "c"])] == ["a", "a or b", "a, b or c"]


def test_json_lines_may_lack_a_column_and_hold_lists(tmp_path):
    (tmp_path / "x").write_text('{"a": "1", "b": ["x", "y"]}\n{"a": "2"}\n')
    with opened(tmp_path / "x", "a row a case") as file:
        assert file.types == {"a": "VARCHAR", "b": "VARCHAR[]"}
        assert file.db.sql("SELECT a, b FROM outside").fetchall() == [("1", ["x", "y"]), ("2", None)]


def test_faulty_json_lines_are_one_sentence(tmp_path):
    (tmp_path / "x").write_text('{"a": 1}\n{"a": \n')
    with pytest.raises(UserError, match="cannot be read as JSON lines: "), opened(tmp_path / "x", "a row a case"):
        pass


def test_columns_of_names_stay_texts(tmp_path):
    (tmp_path / "x.csv").write_text("id,n\n007,1\n7,2\n10e9,3\n")
    with opened(tmp_path / "x.csv", "a row", names=["id", "of another file"]) as file:
        assert file.db.sql("SELECT id, n FROM outside ORDER BY n").fetchall() == [("007", 1), ("7", 2), ("10e9", 3)]


@pytest.mark.parametrize(("make", "message"), [(lambda path: path.mkdir(), "is a folder; expected a CSV"),
                                               (lambda path: path.touch(), "is empty; expected a CSV")])
def test_folders_and_empty_files_are_named(tmp_path, make, message):
    make(tmp_path / "x")
    with pytest.raises(UserError, match=message), opened(tmp_path / "x", "a row"):
        pass
