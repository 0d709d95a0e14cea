"""Facts of a case: what the buyer saw, what had arrived, and the day on which a case is looked at."""

import pyarrow as pa
import pytest

from jobs.after_sales import case_facts
from jobs.after_sales.case_lake import open_lake
from jobs.after_sales.case_rows import case_rows
from jobs.errors import UserError
from jobs.storage.lake import Lake
from tests.support.builders import TODAY, YESTERDAY, ago, at
from tests.support.case_market import OPENED, WAIT, case_market


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    root = tmp_path_factory.mktemp("lake")
    case_market(
        root, messages=[{"message_id": "late", "sent_at": at(YESTERDAY, 14), "case_id": "open", "role": "agent",
                         "text": "wait", "ds": TODAY}],
        listings=[{"listing_version_id": "v-after", "changed_at": at(ago(2)), "product_id": "p1", "seller_id": "s1",
                   "title": "Another lamp", "description": "", "price_cents": 1, "ds": ago(2)}],
        cases=[{"case_id": "bare", "opened_at": at(YESTERDAY), "kind": "return", "seller_id": "s9", "ds": YESTERDAY}],
        case_outcomes=[{"case_id": "bare", "closed_at": at(ago(3)), "responsible": "buyer", "ds": ago(3)}])
    return Lake(str(root))


@pytest.fixture
def db(lake):
    with open_lake(lake, TODAY) as cases:
        asked = [case_facts.looked_at(cases.db, ["open", "c00", "bare"], TODAY),
                 case_facts.looked_at(cases.db, ["open"], YESTERDAY)]
        case_rows(cases.db, pa.concat_tables(asked), cases.copies)
        case_facts.collect(cases.db, ["open", "c00", "bare"])
        yield cases.db


def test_an_open_case_is_looked_at_on_the_day_and_a_closed_one_before_its_outcome(db):
    found = case_facts.looked_at(db, ["open", "c00", "bare"], TODAY).to_pylist()
    assert [tuple(row.values()) for row in found] == [
        ("bare", YESTERDAY), ("c00", ago(OPENED - WAIT + 1)), ("open", TODAY)]
    assert case_facts.looked_at(db, ["c00"], ago(OPENED - 2)).to_pylist()[0]["as_of"] == ago(OPENED - 2)


def test_a_case_that_had_not_arrived_is_one_sentence(db):
    with pytest.raises(UserError, match=f"found no case nobody, open that had arrived by {ago(2)}, expected ids"):
        case_facts.looked_at(db, ["open", "c00", "nobody"], ago(2))


def test_the_listing_is_the_version_that_the_buyer_saw(db):
    found = case_facts.facts(db, "open", TODAY)
    assert found["listing"]["title"] == "A lamp, version 0" and found["order"]["amount_cents"] == 2_000
    assert found["case"]["claim_cents"] == 1_000 and found["case"]["seller_id"] == "s1"
    assert [parcel["shipment_id"] for parcel in found["parcels"]] == ["h-open"]
    assert found["parcels"][0]["usual_grams"] == pytest.approx(500)


def test_words_are_in_order_of_time_and_only_those_that_had_arrived(db):
    said = [(row["role"], row["text"]) for row in case_facts.rows(db, case_facts.WORDS, "open", TODAY)]
    assert said == [("complaint", "complaint of open"), ("seller", "it was our mistake"), ("agent", "wait")]
    assert len(case_facts.rows(db, case_facts.WORDS, "open", YESTERDAY)) == 2
    assert case_facts.rows(db, case_facts.OUTCOMES, "c00", ago(OPENED - WAIT + 1)) == []


def test_a_case_without_order_parcel_and_listing_has_none(db):
    found = case_facts.facts(db, "bare", YESTERDAY)
    assert (found["order"], found["parcels"], found["listing"]) == (None, [], None)
    assert set(case_facts.groups(db, "bare", YESTERDAY, float("nan")).values()) == {None}


def test_groups_are_bands(db):
    assert case_facts.groups(db, "open", TODAY, 41) == {
        "buyer_age": "under a year", "buyer_region": "coast", "seller_age": "under a month", "seller_region": "coast",
        "seller_size": "up to 200 orders"}
