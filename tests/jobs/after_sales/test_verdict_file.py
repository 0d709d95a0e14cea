"""Files of verdicts: the three forms, abstentions, lists of evidence, and a sentence for every mistake."""

import pyarrow as pa
import pytest
from pyarrow import parquet

from jobs.after_sales.verdict_file import Verdict, read_verdicts, without_repeats
from jobs.errors import UserError
from tests.support.builders import TODAY

EXPECTED = [Verdict("007", "buyer", ("a", "b"), "", TODAY), Verdict("c2", "undetermined", (), "north", None)]


def test_the_three_forms_are_read_alike(tmp_path):
    csv, lines, table = (tmp_path / name for name in ("x.csv", "x.jsonl", "x.parquet"))
    csv.write_text(f"case_id,responsible,evidence,swapped,as_of\n007,Buyer,a; b;,,{TODAY}\nc2,,,north,\n")
    lines.write_text(f'{{"case_id": "007", "responsible": "buyer", "evidence": ["a", "b"], "as_of": "{TODAY}"}}\n'
                     '{"case_id": "c2", "responsible": null, "evidence": [], "swapped": "north"}\n')
    parquet.write_table(pa.table({
        "case_id": ["007", "c2"], "responsible": ["buyer", "undetermined"], "evidence": [["a", "b"], None],
        "swapped": [None, "north"], "as_of": [TODAY, None]}), table)
    for path in (csv, lines, table):
        assert read_verdicts(path) == (EXPECTED, True)


def test_two_columns_are_enough(tmp_path):
    (tmp_path / "x.csv").write_text("case_id,responsible\nc1,seller\n")
    assert read_verdicts(tmp_path / "x.csv") == ([Verdict("c1", "seller", (), "", None)], False)


def test_the_first_verdict_on_a_case_and_variant_counts():
    again = Verdict("007", "seller", (), "", None)
    assert without_repeats([*EXPECTED, again]) == EXPECTED


@pytest.mark.parametrize(("text", "sentence"), [
    ("case_id,party\nc1,buyer\n", "has no column responsible; it has case_id, party"),
    ("case_id,responsible\nc1,nobody\nc2,somebody\n", "responsible is nobody, somebody; expected buyer, seller, "),
    ("case_id,responsible\n,buyer\nc1,buyer\n", "1 verdicts have no case_id"),
    ("case_id,responsible,as_of\nc1,buyer,soon\n", "as_of is no day in 1 rows; expected days such as"),
])
def test_a_mistake_is_one_sentence(tmp_path, text, sentence):
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(UserError) as failure:
        read_verdicts(tmp_path / "x.csv")
    assert sentence in str(failure.value)
