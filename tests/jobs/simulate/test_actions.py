"""Actions in the demo marketplace: the effects of stops and watches are those of the truth."""

import csv
import json
from datetime import date, timedelta

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from jobs.simulate.__main__ import main

pytestmark = pytest.mark.slow

UNTIL, DAYS, ACTED = date(2026, 11, 20), 75, date(2026, 10, 15)
ON_TIME = ("--late", "0", "--never", "0")
FIRST = UNTIL - timedelta(days=DAYS - 1)
SOURCES = {"orders": "parquet", "clicks": "parquet", "logins": "parquet"}


def made(home, *more):
    main(["--home", str(home), "--until", str(UNTIL), "--days", str(DAYS), "--size", "small", *more])
    return home


def truth(home, name):
    return pq.read_table(home / "truth" / f"{name}.parquet").to_pylist()


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """The same marketplace three times: left alone, with stops, and with the same entities only watched."""
    home = tmp_path_factory.mktemp("actions")
    base = made(home / "base")
    stops = home / "stops.csv"
    chosen = chosen_for_stops(base)
    for name, action in (("stops", "stop"), ("watches", "watch")):
        with (home / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("ds", "entity", "entity_id", "action"),
                                        *((ACTED, entity, who, action) for entity, who in chosen)])
    return (base, made(home / "stopped", "--actions", str(stops), *ON_TIME),
            made(home / "watched", "--actions", str(home / "watches.csv"), *ON_TIME))


def chosen_for_stops(home):
    """Attackers at work on the day, and as many honest sellers and users whom no verdict ever touched."""
    incidents, touched = truth(home, "incidents"), {row["entity_id"] for row in truth(home, "effects")}
    planted = {row["entity_id"] for row in incidents}
    at_work = {(row["entity"], row["entity_id"]) for row in incidents if row["entity_id"] not in touched
               and row["incident_from"] <= ACTED and row["incident_to"] > ACTED + timedelta(days=4)}
    honest = {*(("seller", f"s{number:06d}") for number in range(120)),
              *(("user", f"u{number:07d}") for number in range(60))}
    return sorted(at_work | {each for each in honest if each[1] not in planted | touched})


def volume(home, entity, who, first, last):
    """What some entities did on the days of a range: only what no other stopped entity takes part in, or few do."""
    days = [f"{home}/landing/%s/ds={first + timedelta(days=n)}/*.parquet" for n in range((last - first).days + 1)]
    column = {"seller": "seller_id", "user": "user_id", "creator": "creator_id"}[entity]
    tables = {"seller": ("orders", "clicks"), "user": ("logins",), "creator": ("clicks",)}[entity]
    return sum(duckdb.execute(f"select count(*) from read_parquet($files) where {column} in (select unnest($who))",
                              {"files": [day % table for day in days], "who": who}).fetchone()[0] for table in tables)


def lifted_stops(home):
    """Who appealed with success, and the day of that decision."""
    files = sorted((home / "landing" / "appeals").rglob("*.jsonl"))
    rows = [json.loads(line) for path in files for line in path.read_text().splitlines()]
    return {row["entity_id"]: date.fromisoformat(row["decided_at"][:10]) for row in rows if row["outcome"] == "upheld"}


def acted_on(home, attacker):
    """Stops that no appeal ended early."""
    lifted = lifted_stops(home)
    effects = [row for row in truth(home, "effects") if row["action"] == "stop" and row["was_attacker"] == attacker
               and row["entity_id"] not in lifted]
    return effects, {entity: [row["entity_id"] for row in effects if row["entity"] == entity]
                     for entity in ("seller", "user", "creator")}


@pytest.mark.parametrize(("attacker", "days"), [(True, 3), (False, 28)])
def test_what_remains_of_the_stopped_is_the_factor_that_the_truth_states(worlds, attacker, days):
    base, stopped, _ = worlds
    effects, who = acted_on(stopped, attacker)
    factor, = {row["volume_factor"] for row in effects}
    assert len(effects) >= 12
    first, last = ACTED + timedelta(days=1), ACTED + timedelta(days=days)
    before, after = (sum(volume(home, entity, each, first, last) for entity, each in who.items() if each)
                     for home in (base, stopped))
    spread = np.sqrt(factor * (1 - factor) / before)
    assert before > 100 and abs(after / before - factor) < 4 * spread + 0.02


def test_days_up_to_the_action_are_the_same_to_the_byte(worlds):
    base, stopped, watched = worlds
    same = [path for path in (base / "landing").rglob("part-0.*") if path.parent.name <= f"ds={ACTED}"]
    assert len(same) > 13 * 30
    for path in same:
        inside = path.relative_to(base)
        assert path.read_bytes() == (stopped / inside).read_bytes() == (watched / inside).read_bytes()


def test_a_watch_changes_no_volume(worlds):
    base, stopped, watched = worlds
    orders = f"landing/orders/ds={ACTED + timedelta(days=1)}/part-0.parquet"
    assert pq.read_metadata(watched / orders).num_rows == pq.read_metadata(base / orders).num_rows
    assert pq.read_metadata(stopped / orders).num_rows < pq.read_metadata(base / orders).num_rows
    watch = [row for row in truth(watched, "effects") if row["action"] == "watch"]
    assert watch and {row["volume_factor"] for row in watch} == {1.0}


def test_whoever_is_looked_at_is_found_more_often(worlds):
    base, _, watched = worlds
    _, who = acted_on(worlds[1], True)
    looked = {each for ids in who.values() for each in ids}
    found = [sum(row["found"] for row in truth(home, "incidents") if row["entity_id"] in looked)
             for home in (base, watched)]
    assert found[0] < found[1]


def test_some_of_the_stopped_come_back_as_somebody_else(worlds):
    _, stopped, _ = worlds
    effects, _ = acted_on(stopped, True)
    back = {row["returned_as"]: row for row in effects if row["returned_as"]}
    assert 0 < len(back) < 0.7 * len(effects)
    again = {row["entity_id"]: row for row in truth(stopped, "incidents") if row["entity_id"] in back}
    assert again and all(row["incident_from"] > ACTED for row in again.values())
    ring = {row["entity_id"]: row["group"] for row in truth(worlds[0], "incidents")}
    assert all(row["group"] == ring[back[new]["entity_id"]] for new, row in again.items())


def test_an_honest_stop_ends_after_some_weeks(worlds):
    effects, _ = acted_on(worlds[1], False)
    assert {(row["until"] - row["ds"]).days for row in effects} == {28}


def test_a_stop_ends_on_the_day_on_which_an_appeal_is_upheld(worlds):
    lifted = lifted_stops(worlds[1])
    until = {row["entity_id"]: row["until"] for row in truth(worlds[1], "effects") if row["action"] == "stop"
             and row["entity_id"] in lifted}
    assert len(until) > 10 and until == lifted


@pytest.mark.parametrize(("row", "says"), [
    ("2026-10-15,seller,s999999,stop", "there is no seller s999999"),
    ("2026-10-15,seller,s000001,arrest", "action has ['arrest']"),
    ("2026-10-15,seller,s000001,hold", "action hold of entity seller"),
    ("2026-10-15,order,o000000001,stop", "action stop of entity order"),
    ("2026-10-15,seller,s000001,sample", "risk is empty"),
    ("2026-10-15,shop,s000001,stop", "entity has ['shop']"),
])
def test_an_action_that_cannot_be_taken_is_refused(tmp_path, row, says):
    (tmp_path / "actions.csv").write_text("ds,entity,entity_id,action\n" + row + "\n")
    with pytest.raises(ValueError) as refused:
        made(tmp_path, "--actions", str(tmp_path / "actions.csv"))
    assert says in str(refused.value)
