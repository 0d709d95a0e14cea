"""A value is what it says, or is put aside: what texts and numbers are read as, the same on every engine."""

import datetime as dt
import math
import random
import struct
from decimal import Decimal

import pytest
from pyspark.sql import functions as F

from features.inputs import casts, validation
from features.inputs.contract import COUNT_LIMIT, MONEY_LIMIT, Column, Table
from features.inputs.tables import CASES, CLICKS, LOGINS, ORDERS, TABLES, VERDICTS
from tests.support.builders import day
from tests.support.judged_rows import CASE, KEY, ORDER, TODAY, VERDICT, broken, judged

LOGIN = {"login_id": "l1", "logged_in_at": "2026-11-20 08:30:00", "user_id": "u1", "succeeded": "true",
         "change": "none"}


def read(spark, table, row, column, texts):
    """What each text is read as, by text; a list of broken rules where it is put aside."""
    found = judged(spark, table, *(row | {column: text} for text in texts)).collect()
    return {text: each.broken or each[column] for text, each in zip(texts, found)}


def at(spark, texts):
    """The microseconds of each text as the time of an order, or its broken rules."""
    frame = judged(spark, ORDERS, *(ORDER | {"ordered_at": text} for text in texts))
    found = frame.withColumn("at", F.unix_micros("ordered_at")).collect()
    return {text: each.broken or each["at"] for text, each in zip(texts, found)}


def micros(*parts):
    return int(dt.datetime(*parts, tzinfo=dt.UTC).timestamp()) * 1_000_000


def test_times_are_read_in_every_form_of_a_day_with_or_without_a_clock(spark):
    half_past_eight = micros(2026, 11, 20, 8, 30)
    assert at(spark, ["2026-11-20", "2026-11-20 08:30", "2026-11-20T08:30:00Z", " 2026-11-20 8:30:00 UTC",
                      "2026-11-20 08:30:00.5", "2026-11-20 08:30:00.123456789", "2026-11-20T10:30:00+02:00",
                      "2026-11-20 03:30:00-0500", "2026-11-20 10:30:00+02"]) == {
        "2026-11-20": micros(2026, 11, 20), "2026-11-20 08:30": half_past_eight,
        "2026-11-20T08:30:00Z": half_past_eight, " 2026-11-20 8:30:00 UTC": half_past_eight,
        "2026-11-20 08:30:00.5": half_past_eight + 500_000,
        "2026-11-20 08:30:00.123456789": half_past_eight + 123_456,
        "2026-11-20T10:30:00+02:00": half_past_eight, "2026-11-20 03:30:00-0500": half_past_eight,
        "2026-11-20 10:30:00+02": half_past_eight}


def test_identifiers_are_compared_as_they_are_written_but_for_the_blanks_around_them(spark):
    composed, decomposed, inside = "jos\u00e9", "jose\u0301", "u\x001"
    found = read(spark, ORDERS, ORDER, "user_id", [composed, decomposed, inside, "\x00", "u1\u200b", "\ufeffu1", "U1"])
    assert found == {composed: composed, decomposed: decomposed, inside: inside, "\x00": None, "u1\u200b": "u1",
                     "\ufeffu1": "u1", "U1": "U1"}


NO_MOMENTS = ("08:30:00", "8:30", "2026", "2026-11", "20261120", "1795163400", "now", "today", "2026-02-30 10:00:00",
              "2026-11-20 24:00:00", "2026-11-20 23:59:60", "20.11.2026", "2026-11-20 08:30:00 America/New_York",
              "2026-11-20 08:30:00+25:00", "nan")
OTHER_YEARS = ("0001-01-01 00:00:00", "1970-01-01 00:00:00", "2300-01-01 00:00:00", "9999-12-31 00:00:00")


@pytest.fixture(scope="module")
def times(spark):
    """What is said of each text as a time, asked at once: an engine takes as long for one text as for all."""
    return at(spark, [*NO_MOMENTS, *OTHER_YEARS])


@pytest.mark.parametrize("text", NO_MOMENTS)
def test_a_text_that_names_no_moment_is_no_time(times, text):
    assert times[text] == ["ordered_at is a timestamp", "ordered_at is present"]


@pytest.mark.parametrize("text", OTHER_YEARS)
def test_a_time_of_a_year_without_marketplaces_is_put_aside(times, text):
    assert times[text] == [f"ordered_at lies from {casts.EARLIEST} to before {casts.LATEST}",
                           "ordered_at is present"]


@pytest.mark.parametrize("value", [dt.datetime(1, 1, 2), dt.datetime(2300, 1, 1)])
def test_a_typed_time_of_such_a_year_is_put_aside_too(spark, value):
    raw = spark.createDataFrame([("o1", value, TODAY)], "order_id string, ordered_at timestamp, ds date")
    row = validation.validate_rows(raw, ORDERS, KEY).select("broken", "ordered_at").first()
    assert f"ordered_at lies from {casts.EARLIEST} to before {casts.LATEST}" in row.broken and row.ordered_at is None


def test_a_date_is_a_day_and_a_time_only_at_midnight(spark):
    rule = ["incident_from is a date", "a confirmed incident has its first day"]
    years = [f"incident_from lies from {casts.EARLIEST} to before {casts.LATEST}",
             "a confirmed incident has its first day"]
    assert read(spark, VERDICTS, VERDICT, "incident_from", [
        "2026-11-01", "2026-11-01 00:00:00", "2026-11-01T00:00", "2026-11-01 10:00:00", "2026", "0001-01-01"]) == {
        "2026-11-01": day("2026-11-01"), "2026-11-01 00:00:00": day("2026-11-01"),
        "2026-11-01T00:00": day("2026-11-01"), "2026-11-01 10:00:00": rule, "2026": rule, "0001-01-01": years}


def test_a_whole_number_may_be_written_with_a_fraction_of_zeros(spark):
    rule = ["discount_cents is a bigint"]
    assert read(spark, ORDERS, ORDER, "discount_cents", [
        "250", "250.0", "250.00", "250.", "+250", " 250 ", "250.5", "2.5e2", "1_000", "1,000", "٢٥٠", "nan"]) == {
        "250": 250, "250.0": 250, "250.00": 250, "250.": 250, "+250": 250, " 250 ": 250, "250.5": rule,
        "2.5e2": rule, "1_000": rule, "1,000": rule, "٢٥٠": rule, "nan": rule}


def test_a_double_beyond_what_doubles_tell_apart_is_no_whole_number(spark):
    raw = spark.createDataFrame([(float(2**53), TODAY), (float(2**53) + 2, TODAY)], "claim_cents double, ds date")
    exact, beyond = (row.broken for row in validation.validate_rows(raw, CASES, KEY).collect())
    assert "claim_cents is a bigint" not in exact and "claim_cents is a bigint" in beyond


RATIO = Table(name="ratios", key="id", event_time="at", meaning="", quirks="",
              columns=(Column("id", "string", ""), Column("at", "timestamp", ""), Column("x", "double", "")))
NO_DOUBLE = ["x is a double"]


def doubles(spark, values, kind):
    """What values of a type are read as, or the rules that they break, in order."""
    raw = spark.createDataFrame([(n, value, TODAY) for n, value in enumerate(values)], f"n int, x {kind}, ds date")
    found = validation.validate_rows(raw.select(F.col("n").cast("string").alias("id"), "x", "ds"), RATIO, KEY)
    rows = {int(row.id): (row.broken[:1] if "x is a double" in row.broken else row.x)
            for row in found.select("id", "broken", "x").collect()}
    return [rows[n] for n in range(len(values))]


TEXTS_OF_DOUBLES = {
    "0.25": 0.25, ".25": 0.25, "25.": 25.0, "+0.25": 0.25, "-0.25": -0.25, " 0.25 ": 0.25, "00.25": 0.25, "0": 0.0,
    "0e9": 0.0, "1e-3": 0.001, "1E-3": 0.001, "2.5e+2": 250.0, "0.1000000000000000055511151231257827": 0.1,
    "9007199254740993": 2.0**53, "1.7976931348623157e308": 1.7976931348623157e308, "4.9e-324": 5e-324, "": None,
    "null": None, "nan": NO_DOUBLE, "NaN": NO_DOUBLE, "inf": NO_DOUBLE, "-Infinity": NO_DOUBLE, "1e400": NO_DOUBLE,
    "-1e400": NO_DOUBLE, "1e99999999999": NO_DOUBLE, "1e-400": NO_DOUBLE, "2e-324": NO_DOUBLE, "-0": NO_DOUBLE,
    "-0.0": NO_DOUBLE, "-0e1": NO_DOUBLE, "-1e-400": NO_DOUBLE, "0,25": NO_DOUBLE, "1_000.0": NO_DOUBLE,
    "0x1p-2": NO_DOUBLE, "0.25d": NO_DOUBLE, "0.25f": NO_DOUBLE, "25%": NO_DOUBLE, "1/4": NO_DOUBLE, ".": NO_DOUBLE,
    "e5": NO_DOUBLE, "1e": NO_DOUBLE, "٠.٢٥": NO_DOUBLE, "half": NO_DOUBLE, "true": NO_DOUBLE,
}


def test_a_number_with_a_fraction_has_one_value_or_is_put_aside(spark):
    found = doubles(spark, list(TEXTS_OF_DOUBLES), "string")
    assert dict(zip(TEXTS_OF_DOUBLES, found)) == TEXTS_OF_DOUBLES


def test_a_typed_number_that_a_double_does_not_hold_is_put_aside(spark):
    typed = {0.25: 0.25, 0.0: 0.0, -5e-324: -5e-324, 1.7976931348623157e308: 1.7976931348623157e308, None: None,
             math.nan: NO_DOUBLE, math.inf: NO_DOUBLE, -math.inf: NO_DOUBLE}
    assert doubles(spark, list(typed), "double") == list(typed.values())
    assert doubles(spark, [-0.0, 0.0], "double") == [NO_DOUBLE, 0.0]
    assert doubles(spark, [0.5, math.nan, -0.0], "float") == [0.5, NO_DOUBLE, NO_DOUBLE]
    assert doubles(spark, [1, 0, 2**53 + 1], "bigint") == [1.0, 0.0, 2.0**53]
    assert doubles(spark, [Decimal("0.1"), Decimal("0"), Decimal("123456789012345678.1234567890")],
                   "decimal(38, 10)") == [0.1, 0.0, 123456789012345678.1234567890]


def test_what_python_writes_of_any_double_is_read_as_that_double(spark):
    draw = random.Random(5)
    bits = [draw.getrandbits(64).to_bytes(8, "little") for _ in range(2_000)]
    values = [value for raw in bits if math.isfinite(value := struct.unpack("<d", raw)[0])]
    values += [draw.random() for _ in range(500)]
    assert doubles(spark, [repr(value) for value in values], "string") == values
    assert doubles(spark, values, "double") == values


def test_yes_and_no_have_ten_spellings_and_on_is_none(spark):
    rule = ["succeeded is a boolean", "succeeded is present"]
    spellings = ["true", "T", "YES", "y", "1", "False", "f", "no", "N", "0", "on", "off", "2", "wahr"]
    expected = [True] * 5 + [False] * 5 + [rule] * 4
    assert read(spark, LOGINS, LOGIN, "succeeded", spellings) == dict(zip(spellings, expected))


NOTHINGS = ("", " ", "\t\n", "\u00a0", "\u200b", "\ufeff", "NULL", "null", "NaN", "None", "\\N", "<NA>", "N/A",
            " null ")


@pytest.fixture(scope="module")
def without_identifiers(spark):
    """By text: an order with it for its optional identifiers, and one with it for its required one."""
    rows = [ORDER | change for text in NOTHINGS
            for change in ({"user_id": text, "device_id": text}, {"seller_id": text})]
    found = judged(spark, ORDERS, *rows).collect()
    return dict(zip(NOTHINGS, zip(found[::2], found[1::2])))


@pytest.mark.parametrize("text", NOTHINGS)
def test_what_databases_write_for_nothing_is_no_identifier(without_identifiers, text):
    optional, required = without_identifiers[text]
    assert (optional.user_id, optional.device_id, optional.broken) == (None, None, [])
    assert required.broken == ["seller_id is present"]


def test_blanks_around_an_identifier_are_no_part_of_it(spark):
    row = judged(spark, ORDERS, ORDER | {"seller_id": "\u00a0s1 ", "device_id": " d1"}).first()
    assert (row.seller_id, row.device_id) == ("s1", KEY.mask("d1"))


def test_prose_is_kept_as_it_was_written(spark):
    assert read(spark, CASES, CASE, "text", ["null", " broken ", "none", "  "]) == {
        "null": "null", " broken ": " broken ", "none": "none", "  ": None}


def test_none_is_a_value_where_the_contract_lists_it(spark):
    assert read(spark, LOGINS, LOGIN, "change", ["none"]) == {"none": "none"}


def test_every_number_of_every_table_is_bounded(spark):
    """Sums of nine billion counts, or of nine million amounts, fit 64 bits; every one is exact in a double."""
    for table in TABLES.values():
        for column in (c for c in table.columns if c.type == "double"):
            assert any(rule.bounds for rule in table.rules if rule.column == column.name), (table.name, column)
        for column in (c for c in table.columns if c.type == "bigint"):
            limit = MONEY_LIMIT if column.name.endswith("_cents") else COUNT_LIMIT
            raw = spark.createDataFrame([(value, TODAY) for value in (limit + 1, -1, 2**63 - 1)],
                                        f"{column.name} bigint, ds date")
            for row in validation.validate_rows(raw, table, KEY).select("broken").collect():
                assert any(rule.startswith(f"{column.name} is between ") for rule in row.broken), (table.name, column)


def test_a_page_that_stays_open_for_a_month_is_no_click(spark):
    click = {"click_id": "i1", "clicked_at": "2026-11-20 08:30:00"}
    rule = [f"dwell_ms is between 0 and {COUNT_LIMIT}"]
    assert read(spark, CLICKS, click, "dwell_ms", ["1200", "9007199254740993", "9223372036854775807"]) == {
        "1200": 1200, "9007199254740993": rule, "9223372036854775807": rule}


def test_a_verdict_of_a_risk_that_its_entity_has_not_is_put_aside(spark):
    rule = "risk is one of its entity's that verdicts confirm"
    rows = [VERDICT, VERDICT | {"risk": "tax_fraud"}, VERDICT | {"risk": "refund_abuse"},
            VERDICT | {"entity": "user", "risk": "refund_abuse"}, VERDICT | {"risk": "Merchant_Fraud"},
            VERDICT | {"entity": "order", "risk": "payment_fraud"}, VERDICT | {"entity": "order", "risk": "dispute"}]
    assert broken(spark, VERDICTS, *rows) == [[], [rule], [rule], [], [rule], [], [rule]]


def test_a_fault_that_the_reader_found_is_named_and_not_shown(spark):
    raw = spark.createDataFrame([("o1", "the text is UTF-8", TODAY), ("o2", None, TODAY)],
                                "order_id string, _fault string, ds date")
    faulty, fine = validation.validate_rows(raw, ORDERS, KEY).collect()
    assert faulty.broken[0] == "the text is UTF-8" and "_fault" not in faulty.raw
    assert "the text is UTF-8" not in fine.broken


def test_a_sum_beyond_what_doubles_tell_apart_is_rounded_for_a_model():
    import pyarrow as pa

    from jobs.training.training_set import as_features

    assert as_features(pa.table({"x": [2**53 + 1, 2**63 - 1]}), ("x",))["x"].to_pylist() == [2.0**53, 2.0**63]
