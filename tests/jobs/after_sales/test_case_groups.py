"""Groups of cases are as of the day of opening."""

import pyarrow as pa

from jobs.after_sales import case_groups as groups
from jobs.after_sales.case_groups import ATTRIBUTES, case_groups
from tests.support.judged_case_tables import event_views


def opened(case, day="2026-03-10", seller="s1", user="u1", order=None):
    return {"case_id": case, "opened_at": f"{day} 12:00", "seller_id": seller, "user_id": user, "order_id": order,
            "ds": day}


def registered(key, name, day, ds=None, **facts):
    return {key: name, "registered_at": f"{day} 00:00", "ds": ds or day, **facts}


def grouped(case_ids, **rows):
    found = case_groups(event_views(**rows), pa.table({"case_id": pa.array(case_ids, pa.string())}))
    assert found.column_names == ["case_id", "cluster", *ATTRIBUTES]
    return {row["case_id"]: row for row in found.to_pylist()}


def orders(seller, count, day):
    return [{"order_id": f"{seller}-{day}-{number}", "seller_id": seller, "ordered_at": f"{day} 01:00", "ds": day}
            for number in range(count)]


def test_a_seller_is_large_with_more_orders_by_then_than_four_fifths_of_the_sellers():
    sold = [*orders("s1", 5, "2026-03-01"), *orders("s2", 2, "2026-03-01"), *orders("s3", 2, "2026-03-01"),
            *orders("s4", 1, "2026-03-01"), *orders("s5", 1, "2026-03-01"), *orders("s2", 9, "2026-03-11")]
    found = grouped(["a", "b", "c"], orders=sold,
                    cases=[opened("a"), opened("b", seller="s2"), opened("c", day="2026-03-11", seller="s2")])
    assert [found[case]["seller size"] for case in "abc"] == ["large", "small", "large"]


def test_ages_count_whole_days_to_the_opening():
    found = grouped(["a", "b", "c"], cases=[opened("a"), opened("b", seller="s2"), opened("c", seller="s3")],
                    sellers=[registered("seller_id", "s1", "2025-12-11"), registered("seller_id", "s2", "2025-12-10"),
                             registered("seller_id", "s3", "2025-03-10")],
                    users=[registered("user_id", "u1", "2026-02-08")])
    assert [found[case]["seller age"] for case in "abc"] == ["under 90 days", "90 to 364 days", "365 days and more"]
    assert found["a"]["buyer tenure"] == "30 to 179 days"


def test_facts_that_arrive_after_the_opening_are_not_known():
    moved = [registered("seller_id", "s1", "2026-01-01", region="north", category="toys"),
             registered("seller_id", "s1", "2026-01-01", "2026-03-10", region="islands", category="toys"),
             registered("seller_id", "s1", "2026-01-01", "2026-03-11", region="south", category="books")]
    late = [registered("user_id", "u1", "2026-01-01", "2026-03-11")]
    row = grouped(["a"], cases=[opened("a")], sellers=moved, users=late)["a"]
    assert (row["seller region"], row["seller category"]) == ("islands", "toys")
    assert row["seller region and size"] == "islands, small" and row["buyer tenure"] == groups.UNKNOWN


def test_a_case_without_a_seller_takes_that_of_its_order_or_stands_alone():
    sold = [{"order_id": "o1", "seller_id": "s7", "ordered_at": "2026-03-01 00:00", "ds": "2026-03-01"},
            {"order_id": "o2", "seller_id": "s8", "ordered_at": "2026-03-01 00:00", "ds": "2026-03-11"}]
    found = grouped(["a", "b"], cases=[opened("a", seller=None, order="o1"), opened("b", seller=None, order="o2")],
                    orders=sold, sellers=[registered("seller_id", "s7", "2026-01-01", region="west")])
    assert (found["a"]["cluster"], found["a"]["seller region"]) == ("s7", "west")
    assert (found["b"]["cluster"], found["b"]["seller region"]) == ("b", groups.UNKNOWN)
    assert found["b"]["seller size"] == groups.UNKNOWN


def test_rare_values_are_one_group(monkeypatch):
    shops = [registered("seller_id", f"s{number}", "2026-01-01", region="rare" if number == 3 else "usual")
             for number in range(1, 4)]
    cases = [opened(f"c{number}", seller=f"s{number}") for number in range(1, 4)]
    monkeypatch.setattr(groups, "MOST_VALUES", 1)
    found = grouped(["c1", "c2", "c3"], cases=cases, sellers=shops)
    assert [row["seller region"] for row in found.values()] == ["usual", "usual", groups.OTHER]


def test_no_case_gives_no_row():
    assert grouped([]) == {} and grouped(["x"], cases=[opened("a")]) == {}
