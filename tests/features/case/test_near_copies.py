"""Near copies of photos on both engines: against plain loops, over equal hashes, and as of every day."""

import random

import pytest

from features.case.near_copies import near_copies
from tests.support.builders import TODAY, YESTERDAY, ago, at, hold

SCHEMA = "case_id string, user_id string, image_hash string, opened_at timestamp, ds date"
BASE = "00ff00ff00ff00ff"


def near(flips: int) -> str:
    """BASE with its last bits changed."""
    return f"{int(BASE, 16) ^ (2 ** flips - 1):016x}"


def case(name, user, image, ds=TODAY, hour=12):
    return name, user, image, at(ds, hour), ds


def copies(spark, cases, radius=3, **more):
    """{case: (copies, distance, first case, same buyer, incomplete)}."""
    rows = near_copies(spark.createDataFrame(cases, SCHEMA), hold, radius, **more).collect()
    named = {row["case_id"]: tuple(row)[1:] for row in rows}
    assert len(named) == len(rows)
    return named


def by_loops(cases, radius):
    ordered = sorted((row for row in cases if row[2]), key=lambda row: (row[4], row[3], row[0]))
    found = {}
    for place, (name, user, image, _, _) in enumerate(ordered):
        near = [(one, (int(image, 16) ^ int(one[2], 16)).bit_count()) for one in ordered[:place]]
        close = [(one, bits) for one, bits in near if bits <= radius]
        first = close[0][0] if close else None
        found[name] = (len(close), min((bits for _, bits in close), default=None), first and first[0],
                       first and user and first[1] and first[1] == user, False)
    return found


def crowd(count):
    """Cases over five days with photos of a few motives, each changed in up to five bits."""
    draw = random.Random(7)
    motives = [draw.getrandbits(64) for _ in range(12)]
    for number in range(count):
        image = draw.choice(motives)
        for _ in range(draw.randrange(5)):
            image ^= 1 << draw.randrange(64)
        yield case(f"c{number:03}", draw.choice(["u1", "u2", "u3", None]), f"{image:016x}", ago(draw.randrange(5)),
                   draw.randrange(24))


def test_a_near_copy_names_the_first_earlier_case_and_whether_its_buyer_is_the_same(spark):
    assert copies(spark, [
        case("first", "ann", BASE, ago(9)),
        case("again", "ann", near(2), ago(5)),
        case("other", "bob", near(3)),
        case("far", "bob", near(20)),
    ]) == {
        "first": (0, None, None, None, False),
        "again": (1, 2, "first", True, False),
        "other": (2, 1, "first", False, False),  # one bit beside `again`
        "far": (0, None, None, None, False),
    }


def test_the_radius_itself_is_a_copy_and_one_bit_more_is_none(spark):
    found = copies(spark, [case("a", "ann", BASE, ago(2)), case("b", "ann", near(3), YESTERDAY),
                           case("c", "ann", near(64))])
    assert [found[name][:2] for name in "abc"] == [(0, None), (1, 3), (0, None)]
    assert copies(spark, [case("a", "ann", BASE, ago(2)), case("b", "ann", near(4))])["b"][0] == 0


@pytest.mark.parametrize("radius", [0, 1, 3, 5])
def test_copies_are_those_of_plain_loops(spark, radius):
    cases = list(crowd(300))
    assert copies(spark, cases, radius) == by_loops(cases, radius)


def test_a_case_that_arrives_later_changes_no_earlier_row(spark):
    cases = list(crowd(120))
    after = copies(spark, cases, earliest=2)
    for day in (ago(3), YESTERDAY):
        before = copies(spark, [row for row in cases if row[4] <= day], earliest=2)
        assert before and {name: after[name] for name in before} == before
    assert any(row[-1] for row in after.values())


def test_a_case_opened_earlier_that_arrives_later_is_later(spark):
    late = ("late", "bob", BASE, at(ago(9)), TODAY)
    found = copies(spark, [case("known", "ann", BASE, YESTERDAY), late])
    assert found["known"][0] == 0 and found["late"][:3] == (1, 0, "known")


def test_ten_thousand_equal_photos_are_counted_and_not_paired(spark):
    cases = [case(f"c{number:05}", f"u{number % 2}", "0" * 16, YESTERDAY) for number in range(10_000)]
    found = copies(spark, [*cases, case("new", "u0", "0" * 15 + "1")])
    assert found["c00000"] == (0, None, None, None, False)
    assert found["c09999"] == (9_999, 0, "c00000", False, False)
    assert found["new"] == (10_000, 1, "c00000", True, False)


def test_a_photo_without_a_hash_has_no_row_and_is_no_copy(spark):
    malformed = [None, "", "00ff", f"{BASE}0", "00ff00ff00ff00fg", " 0ff00ff00ff00ff", f"{BASE}\n", "-0ff00ff00ff00ff"]
    rows = [case(f"m{number}", "ann", image, YESTERDAY) for number, image in enumerate(malformed)]
    assert copies(spark, [*rows, case("a", "ann", BASE)]) == {"a": (0, None, None, None, False)}
    assert copies(spark, rows) == {}


def test_digits_may_be_capitals_and_the_first_bit_may_be_set(spark):
    found = copies(spark, [case("a", "ann", "FFFFFFFFFFFFFFFE", YESTERDAY), case("b", None, "ffffffffffffffff")])
    assert found["b"] == (1, 1, "a", None, False)


@pytest.mark.parametrize("radius", [-1, 8])
def test_a_radius_out_of_range_is_an_error(radius):
    with pytest.raises(ValueError, match=f"a radius of {radius} bits; expected 0 to 7"):
        near_copies(None, hold, radius)
