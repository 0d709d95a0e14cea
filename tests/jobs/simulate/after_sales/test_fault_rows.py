"""The truth of cases in a marketplace with actions: the same cases have the same truth, and the others are left out."""

import pyarrow.parquet as pq
import pytest

from jobs.simulate import pairs

pytestmark = pytest.mark.slow


def truth(home):
    return {row["case_id"]: row for row in pq.read_table(home / "truth" / "faults.parquet").to_pylist()}


def test_no_truth_of_a_case_depends_on_an_action(world_pair):
    without, acted = truth(world_pair / pairs.WITHOUT), truth(world_pair)
    both = without.keys() & acted.keys()
    assert len(both) > 500 and all(without[case] == acted[case] for case in both)


def test_cases_that_actions_prevent_are_left_out_and_those_that_they_bring_are_added(world_pair):
    without, acted = truth(world_pair / pairs.WITHOUT), truth(world_pair)
    gone = {row["event_id"] for row in pq.read_table(world_pair / "truth" / "differences.parquet").to_pylist()
            if row["event"] == "case" and not row["only_with_actions"]}
    assert gone and gone <= set(without) - set(acted)
    stopped = [row for case, row in acted.items() if case not in without and row["happening"] == "stopped_by_platform"]
    assert len(stopped) > 20 and {row["desk"] for row in stopped} == {"platform"}
