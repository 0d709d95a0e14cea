"""Texts as of a day: sentences on few visible rows, then generated worlds against plain Python."""

import datetime as dt
import random

import pytest

from features.aggregation import texts
from features.inputs.tables import CASES, REVIEWS, SELLERS
from features.language.feature import Text
from features.language.feature_set import FeatureSet
from tests.support.builders import day

TODAY, YESTERDAY = day("2026-11-20"), day("2026-11-19")
TABLES = {"reviews": REVIEWS, "cases": CASES}

READ = FeatureSet("seller", SELLERS, (), (), texts=(
    Text("praise", REVIEWS, meaning="", window=7),
    Text("complaint", CASES, meaning="", window=30),
))


def ago(days: int, before: dt.date = TODAY) -> dt.date:
    return before - dt.timedelta(days=days)


def at(moment: dt.date, minute: int = 0) -> dt.datetime:
    return dt.datetime(moment.year, moment.month, moment.day, 12, minute, tzinfo=dt.UTC)


def review(arrived, text, seller="s1", key="r", minute=0, happened=None):
    return {"review_id": key, "reviewed_at": at(happened or arrived, minute), "seller_id": seller, "text": text,
            "ds": arrived}


def case(arrived, text, seller="s1", key="c", minute=0, happened=None):
    return {"case_id": key, "opened_at": at(happened or arrived, minute), "seller_id": seller, "text": text,
            "ds": arrived}


def read(spark, reviews=(), cases=None, as_ofs=(TODAY,)):
    """{(as_of, seller): (praise, complaint)}; cases None: the table is not there."""
    events = {"reviews": reviews} | ({} if cases is None else {"cases": cases})
    frames = {name: spark.createDataFrame([tuple(row.get(c) for c in (*TABLES[name].names, "ds")) for row in rows],
                                          TABLES[name].ddl) for name, rows in events.items()}
    df = texts.as_of_texts(frames, READ, as_ofs)
    assert df.columns == ["ds", "seller_id", "praise", "complaint"]
    rows = df.collect()
    found = {(row.ds, row.seller_id): (row.praise, row.complaint) for row in rows}
    assert len(found) == len(rows)  # one row per entity and day
    return found


def test_texts_are_joined_newest_first_and_then_by_larger_key(spark):
    found = read(spark, [review(TODAY, "second", key="a", minute=5), review(TODAY, "first", key="b", minute=5),
                         review(YESTERDAY, "third", minute=59), review(TODAY, "last", happened=ago(40))])
    assert found == {(TODAY, "s1"): ("first\nsecond\nthird\nlast", None)}


def test_a_text_counts_from_the_day_it_arrived_and_for_its_window(spark):
    found = read(spark, [review(ago(6), "edge"), review(ago(7), "gone"), review(ago(-1), "late", happened=ago(3))],
                 cases=[case(ago(29), "edge"), case(ago(30), "gone", "s2")], as_ofs=[ago(7), TODAY])
    assert found == {(TODAY, "s1"): ("edge", "edge"), (ago(7), "s1"): ("gone", "edge"), (ago(7), "s2"): (None, "gone")}


def test_no_row_without_a_visible_character_or_without_an_entity(spark):
    assert read(spark, [review(TODAY, None), review(TODAY, " \n\t"), review(TODAY, ""), review(TODAY, "x", None),
                        review(TODAY, " " * texts.MAX_TEXT_LENGTH + "out of sight")], cases=[]) == {}


def test_only_the_newest_texts_are_read_and_what_is_longer_is_cut(spark):
    many = [review(ago(n % 2), f"{n:02}", "busy", minute=n % 7, key=f"{n:02}") for n in range(60)]
    found = read(spark, [*many, review(TODAY, "é" * 1_500, "long", "2"), review(TODAY, "ü" * 1_500, "long", "1")])
    of_today = sorted(((n % 7, f"{n:02}") for n in range(0, 60, 2)), reverse=True)
    assert found[TODAY, "busy"][0].split("\n") == [text for _, text in of_today[:20]]
    assert found[TODAY, "long"][0] == "é" * 1_500 + "\n" + "ü" * 499


def test_the_longest_window_says_how_far_back_texts_are_read():
    assert texts.first_day(READ, [TODAY, ago(7)]) == ago(7 + 29)


def test_without_any_table_there_is_nothing_to_read():
    assert texts.as_of_texts({}, READ, [TODAY]) is None


def expected(reviews, cases, as_ofs):
    """The same in plain loops."""
    found = {}
    for as_of in as_ofs:
        for seller in {row["seller_id"] for row in (*reviews, *cases)} - {None}:
            joined = []
            for rows, time, key, window in ((reviews, "reviewed_at", "review_id", 7),
                                            (cases, "opened_at", "case_id", 30)):
                seen = [(row[time], row[key], row["text"][:2_000]) for row in rows
                        if row["seller_id"] == seller and 0 <= (as_of - row["ds"]).days < window
                        and row["text"] and row["text"][:2_000].strip()]
                joined.append("\n".join(text for *_, text in sorted(seen, reverse=True)[:20])[:2_000] or None)
            if any(joined):
                found[as_of, seller] = tuple(joined)
    return found


def world(seed: int):
    rng = random.Random(seed)
    said = [None, "", " ", "good", "Never came, 14 days", "où est ma commande\nréponse?", "x" * 300, "y" * 2_100]
    reviews, cases = [], []
    for n in range(600):
        arrived, seller = ago(rng.randrange(45)), rng.choice(["s1", "s1", "s2", "s3", None])
        # Keys are unique, times are not.
        rows, make = rng.choice([(reviews, review), (cases, case)])
        rows.append(make(arrived, rng.choice(said), seller, key=f"{rng.randrange(1000):04}{n}", minute=rng.randrange(3),
                         happened=ago(rng.randrange(4), arrived)))
    return reviews, cases


@pytest.mark.parametrize("seed", range(3))
def test_generated_texts_are_read_as_plain_python_reads_them(spark, seed):
    reviews, cases = world(seed)
    as_ofs = [ago(n) for n in (0, 1, 7, 20, 40, 60)]
    found = read(spark, reviews, cases, as_ofs)
    assert found == expected(reviews, cases, as_ofs)
    assert len(found) > 10


def test_what_arrives_later_and_the_order_of_rows_change_nothing(spark):
    reviews, cases = world(7)
    known = [row for row in reviews if row["ds"] <= ago(5)], [row for row in cases if row["ds"] <= ago(5)]
    rng = random.Random(1)
    shuffled = rng.sample(reviews, len(reviews)), rng.sample(cases, len(cases))
    assert read(spark, *known, [ago(5)]) == read(spark, *shuffled, [ago(5)]) != {}
