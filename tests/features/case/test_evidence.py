"""Evidence is true, false or not known, and a faulty definition is a sentence."""

from dataclasses import replace

import pytest

from features.case.evidence import Evidence, validate_evidence, with_evidence

COPIED = Evidence("copied_photo", "image_copies > 0 AND NOT image_first_same_buyer", "buyer", "strong",
                  ("image_copies", "image_first_same_buyer"), "The photo was shown before, by another buyer.")
LATE = Evidence("late", "days_late > 3 OR reason = 'days_early'", "seller", "medium",
                ("shipments", "days_late", "reason"), "The parcel left late.")
COLUMNS = ("image_copies", "image_first_same_buyer", "days_late", "days_early", "reason")
SCHEMA = "image_copies bigint, image_first_same_buyer boolean, days_late int, reason string"


def of(spark, rows, evidence, tables=("shipments",)):
    frame = with_evidence(spark.createDataFrame(rows, SCHEMA), evidence, tables)
    return [tuple(row)[4:] for row in frame.collect()]


def test_a_condition_is_true_false_or_not_known(spark):
    rows = [(2, False, 0, ""), (2, True, 5, ""), (0, None, None, ""), (None, False, 0, "days_early")]
    # The third row: nothing AND not known would be false in SQL.
    assert of(spark, rows, [COPIED, LATE]) == [(True, False), (False, True), (None, None), (None, True)]


def test_without_its_table_or_column_evidence_is_not_known(spark):
    assert of(spark, [(2, False, 9, "")], [LATE], tables=()) == [(None,)]
    early = replace(LATE, condition="days_early > 0", needs=("days_early",))
    assert of(spark, [(2, False, 9, "")], [early]) == [(None,)]


def test_no_evidence_adds_no_column(spark):
    assert of(spark, [(2, False, 9, "")], []) == [()]


def test_sound_definitions_pass():
    validate_evidence([COPIED, LATE], COLUMNS)


@pytest.mark.parametrize(("changes", "error"), [
    ({"name": "Copied photo"}, "Copied photo is no name, expected small letters"),
    ({"points_to": "courier"}, "copied_photo points to 'courier', expected one of buyer, seller, carrier, platform"),
    ({"strength": "sure"}, "copied_photo has the strength 'sure', expected one of weak, medium, strong"),
    ({"meaning": " "}, "copied_photo has no meaning"),
    ({"needs": (*COPIED.needs, "parcels")}, "copied_photo needs parcels, which is neither an input table nor a column"),
    ({"condition": "1 = 1"}, "copied_photo has the condition '1 = 1', which reads no column of a case"),
    ({"condition": "'image_copies' > ''"}, "which reads no column of a case"),
    ({"condition": "image_copies > 0 AND days_late > 3"}, "copied_photo reads days_late and does not need it"),
])
def test_a_faulty_definition_is_a_sentence(changes, error):
    with pytest.raises(ValueError, match="evidence: ") as found:
        validate_evidence([replace(COPIED, **changes)], COLUMNS)
    assert error in str(found.value)


def test_a_name_stands_for_one_piece_of_evidence():
    with pytest.raises(ValueError, match="evidence: defined twice: copied_photo"):
        validate_evidence([COPIED, replace(LATE, name="copied_photo")], COLUMNS)
