"""The lake of commands about cases: what had arrived, and what is said where no case had."""

import pytest

from jobs.after_sales.case_lake import last_case_day, open_lake
from jobs.errors import UserError
from jobs.storage.lake import Lake
from tests.support.builders import TODAY, YESTERDAY, ago, at
from tests.support.case_market import OPENED, case_market


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    root = tmp_path_factory.mktemp("lake")
    photo = {"order_id": "x", "kind": "refund", "image_hash": "00ff00ff00ff00ff", "user_id": "u1", "seller_id": "s1"}
    case_market(root, cases=[photo | {"case_id": f"p{n}", "ds": ago(3 - n), "opened_at": at(ago(3 - n))}
                             for n in range(2)])
    return Lake(str(root))


def test_views_end_with_the_day_and_copies_are_of_the_photos_so_far(lake):
    with open_lake(lake, ago(3)) as found:
        assert found.db.sql("SELECT max(ds) FROM cases").fetchall() == [(ago(3),)]
        assert found.copies["case_id"].to_pylist() == ["p0"]
    with open_lake(lake, TODAY) as found:
        assert found.copies["image_copies"].to_pylist() == [0, 1]
        assert {"cases", "messages"} < set(found.tables) and "clicks" not in found.tables


def test_the_last_day_is_that_of_any_event_about_a_case(lake, tmp_path):
    assert last_case_day(lake) == YESTERDAY
    case_market(tmp_path, messages=[{"message_id": "late", "sent_at": at(TODAY), "case_id": "open", "role": "buyer",
                                     "text": "hello", "ds": TODAY}])
    assert last_case_day(Lake(str(tmp_path))) == TODAY


def test_without_a_case_the_error_says_what_to_do(lake, tmp_path):
    sentence = f"no case that had arrived by {ago(OPENED + 1)}, expected a day from {ago(OPENED)}"
    with pytest.raises(UserError, match=sentence), open_lake(lake, ago(OPENED + 1)):
        pass
    for read in (last_case_day, lambda empty: open_lake(empty, TODAY).__enter__()):
        with pytest.raises(UserError, match="make nightly"):
            read(Lake(str(tmp_path)))
