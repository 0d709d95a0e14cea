"""Random reviews in the demo marketplace: they land when drawn and when answered, and are mostly right."""

import csv
from datetime import date, timedelta

import numpy as np
import pyarrow.parquet as pq

from jobs.simulate.operations import Conduct
from jobs.simulate.review_samples import ReviewSamples

MANY = 20_000


def test_answers_come_within_three_days_and_97_of_100_are_right():
    texts = np.full(MANY, "x", object)
    asked = {"day": np.full(MANY, 5), "entity": np.zeros(MANY, int), "number": np.arange(MANY), "decision_id": texts,
             "risk": texts, "inclusion_probability": np.full(MANY, 0.1)}
    guilty = np.arange(MANY) % 2 == 0
    desk = ReviewSamples(7, Conduct())
    desk.draw(asked, guilty)
    rows = desk.due(6)
    assert set(rows["answered"]) == {7, 8, 9}
    assert abs((rows["verdict"] == guilty).mean() - 0.97) < 0.01


def landed(home):
    states = {}
    for path in sorted((home / "landing" / "review_samples").rglob("*.csv")):
        for row in csv.DictReader(path.open()):
            states.setdefault(row["sample_id"], {})[row["verdict"]] = row
    return states


def test_a_sample_lands_open_and_then_answered(world_pair):
    asked = {row["decision_id"]: row for row in csv.DictReader((world_pair / "actions.csv").open())
             if row["action"] == "sample"}
    states = landed(world_pair)
    assert len(states) > 60 and set(states) <= set(asked)
    assert {name for name, row in asked.items() if row["ds"] < "2026-11-10"} <= set(states)
    for name, each in states.items():
        open_row = each[""]
        assert open_row["reviewed_at"] == "" and float(open_row["inclusion_probability"]) == 0.25
        assert open_row["drawn_at"][:10] == str(date.fromisoformat(asked[name]["ds"]) + timedelta(days=1))
        for verdict, row in each.items():
            assert row["risk"] == asked[name]["risk"] and row["entity_id"] == asked[name]["entity_id"]
            assert verdict == "" or row["reviewed_at"] > row["drawn_at"]


def test_the_answers_are_those_of_the_truth(world_pair):
    asked = {row["decision_id"]: row for row in csv.DictReader((world_pair / "actions.csv").open())}
    incidents = {(row["entity_id"], row["risk"]): row
                 for row in pq.read_table(world_pair / "plain" / "truth" / "incidents.parquet").to_pylist()}
    right = {True: [], False: []}
    for name, each in landed(world_pair).items():
        row = incidents.get((asked[name]["entity_id"], asked[name]["risk"]))
        near = row is not None and row["incident_from"] - timedelta(days=7) <= date.fromisoformat(asked[name]["ds"])
        right[near] += [(verdict == "true") == near for verdict in each if verdict]
    assert all(len(each) > 20 and sum(each) / len(each) > 0.9 for each in right.values())


def test_a_sample_has_no_effect_and_is_no_action_taken(world_pair):
    samples = set(landed(world_pair))
    taken = [row for path in (world_pair / "landing" / "actions_taken").rglob("*.parquet")
             for row in pq.ParquetFile(path).read().to_pylist()]
    assert samples and not samples & {row["decision_id"] for row in taken}
