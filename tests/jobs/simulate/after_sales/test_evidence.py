"""The evidence of cases as it lands, and what can be concluded from it at best (simulated marketplaces)."""

import csv
import json
from collections import Counter
from datetime import date, datetime, timedelta

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from jobs.simulate.__main__ import main
from jobs.simulate.after_sales.conversations import ROLES
from jobs.simulate.after_sales.listings import PROMISES
from jobs.simulate.texts import TALK

pytestmark = pytest.mark.slow

UNTIL, DAYS = date(2026, 11, 20), 90


def made(home, *more):
    main(["--home", str(home), "--until", str(UNTIL), "--days", str(DAYS), "--size", "small", *more])
    return home


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return made(tmp_path_factory.mktemp("cases"))


@pytest.fixture(scope="module")
def faults(home):
    return {row["case_id"]: row for row in pq.read_table(home / "truth" / "faults.parquet").to_pylist()}


def landed(home, table):
    """Every landed row of a table, those that came twice once."""
    found = {}
    for path in sorted((home / "landing" / table).rglob("part-0.*")):
        if path.suffix == ".parquet":
            day = pq.read_table(path).to_pylist()
        elif path.suffix == ".csv":
            day = list(csv.DictReader(path.open(newline="")))
        else:
            day = [json.loads(line) for line in path.read_text().splitlines()]
        for row in day:
            found.setdefault((next(iter(row.values())), row.get("closed_at")), row)
    return list(found.values())


def by(rows, key):
    return {row[key]: row for row in rows}


def accuracy(rows, column):
    return np.mean([row[column] == row["fault"] for row in rows])


def lookup(rows, *keys):
    """The accuracy of the most frequent fault of each value of the keys, on the same rows."""
    counts = Counter((*(row[key] for key in keys), row["fault"]) for row in rows)
    best = Counter()
    for group, number in counts.items():
        best[group[:-1]] = max(best[group[:-1]], number)
    return sum(best.values()) / len(rows)


def test_a_lookup_by_reason_is_clearly_below_the_desk_and_both_below_the_best(faults):
    rows = list(faults.values())
    best, desk, second = (accuracy([row for row in rows if row[name]], name) for name in (
        "best", "desk", "second_reviewer"))
    assert best > desk + 0.07 and desk > lookup(rows, "reason") + 0.08
    assert best > lookup(rows, "kind", "reason") + 0.15 and best < second + 0.02


def test_the_best_probability_is_the_share_of_cases_in_which_it_is_right(faults):
    rows = list(faults.values())
    said = np.array([row["best_probability"] for row in rows])
    right = np.array([row["best"] == row["fault"] for row in rows])
    for low, high in ((0, 0.7), (0.7, 0.9), (0.9, 1.01)):
        mine = (said >= low) & (said < high)
        error = np.sqrt((said[mine] * (1 - said[mine])).sum()) / mine.sum()
        assert mine.sum() > 150 and abs(said[mine].mean() - right[mine].mean()) < 3.5 * error + 1e-3


def test_every_landed_case_has_its_truth_and_attackers_claims_are_marked(home, faults):
    cases = [row["case_id"] for row in landed(home, "cases") if row["case_id"] and row["text"] is not None]
    assert len(cases) > 1_000 and set(cases) <= set(faults)
    marked = [row for row in faults.values() if row["claimed_by_attacker"]]
    assert 0.1 < len(marked) / len(faults) < 0.4
    assert np.mean([row["fault"] == "buyer" for row in marked]) > 0.8
    incidents = {row["entity_id"] for row in pq.read_table(home / "truth" / "incidents.parquet").to_pylist()}
    orders = by(landed(home, "orders"), "order_id")
    users = {orders[row["order_id"]]["user_id"] for row in marked if row["order_id"] in orders}
    assert len(users & incidents) > 0.6 * len(users)  # the others are at their trial, or of a creator's circle


def test_scans_follow_the_parcel(home, faults):
    parcels = by(landed(home, "shipments"), "order_id")
    assert all(bool(row["handover"]) == bool(row["delivered_at"]) for row in parcels.values())
    share = Counter(row["handover"] for row in parcels.values() if row["handover"])
    assert 0.58 < share["door"] / share.total() < 0.66 and 0.07 < share["neighbour"] / share.total() < 0.13
    left = [parcels[row["order_id"]]["handover"] for row in faults.values()
            if row["happening"] == "left_with_neighbour" and row["order_id"] in parcels]
    assert len(left) > 10 and left.count("neighbour") > 0.75 * len(left)


def test_promises_are_missed_and_a_case_of_a_late_shop_is_about_a_missed_one(home, faults):
    orders, parcels = by(landed(home, "orders"), "order_id"), by(landed(home, "shipments"), "order_id")
    missed = {order: datetime.fromisoformat(row["shipped_at"]) > orders[order]["ship_by"]
              for order, row in parcels.items() if order in orders and orders[order]["seller_id"]}
    assert 0.03 < np.mean(list(missed.values())) < 0.25
    late = [missed[row["order_id"]] for row in faults.values()
            if row["happening"] == "shipped_late" and row["order_id"] in missed]
    assert len(late) > 20 and np.mean(late) > 0.97  # a late row may have another time


def test_conversations_lie_between_opening_and_outcome_and_admissions_follow_what_happened(home, faults):
    closed = {row["case_id"]: row["closed_at"] for row in reversed(landed(home, "case_outcomes"))}
    admitted = Counter()
    messages = landed(home, "messages")
    assert {row["role"] for row in messages} == set(ROLES)
    for row in messages:
        truth = faults[row["case_id"]]
        sent = datetime.fromisoformat(row["sent_at"])
        assert truth["opened_at"] < sent < truth["opened_at"] + timedelta(days=3)
        assert row["sent_at"] <= closed.get(row["case_id"], "9999")
        if any(row["text"].startswith(one) for one in TALK["seller_admits"]):
            assert row["role"] == "seller"
            admitted[truth["fault"]] += 1
    assert admitted["seller"] > 2 * (admitted.total() - admitted["seller"]) > 0


def test_listings_that_promise_much_are_more_often_oversold(home, faults):
    versions = duckdb.sql(f"select product_id, changed_at, description from '{home}/landing/listings/*/*.parquet' "
                          "order by changed_at").fetchall()
    shown = {}
    for product, changed_at, description in versions:
        shown.setdefault(product, []).append((changed_at, any(one in description for one in PROMISES)))
    orders = by(landed(home, "orders"), "order_id")
    oversold = {True: [], False: []}
    for row in faults.values():
        if row["reason"] == "not_as_described" and row["order_id"] in orders and not row["claimed_by_attacker"]:
            order = orders[row["order_id"]]
            known = [bold for at, bold in shown.get(order["product_id"], []) if at <= order["ordered_at"]]
            if known:
                oversold[known[-1]].append(row["happening"] == "oversold")
    assert len(oversold[True]) > 15 and np.mean(oversold[True]) > 2 * np.mean(oversold[False])


def test_photos_of_attackers_are_more_often_near_copies_of_earlier_ones(home, faults):
    seen, near = [], {True: [], False: []}
    for row in sorted(landed(home, "cases"), key=lambda row: row["opened_at"] or ""):
        if row.get("image_hash"):
            image = int(row["image_hash"], 16)
            close = bool(seen) and int(np.bitwise_count(np.array(seen, np.uint64) ^ np.uint64(image)).min()) <= 6
            near[faults[row["case_id"]]["claimed_by_attacker"]].append(close)
            seen.append(image)
    assert np.mean(near[True]) > 0.2 and np.mean(near[True]) > 2 * np.mean(near[False]) > 0


def test_the_parameters_of_the_desk_are_options_and_part_of_the_truth(home, tmp_path):
    fair = made(tmp_path, "--desk-bias", "0", "--second-reviews", "0.5")
    rows = pq.read_table(fair / "truth" / "faults.parquet").to_pylist()
    assert not any(row["desk_is_biased"] for row in rows)
    assert 0.45 < np.mean([row["second_reviewer"] is not None for row in rows]) < 0.55
    usual = pq.read_table(home / "truth" / "faults.parquet").to_pylist()
    assert [row["fault"] for row in rows] == [row["fault"] for row in usual]
    for made_home, bias in ((home, 0.1), (fair, 0.0)):
        assert json.loads((made_home / "truth" / "parameters.json").read_text())["desk_bias"] == bias


def test_a_reversed_case_has_a_second_outcome_more_than_a_week_later(home):
    outcomes = {}
    for row in landed(home, "case_outcomes"):
        outcomes.setdefault(row["case_id"], set()).add((row["closed_at"], row["responsible"], row["appealed"]))
    twice = [sorted(rows) for rows in outcomes.values() if len(rows) > 1]
    assert 0.01 < len(twice) / len(outcomes) < 0.06
    for first, second in twice:
        wait = datetime.fromisoformat(second[0]) - datetime.fromisoformat(first[0])
        assert timedelta(days=8) <= wait <= timedelta(days=23)
        assert first[1] != second[1] and first[2] == second[2] == "true"
