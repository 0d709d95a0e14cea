"""The demo marketplace: what it lands, what it hides, and that a seed says everything about it."""

import csv
import hashlib
import json
from datetime import date, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest

from features.inputs.case_tables import CASE_INPUTS
from features.inputs.masking import Key
from features.inputs.tables import FEATURE_INPUTS, TABLES
from features.inputs.validation import validate_rows
from features.risks import BY_VERDICT
from jobs.ingestion.landing import read_landing
from jobs.simulate.__main__ import main
from jobs.simulate.landing import FORMATS

# What is tested here does not depend on the engine: the faster one serves it.
pytestmark = [pytest.mark.engine("sail"), pytest.mark.slow]

UNTIL, DAYS = date(2026, 11, 20), 90
FIRST = UNTIL - timedelta(days=DAYS - 1)
LANDED = (*FEATURE_INPUTS, *(table.name for table in CASE_INPUTS))


def made(home, *more, days=DAYS, seed=7):
    main(["--home", str(home), "--until", str(UNTIL), "--days", str(days), "--size", "small", "--seed", str(seed),
          *more])
    return home


def content(home):
    return {path.relative_to(home): path.read_bytes() for path in home.rglob("*.*") if path.is_file()}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return made(tmp_path_factory.mktemp("seven"))


def rows(home, table):
    """Every landed row as a dictionary, `ds` included."""
    found = []
    for path in sorted((home / "landing" / table).rglob("part-0.*")):
        ds = path.parent.name.removeprefix("ds=")
        if path.suffix == ".parquet":
            day = pq.ParquetFile(path).read().to_pylist()
        elif path.suffix == ".csv":
            day = list(csv.DictReader(path.open(newline="", encoding="utf-8")))
        else:
            day = [json.loads(line) for line in path.read_text().splitlines()]
        found += [{**row, "ds": ds} for row in day]
    return found


def truth(home):
    return pq.read_table(home / "truth" / "incidents.parquet").to_pylist()


def key(row):
    return row["entity_id"], row["risk"]  # the entity may be the broken part of the row


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    first, again = (made(tmp_path / name, days=40) for name in ("first", "again"))
    assert content(first) == content(again)


# Of the rows of 40 days, without actions. Another sum means another marketplace: every figure in docs/ is then of an
# earlier one.
DIGESTS = {
    "users": "e8d652c22308f627", "sellers": "ca6aa954af2612fb", "creators": "9f78f678def84e01",
    "orders": "8f171684159bac3c", "shipments": "43ecc0c41590ed42", "reviews": "b36224a130a41c23",
    "clicks": "3f4862587879ed38", "logins": "cfbf4fef217f9010", "incentives": "7bfc70f8fa8d6a20",
    "cases": "07e69bd50c5d7253", "case_outcomes": "99c4100367e3597f", "accesses": "c9278970d866535c",
    "verdicts": "8dc4abf03cbc6ab8", "messages": "7607a74a2a0e2837", "listings": "8a98b5c5339a77ad",
}


def test_a_change_of_the_simulation_leaves_the_demo_as_it_is(tmp_path):
    home = made(tmp_path, days=40)
    assert {table: _digest(rows(home, table)) for table in DIGESTS} == DIGESTS


def _digest(landed):
    lines = "\n".join(str([str(value) for value in row.values()]) for row in landed)
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def test_another_seed_gives_another_marketplace(home, tmp_path):
    other = made(tmp_path, days=40, seed=8)
    assert {key(row) for row in truth(other)}.isdisjoint({key(row) for row in truth(home)}) is False
    assert {key(row) for row in truth(other)} != {key(row) for row in truth(home)}


@pytest.mark.parametrize("table", LANDED)
def test_every_table_lands_on_every_day_with_the_columns_of_its_contract(home, table):
    days = {path.name for path in (home / "landing" / table).iterdir()}
    assert days == {f"ds={UNTIL - timedelta(days=back)}" for back in range(DAYS)}
    assert set(rows(home, table)[0]) == {*TABLES[table].names, "ds"}


# What mess.py breaks on purpose, by the names that the quarantine shows.
PLANTED = {
    "orders": {"amount_cents is a bigint", "amount_cents is present", "amount_cents is between 0 and 1000000000000",
               "seller_id is present", "ordered_at is not after the day of arrival"},
    "shipments": {"it is delivered after it is shipped"},
    "reviews": {"rating is between 1 and 5"},
    "clicks": {"dwell_ms is between 0 and 1000000000"},
    "cases": {"claim_cents is a bigint", "kind is one of refund, return, dispute, cancellation", "kind is present",
              "seller_id is present", "the line can be read"},
    "verdicts": {"entity is one of seller, user, creator, order"},
}


@pytest.mark.parametrize("table", LANDED)
def test_rows_break_the_rules_that_are_broken_on_purpose_and_no_other(spark, home, table):
    # Each flaw is sure to come once in twelve days, if the table has rows enough on its day; verdicts often have not.
    days = [UNTIL - timedelta(days=back) for back in range(DAYS if table == "verdicts" else 14)]
    judged = validate_rows(read_landing(spark, home / "landing", TABLES[table], days), TABLES[table], Key(b"k" * 32))
    broken = judged.where("size(broken) > 0").select("broken").toPandas()["broken"]
    assert {rule for rules in broken for rule in rules} == PLANTED.get(table, set())
    assert len(broken) <= 0.02 * len(rows(home, table)) + 3


def test_some_orders_arrive_late_and_some_arrive_twice(home):
    orders = [row for row in rows(home, "orders") if row["seller_id"]]
    first = {row["order_id"]: row for row in reversed(orders)}  # rows come by day: the earliest wins
    late = [row for row in first.values() if str(row["ordered_at"].date()) < row["ds"]]
    assert 0.002 < len(late) / len(first) < 0.01
    again = len(orders) - len({row["order_id"] for row in orders})
    assert 0.001 < again / len(orders) < 0.006


def test_a_shipment_is_landed_once_when_delivered_or_two_weeks_later_when_lost(home):
    sent = [row for row in rows(home, "shipments") if row["delivered_at"] != "" or row["shipped_at"]]
    lost = [row for row in sent if not row["delivered_at"]]
    assert 0.003 < len(lost) / len(sent) < 0.1
    wait = [(date.fromisoformat(row["ds"]) - date.fromisoformat(row["shipped_at"][:10])).days for row in lost]
    assert min(wait) == 15 and max(wait) <= 15 + 12  # late rows and copies
    on_time = [row for row in sent if row["delivered_at"] and row["delivered_at"][:10] == row["ds"]]
    assert len(on_time) > 0.95 * (len(sent) - len(lost))


def test_an_outcome_follows_its_case_by_3_to_20_days(home):
    opened = {row["case_id"]: row["opened_at"][:10] for row in rows(home, "cases") if row["opened_at"]}
    first = {row["case_id"]: row["closed_at"] for row in sorted(
        rows(home, "case_outcomes"), key=lambda row: row["closed_at"], reverse=True)}
    waits = [(date.fromisoformat(closed[:10]) - date.fromisoformat(opened[case])).days
             for case, closed in first.items() if case in opened]
    assert len(waits) > 300 and min(waits) >= 3 and max(waits) <= 20


def test_facts_that_change_are_delivered_again_more_than_seven_days_later(home):
    days = {}
    for row in rows(home, "users"):
        days.setdefault(row["user_id"], []).append((date.fromisoformat(row["ds"]), row["phone_id"], row["region"]))
    changed = [each for each in days.values() if len({row[1:] for row in each}) > 1]
    assert len(changed) > 5
    assert all((each[-1][0] - each[0][0]).days > 7 for each in changed)


def test_incidents_are_spread_over_all_weeks_but_the_first(home):
    weeks = {(row["incident_from"] - FIRST).days // 7 for row in truth(home)}
    assert weeks >= set(range(1, 12)) and 0 not in weeks


def test_every_risk_has_incidents_and_verdicts_early_and_late(home):
    for risk in BY_VERDICT:
        found = [row for row in rows(home, "verdicts") if row["confirmed"] and row["risk"] == risk.name]
        assert len({row["entity_id"] for row in found}) >= 4, risk.name
        assert min(row["ds"] for row in found) < str(FIRST + timedelta(days=45)) <= max(row["ds"] for row in found)


def test_a_third_to_a_half_of_the_truth_never_gets_a_verdict(home):
    # Judged on incidents old enough for any decision to have come: harm on the first days, 24 more, slack.
    old = [row for row in truth(home) if row["incident_from"] < UNTIL - timedelta(days=35)]
    assert 0.28 < 1 - sum(row["found"] for row in old) / len(old) < 0.5
    confirmed = {key(row) for row in rows(home, "verdicts") if row["confirmed"]}
    assert {key(row) for row in truth(home) if row["found"]} <= confirmed


def test_some_honest_entities_are_confirmed_and_most_of_these_are_reversed(home):
    planted = {key(row) for row in truth(home)}
    decided = rows(home, "verdicts")
    wrong = {key(row): row["decided_at"] for row in decided if row["confirmed"] and key(row) not in planted}
    back = {key(row): row["decided_at"] for row in decided if row["source"] == "appeal"}
    assert wrong and set(back) <= set(wrong)
    assert all(wrong[who] < back[who] for who in back)
    assert 2 * len(back) > len(wrong)


def test_a_confirmation_comes_after_the_incident_began(home):
    delays = []
    for row in rows(home, "verdicts"):
        if row["confirmed"]:
            assert row["incident_from"] <= row["incident_to"] <= row["decided_at"][:10] <= row["ds"]
            delays.append((date.fromisoformat(row["decided_at"][:10]) - date.fromisoformat(row["incident_from"])).days)
    assert 7 <= np.median(delays) <= 20


def test_a_ring_is_not_found_all_at_once(home):
    rings = {}
    for row in truth(home):
        rings.setdefault(row["group"], []).append(row["found"])
    mixed = [found for found in rings.values() if len(found) > 2 and any(found) and not all(found)]
    assert len(mixed) >= 5


@pytest.mark.parametrize("only", ["brushing", "account_integrity", "none"])
def test_only_one_risk_is_planted_in_an_otherwise_honest_world(tmp_path, only):
    home = made(tmp_path, "--only", only, days=40)
    assert {row["risk"] for row in truth(home)} == {only} - {"none"}
    assert {row["risk"] for row in rows(home, "verdicts")} <= {only}


def test_the_truth_lies_outside_the_landing_folder(home):
    assert {path.name for path in (home / "landing").iterdir()} == set(TABLES) == set(FORMATS)
    assert {path.name for path in (home / "truth").iterdir()} == {"incidents.parquet", "effects.parquet",
                                                                  "faults.parquet", "parameters.json"}


def test_too_few_days_are_refused_with_the_number_to_give(capsys):
    with pytest.raises(SystemExit):
        main(["--home", "unused", "--until", str(UNTIL), "--days", "10"])
    assert "give --days 30" in capsys.readouterr().err


def test_orders_on_stolen_cards_leave_every_other_order_as_it_is(tmp_path):
    honest, stolen = (made(tmp_path / only, "--only", only, days=40) for only in ("none", "payment_fraud"))
    before, after = ({row["order_id"]: (row["user_id"], row["payment_id"], row["device_id"])
                      for row in rows(home, "orders")} for home in (honest, stolen))
    planted = {row["entity_id"] for row in truth(stolen)}
    assert len(planted) > 40 and not planted & set(before)
    assert len(planted & set(after)) > 0.95 * len(planted)  # a few are late, and the days are over
    both = set(before) & set(after)
    assert len(both) > 0.99 * len(before) and all(before[order] == after[order] for order in both)


def test_chargebacks_are_about_orders_and_come_weeks_after_them(home):
    placed = {row["order_id"]: row for row in rows(home, "orders")}
    about = [row for row in rows(home, "verdicts") if row["entity"] == "order" and row["entity_id"] in placed]
    assert len(about) > 50 and {row["risk"] for row in about} == {"payment_fraud"}
    waits = [(date.fromisoformat(row["decided_at"][:10]) - date.fromisoformat(row["incident_from"])).days
             for row in about if row["confirmed"] and row["source"] != "appeal"]
    assert min(waits) >= 1 and 5 <= np.median(waits) <= 14 and max(waits) <= 35
    for row in about:  # the incident is the day of the order, which a late or broken row may hide
        assert abs((placed[row["entity_id"]]["ordered_at"].date() - date.fromisoformat(row["incident_from"])).days) in (
            0, 40)
