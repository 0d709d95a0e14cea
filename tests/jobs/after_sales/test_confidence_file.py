"""Files of confidences: numbers and words are read as they are meant, in the order of the file."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.after_sales.confidence_file import ConfidenceColumns, read_confidences


@pytest.mark.parametrize("wrong", [[True, False, None, True], [1, 0, None, 1], [1.0, 0.0, float("nan"), 1.0],
                                   ["TRUE", "0", " ", "1"]])
def test_forms_of_wrong_are_one(tmp_path, wrong):
    table = pa.table({"sure": [3, 1, 2, 2], "off": wrong, "case": ["b", "a", "a", "b"], "cell": [1.0, 2.0, 2.0, 1.0],
                      "day": [1, 5, 2, 3]})
    pq.write_table(table, tmp_path / "rows.parquet")
    found = read_confidences(tmp_path / "rows.parquet", ConfidenceColumns("sure", "off", "cell", "case", "day"))
    assert (found.all_rows, found.left_out) == (4, 1)
    assert found.confidence.tolist() == [3.0, 2.0, 1.0] and found.wrong.tolist() == [True, True, False]
    assert found.case.tolist() == ["b", "b", "a"] and found.cell.tolist() == ["1", "1", "2"]


def test_without_cells_all_rows_are_in_one(tmp_path):
    (tmp_path / "rows.csv").write_text("sure,off\n0.5,0\n0.25,1\n")
    found = read_confidences(tmp_path / "rows.csv", ConfidenceColumns("sure", "off"))
    assert found.case is None and found.cell.tolist() == ["all", "all"] and found.confidence.tolist() == [0.5, 0.25]
