"""Near copies without Spark: the rows of near_copies, case by case."""

import random

import pyarrow as pa
import pytest

from features.case.near_copies import near_copies
from jobs.after_sales.photo_copies import photo_copies
from jobs.storage.query import connect
from tests.support.builders import ago, at, hold

SCHEMA = pa.schema([("case_id", pa.string()), ("user_id", pa.string()), ("image_hash", pa.string()),
                    ("opened_at", pa.timestamp("us", "UTC")), ("ds", pa.date32())])


def cases(count: int) -> list[dict]:
    """Cases over five days with photos of a few motives, each changed in up to five bits; some without a hash."""
    draw = random.Random(5)
    motives = [draw.getrandbits(64) for _ in range(12)]
    found = []
    for number in range(count):
        image = draw.choice(motives)
        for _ in range(draw.randrange(5)):
            image ^= 1 << draw.randrange(64)
        text = draw.choice([f"{image:016x}", f"{image:016X}", f"{image:016x}", None, "no hash"])
        day = ago(draw.randrange(5))
        found.append({"case_id": f"c{number:03}", "user_id": draw.choice(["u1", "u2", None]), "image_hash": text,
                      "opened_at": at(day, draw.randrange(24)), "ds": day})
    return found


def without_spark(rows: list[dict], radius: int = 3) -> list[dict]:
    with connect() as db:
        db.register("cases", pa.Table.from_pylist(rows, SCHEMA))
        return photo_copies(db, radius).to_pylist()


@pytest.mark.engine("sail")
@pytest.mark.parametrize("radius", [0, 3, 5])
def test_rows_are_those_of_the_engine(spark, radius):
    rows = cases(300)
    frame = spark.createDataFrame(pa.Table.from_pylist(rows, SCHEMA).to_pandas(),
                                  "case_id string, user_id string, image_hash string, opened_at timestamp, ds date")
    expected = [row.asDict() for row in near_copies(frame, hold, radius).orderBy("case_id").collect()]
    assert without_spark(rows, radius) == expected and any(row["image_copies"] for row in expected)


def test_a_case_that_arrives_twice_counts_once_and_from_its_first_day():
    first = {"case_id": "a", "user_id": "u", "image_hash": "00ff00ff00ff00ff", "opened_at": at(ago(9)), "ds": ago(9)}
    other = first | {"case_id": "b", "ds": ago(5), "opened_at": at(ago(5))}
    rows = without_spark([first, first | {"ds": ago(1)}, other])
    assert [(row["case_id"], row["image_copies"], row["image_first_case_id"]) for row in rows] == [
        ("a", 0, None), ("b", 1, "a")]


def test_without_a_photo_there_is_no_row():
    assert without_spark([]) == []
