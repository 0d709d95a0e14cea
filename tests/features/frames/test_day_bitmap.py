"""Days as bits, against sets of days in plain Python."""

import datetime as dt
import random

import numpy as np
import pytest

from features.frames.day_bitmap import (
    DayRange,
    as_of_bits,
    bits_from_day_on,
    collect_days,
    explode_by_as_of,
    month_bits,
    overlaps,
    single_bit,
)
from tests.support.builders import ago, bits, day

LAST = day("2026-11-20")


@pytest.mark.parametrize("width, words", [(1, 1), (60, 1), (61, 2), (150, 3)])
def test_a_span_has_as_many_words_as_its_days_need(width, words):
    span = DayRange(ago(width - 1), LAST)
    assert len(span.words) == words
    assert sum(bits.bit_count() for bits in span.mask(span.first, span.last)) == width


@pytest.mark.parametrize("width, window", [(90, 1), (90, 30), (167, 7), (167, 90)])
def test_a_day_lies_in_a_window_as_it_does_in_a_set(spark, width, window):
    draw, span = random.Random(width), DayRange(ago(width - 1), LAST)
    arrived = {f"v{n}": {ago(draw.randrange(width)) for _ in range(draw.choice([1, 2, 9]))} for n in range(60)}
    arrived |= {"first": {span.first}, "last": {LAST}, "word": {span.first + dt.timedelta(days=59)},
                "next": {span.first + dt.timedelta(days=60)}}
    rows = spark.createDataFrame([(value, one) for value, days in arrived.items() for one in days],
                                 "value string, ds date")
    as_ofs = [ago(n) for n in (0, 1, 29, 30, 60)]
    seen = explode_by_as_of(rows.groupBy("value").agg(*collect_days(span)), span, as_ofs, window).collect()

    assert sorted((r.value, r.as_of) for r in seen) == sorted(
        (value, as_of) for value in arrived for as_of in as_ofs
        if any(0 <= (as_of - one).days < window for one in arrived[value]))
    assert seen


@pytest.mark.parametrize("width", [5, 45, 90, 167])  # months that begin before the span, and lie in two words
def test_the_days_of_months_are_the_same_bits_as_those_of_days(spark, width):
    from pyspark.sql import functions as F

    draw, span = random.Random(width), DayRange(ago(width - 1), LAST)
    rows = spark.createDataFrame([(f"v{n}", ago(draw.randrange(width))) for n in range(300)],
                                 "value string, ds date")
    before = spark.createDataFrame([(f"v{n}", span.first - dt.timedelta(days=1)) for n in range(9)], rows.schema)
    months = (rows.union(before).groupBy("value", F.last_day("ds").alias("ds"))
              .agg(F.bit_or(single_bit(F.dayofmonth("ds") - 1)).alias("day_bits")))
    found = (months.select("value", *month_bits(span)).groupBy("value")
             .agg(*[F.bit_or(word).alias(word) for word in span.words]))
    expected = {tuple(row) for row in rows.groupBy("value").agg(*collect_days(span)).collect()}
    assert {tuple(row) for row in found.collect() if any(row[1:])} == expected


def test_what_counts_for_ever_counts_from_its_day(spark):
    span = DayRange(ago(100), LAST)
    rows = spark.createDataFrame([("old", ago(900)), ("edge", ago(40)), ("new", LAST), ("later", ago(-1))],
                                 "value string, ds date")
    seen = explode_by_as_of(rows.select("value", *bits_from_day_on(span)), span, [LAST, ago(40), ago(41)], 1).collect()
    assert {(r.value, r.as_of) for r in seen} == {
        ("old", LAST), ("old", ago(40)), ("old", ago(41)), ("edge", LAST), ("edge", ago(40)), ("new", LAST)}


@pytest.mark.parametrize("ago_of_as_ofs", [(0,), (0, 7, 14), tuple(range(75))])
def test_the_days_from_which_a_value_is_seen_are_those_that_see_it(spark, ago_of_as_ofs):
    draw, as_ofs, window = random.Random(3), [ago(n) for n in ago_of_as_ofs], 7
    span, within = DayRange(min(as_ofs) - dt.timedelta(days=89), LAST), DayRange.covering(as_ofs)
    arrived = {f"v{n}": {ago(draw.randrange((LAST - span.first).days + 1)) for _ in range(2)} for n in range(40)}
    rows = spark.createDataFrame([(value, one) for value, days in arrived.items() for one in days],
                                 "value string, ds date").groupBy("value").agg(*collect_days(span))
    seen = rows.select("value", *as_of_bits(span, as_ofs, window, within)).collect()
    assert {row.value: tuple(row)[1:] for row in seen} == {
        value: bits(within, [as_of for as_of in as_ofs if any(0 <= (as_of - one).days < window for one in days)])
        for value, days in arrived.items()}
    assert any(any(tuple(row)[1:]) for row in seen)


def test_rows_meet_a_mask_by_any_of_its_words():
    words = [np.array([0b01, 0b10, 0, 0]), np.array([0, 0, 0b1, 0])]
    assert overlaps(words, (0b01, 0b1)).tolist() == [True, False, True, False]
    assert overlaps(words, (0, 0)).tolist() == [False] * 4
