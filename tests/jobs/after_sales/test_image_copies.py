"""Near copies of the photos of a lake, on both engines: as of the arrival of each case, whatever its lake has."""

import pytest

from jobs.after_sales.image_copies import EMPTY, image_copies
from jobs.storage.lake import Lake
from tests.support.arrow_lake import land
from tests.support.case_tables import case

BASE, NEAR, FAR = "00ff00ff00ff00ff", "00ff00ff00ff00fe", "ff00ff00ff00ff00"


@pytest.fixture
def copies(spark, tmp_path):
    """Return a function that lands cases and gives {case: (copies, distance, first case, same buyer)}."""
    def of(cases):
        if cases:
            land(tmp_path / "lake", "cases", cases)
        found = image_copies(spark, Lake(str(tmp_path / "lake")))
        assert found.schema == EMPTY and found["case_id"].to_pylist() == sorted(found["case_id"].to_pylist())
        return {row["case_id"]: tuple(row.values())[1:5] for row in found.to_pylist()}
    return of


def test_a_photo_counts_from_the_first_delivery_of_its_case_and_for_later_cases_alone(copies):
    cases = [case("k1", -9, image_hash=BASE), case("k2", -5, image_hash=NEAR), case("k3", -4, image_hash=FAR),
             case("k4", -1, image_hash=BASE, user_id="u2"), case("k5", -1)]
    before = {"k1": (0, None, None, None), "k2": (1, 1, "k1", True), "k3": (0, None, None, None),
              "k4": (2, 0, "k1", False)}
    assert copies(cases) == before
    again = [*cases, case("k1", 3, image_hash=FAR), case("k6", 4, image_hash=FAR)]
    assert copies(again) == before | {"k6": (1, 0, "k3", True)}


def test_a_lake_without_cases_or_photos_has_no_copies(copies):
    assert copies([]) == {}
    assert copies([case("k1", 0), case("k2", 0, image_hash=None)]) == {}
