"""Partitions are reused where their fingerprints are the wanted ones, and built anew elsewhere."""

import pytest

from jobs.storage import reuse
from jobs.storage.lake import Lake
from tests.support.builders import day

THU, FRI, SAT = day("2026-11-19"), day("2026-11-20"), day("2026-11-21")


@pytest.fixture
def ask(spark, lake):
    """Ask for days of a table by fingerprint, in a run of its own; returns the values by day and the days built."""
    def run(run_id, fingerprints, value):
        built = []

        def build(days):
            built.extend(days)
            return spark.createDataFrame([(f"e{ds}", value, ds) for ds in days], "entity string, value bigint, ds date")

        own = Lake(lake.root, run_id)
        rows = reuse.load_or_build(spark, own, "sums", "entity", fingerprints, build)
        if built:
            own.commit(own.staged("sums"))
        return None if rows is None else {row.ds: row.value for row in rows.collect()}, built

    return run


def test_a_day_is_built_once_and_read_while_its_fingerprint_stands(ask):
    assert ask("first", {THU: "a", FRI: "b"}, 1) == ({THU: 1, FRI: 1}, [THU, FRI])
    assert ask("again", {THU: "a", FRI: "b"}, 2) == ({THU: 1, FRI: 1}, [])


def test_a_day_of_another_fingerprint_is_built_again_and_alone(ask):
    ask("first", {THU: "a", FRI: "b"}, 1)
    assert ask("changed", {THU: "a", FRI: "c"}, 2) == ({THU: 1, FRI: 2}, [FRI])


def test_a_new_day_is_built_beside_those_that_are_read(ask):
    ask("first", {FRI: "b"}, 1)
    assert ask("more", {FRI: "b", SAT: "d"}, 3) == ({FRI: 1, SAT: 3}, [SAT])


def test_no_day_wanted_is_no_frame(ask):
    assert ask("none", {}, 1) == (None, [])


def test_every_day_of_a_table_that_does_not_exist_is_stale(lake):
    assert reuse.stale_days(lake, "sums", {FRI: "b", THU: "a"}) == [FRI, THU]
