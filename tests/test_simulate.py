"""The demo marketplace: what it lands, what it hides, and that a seed says everything about it."""

import csv
import json
from datetime import date, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest

from features.risks import RISKS
from features.tables import TABLES
from jobs.simulate import mess
from jobs.simulate.__main__ import main

UNTIL, DAYS = date(2026, 11, 20), 90


def made(home, *, seed=7):
    main(["--home", str(home), "--until", str(UNTIL), "--size", "small", "--seed", str(seed)])
    return home


def content(home):
    return {path.relative_to(home): path.read_bytes() for path in home.rglob("part-0.*")}


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


def test_the_same_seed_gives_the_same_bytes(home, tmp_path):
    assert content(made(tmp_path)) == content(home)


def test_another_seed_gives_another_marketplace(home, tmp_path):
    other = made(tmp_path, seed=8)
    assert content(other).keys() == content(home).keys()
    assert {key(row) for row in truth(other)} != {key(row) for row in truth(home)}


@pytest.mark.parametrize("table", TABLES)
def test_every_table_lands_on_every_day_with_the_columns_of_its_contract(home, table):
    days = {path.name for path in (home / "landing" / table).iterdir()}
    assert days == {f"ds={UNTIL - timedelta(days=back)}" for back in range(DAYS)}
    assert set(rows(home, table)[0]) == {*TABLES[table].names, "ds"}


def test_no_sound_order_arrives_before_it_was_placed(home):
    early = [row for row in rows(home, "orders") if str(row["ordered_at"].date()) > row["ds"]]
    each_flaw = max(1, round(len(rows(home, "orders")) * mess.BROKEN / len(mess.FLAWS["orders"])))
    assert len(early) == each_flaw  # the ones from the future, and no other


def test_a_share_of_the_truth_never_gets_a_verdict(home):
    confirmed = {key(row) for row in rows(home, "verdicts") if row["confirmed"]}
    for risk in RISKS:
        assert len({key(row) for row in truth(home) if row["risk"] == risk.name} & confirmed) >= 4, risk.name
    # Judged on incidents old enough for any decision to have come: 5 days to the first case, 24 more, slack.
    old = {key(row) for row in truth(home) if row["incident_from"] < UNTIL - timedelta(days=40)}
    assert 0.15 < len(old - confirmed) / len(old) < 0.5


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
            delays.append((date.fromisoformat(row["decided_at"][:10])
                           - date.fromisoformat(row["incident_from"])).days)
    assert 7 <= np.median(delays) <= 20


def test_incidents_are_spread_over_all_weeks_but_the_first(home):
    first = UNTIL - timedelta(days=DAYS - 1)
    weeks = {(row["incident_from"] - first).days // 7 for row in truth(home)}
    assert weeks >= set(range(1, 12)) and 0 not in weeks


def test_some_orders_arrive_late_and_some_arrive_twice(home):
    orders = [row for row in rows(home, "orders") if row["seller_id"]]
    first = {row["order_id"]: row for row in reversed(orders)}  # rows come by day: the earliest wins
    late = [row for row in first.values() if str(row["ordered_at"].date()) < row["ds"]]
    assert 0.002 < len(late) / len(first) < 0.01
    again = len(orders) - len({row["order_id"] for row in orders})
    assert 0.001 < again / len(orders) < 0.006


def test_every_kind_of_broken_row_is_landed(home):
    orders = rows(home, "orders")
    amounts = [row["amount_cents"] for row in orders]
    assert any(not amount.lstrip("-").isdigit() for amount in amounts)
    assert any(amount.startswith("-") for amount in amounts)
    assert any(row["seller_id"] is None for row in orders)
    cases = rows(home, "cases")
    assert "exchange" in {row["kind"] for row in cases}
    assert any(row["kind"] is None for row in cases)  # the line ends before it
    assert any(row["entity"] == "shop" for row in rows(home, "verdicts"))


def test_the_truth_lies_outside_the_landing_folder(home):
    assert {path.name for path in (home / "landing").iterdir()} == set(TABLES)
    assert [path.name for path in home.rglob("incidents*")] == ["incidents.parquet"]


def test_too_few_days_are_refused_with_the_number_to_give(capsys):
    with pytest.raises(SystemExit):
        main(["--home", "unused", "--until", str(UNTIL), "--days", "10"])
    assert "give --days 30" in capsys.readouterr().err
