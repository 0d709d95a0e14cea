"""Outside data as arrays: CSV and Parquet, empty values, and a sentence for every mistake."""

import gzip

import pyarrow as pa
import pytest
from pyarrow import parquet

from jobs.effects.unit_file import UnitColumns, read_units
from jobs.errors import UserError

TEXT = "user,arm,loss,orders,age,group\nu1,a,1.5,2,30,g1\nu2,b,,1,40,g1\nu3,a,2,3,50,g2\nu4,b,0,1,,g2\nu5,,4,1,20,g3\n"
COLUMNS = UnitColumns("arm", "loss")


@pytest.fixture
def file(tmp_path):
    def written(text: str, name: str = "units.csv"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return written


def refused(path, columns=COLUMNS) -> str:
    with pytest.raises(UserError) as failure:
        read_units(path, columns)
    assert "\n" not in str(failure.value)
    return str(failure.value)


def test_rows_with_an_empty_value_in_a_column_that_is_read_are_left_out(file):
    found = read_units(file(TEXT), COLUMNS)
    assert (found.rows, found.left_out) == (5, 2)
    assert found.arm.tolist() == ["a", "a", "b"]
    assert found.numbers["loss"].tolist() == [1.5, 2, 0]
    assert found.clusters is None


def test_all_columns(file):
    found = read_units(file(TEXT), UnitColumns("arm", "loss", "orders", ("age",), "group"))
    assert (found.rows, found.left_out) == (5, 3)
    assert {name: values.tolist() for name, values in found.numbers.items()} == {
        "loss": [1.5, 2], "orders": [2, 3], "age": [30, 50]}
    assert found.clusters.tolist() == [0, 1]


def test_parquet_by_its_content_with_nan_as_an_empty_value(tmp_path):
    path = tmp_path / "units"
    parquet.write_table(pa.table({
        "arm": pa.array([1.0, 0.0, None, float("nan"), 1.0]), "loss": pa.array([1, 2, 3, 4, 5], pa.int16()),
        "before": pa.array([1.0, 2.0, 3.0, 4.0, float("nan")]),
        "won": pa.array([True, False, True, True, False])}), path)
    found = read_units(path, UnitColumns("arm", "won", covariates=("before", "loss")))
    assert (found.arm.tolist(), found.left_out) == (["1", "0"], 3)
    assert found.numbers["won"].tolist() == [1, 0]
    assert found.numbers["loss"].dtype == float


def test_compressed_csv_and_a_name_that_looks_like_a_pattern(tmp_path):
    (tmp_path / "units[1]*.csv.gz").write_bytes(gzip.compress(TEXT.encode()))
    (tmp_path / "units1x.csv.gz").write_bytes(b"no")
    assert read_units(tmp_path / "units[1]*.csv.gz", COLUMNS).rows == 5


def test_names_with_quotes_and_blanks(file):
    found = read_units(file('the arm,"a ""loss"""\na,1\nb,2\n'), UnitColumns("the arm", 'a "loss"'))
    assert found.numbers['a "loss"'].tolist() == [1, 2]


def test_a_missing_file_and_a_folder(tmp_path):
    assert "there is no such file; expected a CSV or Parquet file" in refused(tmp_path / "none.csv")
    assert "is a folder; expected a CSV or Parquet file" in refused(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PAR1 and no more", bytes(range(256)) * 50])
def test_a_file_of_another_kind(tmp_path, content):
    (tmp_path / "x.csv").write_bytes(content)
    assert "x.csv" in refused(tmp_path / "x.csv")


def test_a_file_in_another_encoding(tmp_path):
    (tmp_path / "x.csv").write_text("arm,loss\nä,1\n", encoding="latin-1")
    assert refused(tmp_path / "x.csv").endswith(
        "CSV Error on Line: 2; Invalid unicode (byte sequence mismatch) detected. This file is not utf-8 encoded.")


def test_a_missing_column_is_named_beside_those_that_are_there(file):
    assert refused(file(TEXT), UnitColumns("arms", "loss", cluster="ring")).endswith(
        "has no column arms and no column ring; it has user, arm, loss, orders, age, group")


def test_a_column_that_is_not_numeric_is_shown(file):
    text = "arm,loss\n" + "a,1\n" * 30_000 + "b,NA\n"
    assert "loss is not numeric, its type is VARCHAR with values such as 'NA'" in refused(file(text))
    assert "user is not numeric" in refused(file(TEXT), UnitColumns("arm", "loss", covariates=("user",)))


def test_a_column_that_is_named_twice(file):
    assert "loss is named twice" in refused(file(TEXT), UnitColumns("arm", "loss", covariates=("loss",)))
    assert read_units(file(TEXT), UnitColumns("arm", "loss", covariates=("age",), cluster="age")).rows == 5


def test_infinite_numbers(file):
    assert "loss has 1 infinite values; expected finite numbers" in refused(file("arm,loss\na,1\nb,inf\n"))


def test_an_arm_with_many_values(file):
    assert "user has more than 20 values" in refused(file("user,loss\n" + "".join(f"u{n},{n}\n" for n in range(21))),
                                                     UnitColumns("user", "loss"))


def test_a_file_without_a_full_row(file):
    found = read_units(file("arm,loss,x\na,,1\nb,2,\n"), UnitColumns("arm", "x", covariates=("loss",)))
    assert (found.rows, found.left_out, len(found.arm)) == (2, 2, 0)


@pytest.mark.parametrize("text", ["arm,loss\n", "arm,loss\na,\nb,\n"])
def test_a_column_without_a_value(file, text):
    assert refused(file(text)).endswith("loss is empty in every row; expected numbers")
