"""Evidence over rows of cases: there, not there, or not known, in the order of the rows and as Spark finds it."""

import numpy as np

from features.case.evidence import Evidence, with_evidence
from features.case.evidence_definitions import EVIDENCE
from features.inputs.tables import TABLES
from jobs.after_sales.case_evidence import evidence_of
from tests.support.closed_rows import closed, with_column

WORN = Evidence("worn", "wear_is_noted = 1", "buyer", "strong", ("wear_is_noted", "messages"), "It was worn.")


def test_evidence_is_there_not_there_or_not_known():
    rows = with_column(closed(4).rows, "wear_is_noted", [0.0, 1.0, None, 1.0])
    assert np.array_equal(evidence_of(rows, [WORN], ["messages"])["worn"], [0, 1, np.nan, 1], equal_nan=True)


def test_evidence_is_not_known_without_an_input_table_that_it_needs():
    rows = with_column(closed(2).rows, "wear_is_noted", [0.0, 1.0])
    assert np.isnan(evidence_of(rows, [WORN], ["listings"])["worn"]).all()


def test_no_case_has_no_evidence():
    assert evidence_of(closed(1).rows.slice(0, 0), [WORN], ["messages"])["worn"].tolist() == []


def test_duckdb_and_the_engines_of_frames_find_the_same(spark):
    """Every definition, over 60 rows of random values in which a third is not known."""
    draw, rows = np.random.default_rng(1), closed(60).rows
    names = sorted({column for each in EVIDENCE for column in each.needed_columns} - {"reason"})
    for name in names:
        values = draw.choice([0, 0.2, 0.5, 1, 5, 25, 80], 60)
        rows = with_column(rows, name, [None if draw.random() < 0.3 else value for value in values])
    rows = with_column(rows, "reason", draw.choice(["item_not_received", "changed_mind", "unauthorised"], 60))
    columns = ["case_id", "reason", *names]
    schema = ", ".join(f"{name} {'string' if name in ('case_id', 'reason') else 'double'}" for name in columns)
    frame = spark.createDataFrame([tuple(row.values()) for row in rows.select(columns).to_pylist()], schema)
    expected = with_evidence(frame, EVIDENCE, tuple(TABLES)).orderBy("case_id").collect()
    found = evidence_of(rows, EVIDENCE, tuple(TABLES))
    for each in EVIDENCE:
        assert [None if np.isnan(value) else bool(value) for value in found[each.name]] == [
            row[each.column] for row in expected], each.name
