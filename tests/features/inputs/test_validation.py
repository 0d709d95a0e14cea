"""Intake: every raw row is kept, quarantined with its reasons, or dropped as a repetition, and never lost."""

import json
import math
import random
from collections import Counter
from decimal import Decimal

import pytest

from features.frames.day_bitmap import DayRange
from features.inputs import deduplication, validation
from features.inputs.contract import MONEY_LIMIT
from features.inputs.masking import Key
from features.inputs.quarantine import fitting_rules
from features.inputs.tables import CASES, ORDERS, TABLES, VERDICTS
from tests.support.builders import day
from tests.support.judged_rows import CASE, KEY, ORDER, TODAY, VERDICT, broken, judged

# These collect a union of what PySpark sends as large strings, which comes back from Sail as a type that PySpark 4.1
# does not know (string_view). Jobs collect none: what they unite goes to files.
ON_SPARK = pytest.mark.engine("spark")


# Casting


def test_texts_become_the_types_of_the_contract(spark):
    frame = judged(spark, ORDERS, ORDER)
    row = frame.select("*", frame.ordered_at.cast("string").alias("at")).first()
    assert (row.order_id, row.at, row.quantity, row.amount_cents) == ("o1", "2026-11-20 08:30:00", 2, 250)
    assert frame.select(*ORDERS.names, "ds").schema.simpleString() == spark.createDataFrame(
        [], ORDERS.ddl).schema.simpleString()
    assert (row.broken, row.raw) == ([], None)


def test_columns_that_the_source_does_not_have_are_missing_values(spark):
    row = judged(spark, ORDERS, ORDER).first()
    assert (row.user_id, row.discount_cents, row.ip) == (None, None, None)


def test_an_empty_text_is_a_missing_value(spark):
    frame = judged(spark, ORDERS, ORDER | {"user_id": "", "discount_cents": ""}, ORDER | {"seller_id": ""})
    guest, nobody = frame.collect()
    assert (guest.user_id, guest.discount_cents, guest.broken) == (None, None, [])
    assert (nobody.seller_id, nobody.broken) == (None, ["seller_id is present"])


def test_a_text_that_is_no_whole_number_is_named_and_not_guessed(spark):
    texts = ["twelve", "12.50", "1e3", "0x10", "12 EUR", str(2**63)]
    found = broken(spark, ORDERS, *(ORDER | {"discount_cents": text} for text in texts))
    assert dict(zip(texts, found)) == dict.fromkeys(texts, ["discount_cents is a bigint"])


def test_a_number_that_a_cast_would_change_is_named(spark):
    doubles = {250.0: [], 12.5: ["discount_cents is a bigint"], math.nan: ["discount_cents is a bigint"],
               math.inf: ["discount_cents is a bigint"], 1e300: ["discount_cents is a bigint"], None: []}
    raw = spark.createDataFrame([("s1", value, TODAY) for value in doubles],
                                "seller_id string, discount_cents double, ds date")
    rows = [[rule for rule in row.broken if rule.startswith("discount")]
            for row in validation.validate_rows(raw, ORDERS, KEY).collect()]
    assert rows == list(doubles.values())


def test_a_decimal_with_a_fraction_is_not_a_bigint(spark):
    raw = spark.createDataFrame([(Decimal("250.00"), TODAY), (Decimal("250.01"), TODAY)],
                                "discount_cents decimal(12, 2), ds date")
    whole, fraction = validation.validate_rows(raw, ORDERS, KEY).collect()
    assert (whole.discount_cents, "discount_cents is a bigint" in whole.broken) == (250, False)
    assert "discount_cents is a bigint" in fraction.broken


def test_times_are_read_as_utc_whatever_the_zone_they_were_written_in(spark):
    # One in the morning at two hours east is still the day before.
    frame = judged(spark, ORDERS, ORDER | {"ordered_at": "2026-11-21T01:00:00+02:00"})
    row = frame.select(frame.ordered_at.cast("string"), "broken").first()
    assert tuple(row) == ("2026-11-20 23:00:00", [])


# Rules


def test_a_required_value_must_be_there(spark):
    rows = [ORDER | {name: None} for name in ("order_id", "ordered_at", "seller_id", "quantity", "amount_cents")]
    assert broken(spark, ORDERS, *rows) == [["order_id is present"], ["ordered_at is present"],
                                            ["seller_id is present"], ["quantity is present"],
                                            ["amount_cents is present"]]


def test_a_value_of_a_closed_set_is_one_of_it_letter_by_letter(spark):
    rule = "kind is one of refund, return, dispute, cancellation"
    rows = [CASE | {"kind": kind} for kind in ("refund", "cancellation", "exchange", "Refund")]
    assert broken(spark, CASES, *rows) == [[], [], [rule], [rule]]


def test_a_text_may_be_as_long_as_its_limit(spark):
    rows = [CASE | {"user_id": "u" * 256}, CASE | {"user_id": "u" * 257},
            CASE | {"text": "x" * 20_000}, CASE | {"text": "x" * 20_001}]
    assert broken(spark, CASES, *rows) == [[], ["user_id has at most 256 characters"],
                                           [], ["text has at most 20000 characters"]]


def test_money_lies_between_nothing_and_its_limit(spark):
    rule = f"amount_cents is between 0 and {MONEY_LIMIT}"
    rows = [ORDER | {"amount_cents": str(cents)} for cents in (0, MONEY_LIMIT, -1, MONEY_LIMIT + 1)]
    assert broken(spark, ORDERS, *rows) == [[], [], [rule], [rule]]


def test_an_order_has_at_least_one_piece(spark):
    assert broken(spark, ORDERS, ORDER | {"quantity": "1"}, ORDER | {"quantity": "0"}) == [
        [], ["quantity is between 1 and 1000000000"]]


def test_nothing_arrives_before_the_day_on_which_it_happened(spark):
    times = ["2026-11-20 23:59:59.999999", "2026-11-21 00:00:00", "2025-01-01 00:00:00"]
    assert broken(spark, ORDERS, *(ORDER | {"ordered_at": time} for time in times)) == [
        [], ["ordered_at is not after the day of arrival"], []]


def test_a_verdict_is_about_an_incident_that_has_begun_and_does_not_end_before(spark):
    rows = [
        VERDICT,
        VERDICT | {"confirmed": "false", "incident_from": None},
        VERDICT | {"incident_from": None},
        VERDICT | {"incident_from": "2026-11-20", "incident_to": "2026-11-20"},
        VERDICT | {"incident_to": "2026-10-31"},
        VERDICT | {"incident_from": "2026-11-21"},
    ]
    assert broken(spark, VERDICTS, *rows) == [
        [], [], ["a confirmed incident has its first day"], [],
        ["the incident ends on or after its first day"], ["the incident begins by the day of the decision"]]


def test_every_broken_rule_of_a_row_is_named(spark):
    row = ORDER | {"seller_id": None, "quantity": "0", "amount_cents": "-5", "discount_cents": "some"}
    assert broken(spark, ORDERS, row) == [[
        "discount_cents is a bigint", "seller_id is present", "quantity is between 1 and 1000000000",
        f"amount_cents is between 0 and {MONEY_LIMIT}"]]


def test_a_line_that_could_not_be_taken_apart_is_named(spark):
    rows = [ORDER, {validation.MALFORMED: "o2,2026-11-2"}]
    fine, torn = broken(spark, ORDERS, *rows)
    assert fine == [] and torn[0] == "the line can be read"


def aside(spark, table, *rows):
    """What is shown of the rows that are put aside."""
    return [json.loads(row.raw) for row in validation.quarantined(judged(spark, table, *rows), table).collect()]


def test_a_quarantined_row_comes_with_its_table_its_day_and_its_rules(spark):
    found = validation.quarantined(judged(spark, ORDERS, ORDER, ORDER | {"amount_cents": "12,50"}), ORDERS).collect()
    assert [(r.table, r.rules, r.ds) for r in found] == [
        ("orders", ["amount_cents is a bigint", "amount_cents is present"], TODAY)]


def test_a_quarantined_row_shows_its_values_and_masks_private_ones(spark):
    row = ORDER | {"amount_cents": "-5", "category": "Käse", "device_id": "d-4711", "ip": "", "note": 'said "later"'}
    assert aside(spark, ORDERS, row) == [
        ORDER | {"amount_cents": "-5", "category": "Käse", "device_id": KEY.mask("d-4711"), "ip": None,
                 "note": KEY.mask('said "later"')}]


def test_a_value_that_breaks_its_column_is_shown_by_its_shape(spark):
    # As if a value were missing before amount_cents: what follows it stands one column to the left.
    row = ORDER | {"user_id": "u1", "amount_cents": "d-4711 Ä", "discount_cents": "42", "campaign_id": "10.0.0.1"}
    assert aside(spark, ORDERS, row) == [
        {"order_id": "o1", "ordered_at": "9999-99-99 99:99:99", "seller_id": KEY.mask("s1"), "quantity": "9",
         "user_id": KEY.mask("u1"), "amount_cents": "x-9999 x", "discount_cents": "99",
         "campaign_id": KEY.mask("10.0.0.1")}]


def test_in_a_row_that_may_have_slipped_closed_sets_stay_where_they_hold(spark):
    robbery, late = CASE | {"kind": "robbery 7"}, CASE | {"opened_at": "soon"}
    times = {"opened_at": "9999-99-99 99:99:99"}
    assert sorted(aside(spark, CASES, robbery, late), key=lambda row: row["opened_at"]) == [
        {"case_id": "c1", **times, "seller_id": KEY.mask("s1"), "kind": "xxxxxxx 9"},
        {"case_id": "c1", "opened_at": "xxxx", "seller_id": KEY.mask("s1"), "kind": "refund"}]


def test_of_a_value_that_is_too_long_the_beginning_is_shown_by_its_shape(spark):
    (shown,) = aside(spark, CASES, CASE | {"text": "Ab 1" * 6_000})
    assert shown["text"] == "xx 9" * 125 + "... (24000 characters)"


def test_a_private_value_that_is_too_long_is_masked_whole(spark):
    (shown,) = aside(spark, ORDERS, ORDER | {"device_id": "d" * 300})
    assert shown["device_id"] == KEY.mask("d" * 300)


def test_an_unreadable_line_is_shown_by_its_shape_alone(spark):
    assert aside(spark, ORDERS, ORDER | {"device_id": "d-4711", validation.MALFORMED: "o2,d-4711,2026-11-2"}) == [
        {validation.MALFORMED: "x9,x-9999,9999-99-9"}]


def test_an_unknown_column_whose_name_is_no_word_is_named_by_its_shape(spark):
    raw = spark.createDataFrame([("o1", "1", "x", TODAY)], "order_id string, `+49.151` string, `né` string, ds date")
    (row,) = validation.validate_rows(raw, ORDERS, KEY).collect()
    assert json.loads(row.raw) == {"order_id": "o1", "+99.999": KEY.mask("1"), "xx": KEY.mask("x")}


def test_every_kind_of_column_has_the_rules_that_say_whether_a_value_fits():
    for table in TABLES.values():
        rules = {rule.name for rule in table.row_rules}
        for column in table.columns:
            kind, *others = fitting_rules(table, column)
            assert kind == f"{column.name} is a {column.type}"
            shaped = column.name in ("risk", "image_hash")  # a declared risk, 16 hex digits
            assert len(others) == (column.type == "string") + shaped and set(others) <= rules


def test_private_columns_of_kept_rows_are_masked_and_nothing_else_is(spark):
    private = {"payment_id": "p1", "device_id": "d1", "ip": "10.0.0.1", "address_id": ""}
    row = judged(spark, ORDERS, ORDER | {"user_id": "u1", "campaign_id": "x"} | private).first()
    assert (row.order_id, row.user_id, row.seller_id, row.campaign_id) == ("o1", "u1", "s1", "x")
    assert (row.payment_id, row.device_id, row.ip, row.address_id) == (
        KEY.mask("p1"), KEY.mask("d1"), KEY.mask("10.0.0.1"), None)


def test_the_length_of_a_private_value_is_judged_before_it_is_masked(spark):
    rows = [ORDER | {"device_id": "d" * 256}, ORDER | {"device_id": "d" * 257}]
    assert broken(spark, ORDERS, *rows) == [[], ["device_id has at most 256 characters"]]


# Repetitions


def delivered(spark, rows):
    """Good rows of (order, day of November, pieces)."""
    data = [(key, f"2026-11-{n:02} 00:00:00", "s1", pieces, 100, day(f"2026-11-{n:02}")) for key, n, pieces in rows]
    raw = spark.createDataFrame(data, "order_id string, ordered_at string, seller_id string, quantity bigint, "
                                      "amount_cents bigint, ds date")
    return validation.validate_rows(raw, ORDERS, KEY)


def settle(judged, history=None):
    span = DayRange(day("2026-10-25"), day("2026-11-30"))
    came = [deduplication.delivered_keys(df, ORDERS) for df in (judged, history) if df is not None]
    return deduplication.deduplicate(judged, ORDERS, deduplication.repeated_keys(came, span), span)


def settled(spark, rows, kept_before=()):
    """{(order, day of November, pieces): status}, as a list in order."""
    history = spark.createDataFrame([(key, day(f"2026-11-{n:02}")) for key, n in kept_before],
                                    "order_id string, ds date") if kept_before else None
    judged = delivered(spark, rows)
    found = settle(judged, history)
    ends = [("kept", r) for r in found.once.collect()] + [(r.status, r) for r in found.again.collect()]
    ends += [("quarantined", r) for r in judged.where("size(broken) > 0").collect()]
    return sorted((r.order_id, r.ds.day, r.quantity, status) for status, r in ends)


@pytest.mark.engine("sail")
def test_rows_of_one_key_and_day_keep_the_first_by_content(spark):
    assert settled(spark, [("o1", 20, 3), ("o1", 20, 1), ("o1", 20, 2), ("o2", 20, 1)]) == [
        ("o1", 20, 1, "kept"), ("o1", 20, 2, "dropped"), ("o1", 20, 3, "dropped"), ("o2", 20, 1, "kept")]


@ON_SPARK
def test_which_row_of_one_key_is_kept_does_not_depend_on_the_secret(spark):
    raw = spark.createDataFrame(
        [("o1", "2026-11-20", "s1", pieces, 100, f"d{i}", "a", TODAY) for i, pieces in enumerate((3, 2, 2, 1, 4))],
        "order_id string, ordered_at string, seller_id string, quantity bigint, amount_cents bigint, "
        "device_id string, payment_id string, ds date")
    for secret in (b"one", b"two", b"three"):
        found = deduplication.kept_rows(settle(validation.validate_rows(raw, ORDERS, Key(secret))), ORDERS)
        assert [(row.quantity, row.device_id) for row in found.collect()] == [(1, Key(secret).mask("d3"))]


@pytest.mark.engine("sail")
def test_rows_that_are_equal_throughout_are_kept_once(spark):
    assert settled(spark, [("o1", 20, 1)] * 3) == [
        ("o1", 20, 1, "dropped"), ("o1", 20, 1, "dropped"), ("o1", 20, 1, "kept")]


@pytest.mark.engine("sail")
def test_a_key_is_a_repetition_for_seven_days_and_then_new(spark):
    assert settled(spark, [("o1", 10, 1), ("o1", 17, 2), ("o2", 10, 1), ("o2", 18, 2)]) == [
        ("o1", 10, 1, "kept"), ("o1", 17, 2, "dropped"), ("o2", 10, 1, "kept"), ("o2", 18, 2, "kept")]


def test_the_days_are_counted_from_the_last_time_the_key_was_kept(spark):
    # The 5th repeats the 1st; the 9th is 8 days after the 1st, though only 4 after the 5th; the 16th is 7 after it.
    assert settled(spark, [("o1", n, 1) for n in (9, 1, 16, 5)]) == [
        ("o1", 1, 1, "kept"), ("o1", 5, 1, "dropped"), ("o1", 9, 1, "kept"), ("o1", 16, 1, "dropped")]


def test_what_an_earlier_run_kept_counts(spark):
    kept_before = [("o1", 13), ("o2", 12), ("o4", 14)]
    assert settled(spark, [("o1", 20, 1), ("o2", 20, 1), ("o3", 20, 1)], kept_before) == [
        ("o1", 20, 1, "dropped"), ("o2", 20, 1, "kept"), ("o3", 20, 1, "kept")]


def test_a_broken_row_does_not_take_the_place_of_a_good_one(spark):
    # Without pieces the order is broken; its correction comes on the same day and stays.
    assert settled(spark, [("o1", 20, 0), ("o1", 20, 1), ("o2", 19, 0), ("o2", 20, 1)]) == [
        ("o1", 20, 0, "quarantined"), ("o1", 20, 1, "kept"), ("o2", 19, 0, "quarantined"), ("o2", 20, 1, "kept")]


@ON_SPARK
def test_kept_rows_have_the_shape_of_the_contract(spark):
    events = deduplication.kept_rows(settle(delivered(spark, [("o1", 20, 1), ("o1", 20, 2), ("o2", 20, 0)])), ORDERS)
    assert events.columns == [*ORDERS.names, "ds"]
    assert [(r.order_id, r.quantity) for r in events.collect()] == [("o1", 1)]


# A generated month, against plain Python


def month(seed):
    """400 deliveries of 60 orders, one in ten broken."""
    draw = random.Random(seed)
    return [(f"o{draw.randrange(60)}", draw.randrange(1, 31), 0 if draw.random() < 0.1 else draw.randrange(1, 4))
            for _ in range(400)]


def expected(rows):
    statuses, kept = [], {}
    for key, n, pieces in sorted(rows):  # by key, then day, then pieces
        if pieces < 1:
            status = "quarantined"
        elif key in kept and n - kept[key] <= 7:
            status = "dropped"
        else:
            status, kept[key] = "kept", n
        statuses.append((key, n, pieces, status))
    return statuses


@pytest.fixture(scope="module")
def settled_month(spark):
    return settled(spark, month(1))


def test_every_row_ends_in_exactly_one_place(settled_month):
    assert Counter(row[:3] for row in settled_month) == Counter(month(1))
    ends = Counter(status for *_, status in settled_month)
    assert set(ends) == {"kept", "quarantined", "dropped"} and sum(ends.values()) == 400


def test_a_month_is_settled_as_plain_python_settles_it(settled_month):
    assert settled_month == sorted(expected(month(1)))


def test_a_range_in_one_call_gives_what_its_days_one_by_one_give(spark, settled_month):
    first, last, one_by_one = 8, 10, []
    kept = [(key, n) for key, n, _, status in settled_month if status == "kept" and n < first]
    for n in range(first, last + 1):
        today = settled(spark, [row for row in month(1) if row[1] == n],
                        [(key, before) for key, before in kept if n - before <= deduplication.REPEAT_DAYS])
        kept += [(key, n) for key, _, _, status in today if status == "kept"]
        one_by_one += today
    assert sorted(one_by_one) == [row for row in settled_month if first <= row[1] <= last]


@pytest.mark.engine("sail")
def test_shuffled_rows_settle_the_same_way(settled_month, product_spark):
    shuffled = random.Random(2).sample(month(1), 400)
    assert settled(product_spark, shuffled) == settled_month
