"""Messages, listings and the columns that cases gained: each rule holds for a good row and is named for a bad one."""

import json

import pytest

from features.inputs.case_tables import CASE_INPUTS, LISTINGS, MESSAGES
from features.inputs.tables import CASE_OUTCOMES, CASES, FEATURE_INPUTS, ORDERS, SHIPMENTS
from jobs.errors import UserError
from jobs.ingestion.input_schema import check_schema
from tests.support.judged_rows import CASE, TODAY, broken, judged

MESSAGE = {"message_id": "m1", "sent_at": "2026-11-20 08:30:00", "case_id": "c1", "role": "buyer"}
LISTING = {"listing_version_id": "l1", "changed_at": "2026-11-20 08:30:00", "product_id": "p1", "seller_id": "s1"}
HASH = "image_hash is 16 hex digits"

ROWS = {
    MESSAGES: (MESSAGE, [
        ({}, []),
        ({"role": "seller", "text": "x" * 20_000}, []),
        ({"case_id": None}, ["case_id is present"]),
        ({"role": "bot"}, ["role is one of buyer, seller, agent"]),
        ({"role": None}, ["role is present"]),
        ({"sent_at": "2026-11-21 00:00:00"}, ["sent_at is not after the day of arrival"]),
        ({"text": "x" * 20_001}, ["text has at most 20000 characters"]),
    ]),
    LISTINGS: (LISTING, [
        ({}, []),
        ({"title": "x" * 300, "description": "y" * 300, "price_cents": "0", "image_hash": "00ffA0b1c2d3e4f5"}, []),
        ({"product_id": None}, ["product_id is present"]),
        ({"price_cents": "-1"}, ["price_cents is between 0 and 1000000000000"]),
        ({"image_hash": "00ffa0b1c2d3e4f"}, [HASH]),
    ]),
    CASES: (CASE, [
        ({"image_hash": "0123456789abcdef"}, []),
        ({"image_hash": "0123456789abcdeg"}, [HASH]),
        ({"image_hash": "0123456789abcdef0"}, [HASH]),
    ]),
    CASE_OUTCOMES: ({"case_id": "c1", "closed_at": "2026-11-20 08:30:00", "responsible": "buyer"}, [
        ({"second_responsible": "undetermined"}, []),
        ({"second_responsible": "nobody"},
         ["second_responsible is one of buyer, seller, carrier, platform, undetermined"]),
    ]),
}


@pytest.mark.parametrize("table", ROWS, ids=lambda table: table.name)
def test_a_row_keeps_its_contract_or_is_named_for_what_it_breaks(spark, table):
    good, changes = ROWS[table]
    assert broken(spark, table, *(good | change for change, _ in changes)) == [rules for _, rules in changes]


def test_a_hash_that_is_none_is_quarantined_as_a_mask_pattern(spark):
    row = judged(spark, CASES, CASE | {"image_hash": "maria.k@x.org"}).first()
    assert json.loads(row.raw)["image_hash"] == "xxxxx.x@x.xxx"


def test_no_feature_of_an_entity_reads_the_tables_of_cases():
    assert not {table.name for table in CASE_INPUTS} & set(FEATURE_INPUTS)


@pytest.mark.parametrize(("table", "added"), [
    (ORDERS, "ship_by"), (SHIPMENTS, "handover"), (CASES, "image_hash"), (CASE_OUTCOMES, "second_responsible")],
    ids=lambda part: part if isinstance(part, str) else part.name)
def test_an_older_input_may_lack_an_added_column_beside_an_unknown_one_and_no_other_column(table, added):
    older = {column.name: column.type for column in table.columns if column.name != added} | {"of_the_shop": "string"}
    check_schema(older, table, "part-0.csv", TODAY)
    lost = next(column.name for column in table.columns if not column.added)
    with pytest.raises(UserError, match=f"missing {lost}; unknown of_the_shop"):
        check_schema({name: kind for name, kind in older.items() if name != lost}, table, "part-0.csv", TODAY)
