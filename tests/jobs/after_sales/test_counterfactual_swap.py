"""The counterfactual swap: what changes when the group's columns change and nothing else."""

import numpy as np
import pyarrow as pa
import pytest

from jobs.after_sales.counterfactual_swap import swap_groups

TABLE = pa.table({"claim": [10, 60, 60, 90], "region": ["coast", "coast", "islands", None],
                  "language": ["a", "a", "b", "b"]})


def test_a_rule_that_does_not_read_the_group_changes_nothing():
    found = swap_groups(lambda rows: rows["claim"].to_numpy() > 50, TABLE, ["region"])
    assert found.share == 0 and set(found.by_pair.values()) == {0.0}


def test_rows_whose_decision_hangs_on_the_group_are_counted():
    def decide(rows: pa.Table) -> list[bool]:
        return [claim > (50 if region == "islands" else 80) for claim, region in
                zip(rows["claim"].to_pylist(), rows["region"].to_pylist())]

    found = swap_groups(decide, TABLE, ["region"])
    assert found.changed.tolist() == [False, True, True, False] and found.share == 0.5
    assert found.by_pair["coast", "islands"] == 0.5 and found.by_pair["islands", "coast"] == 1
    assert found.by_pair["coast", "None"] == 0


def test_the_columns_of_a_group_change_together_and_keep_their_types():
    seen = []

    def decide(rows: pa.Table) -> np.ndarray:
        seen.append(rows)
        return np.zeros(len(rows))

    swap_groups(decide, TABLE, ["region", "language"])
    pairs = [set(zip(rows["region"].to_pylist(), rows["language"].to_pylist())) for rows in seen[1:]]
    assert sorted(pairs, key=str) == sorted([{("coast", "a")}, {("islands", "b")}, {(None, "b")}], key=str)
    assert all(rows.schema == TABLE.schema and rows["claim"] == TABLE["claim"] for rows in seen)


def test_an_abstention_equals_an_abstention_alone():
    def decide(rows: pa.Table) -> list:
        return [float("nan") if region == "coast" else None if region is None else 1.0
                for region in rows["region"].to_pylist()]

    found = swap_groups(decide, TABLE, ["region"])
    assert found.by_pair["coast", "None"] == 0 and found.by_pair["coast", "islands"] == 1


def test_arrow_decisions_and_an_empty_table():
    assert swap_groups(lambda rows: rows["region"], TABLE, ["region"]).share == 1
    assert np.isnan(swap_groups(lambda rows: rows["region"], TABLE[:0], ["region"]).share)


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="no column zone; it has claim, region, language"):
        swap_groups(lambda rows: rows["claim"], TABLE, ["zone"])
    with pytest.raises(ValueError, match="2 decisions of 4 rows"):
        swap_groups(lambda rows: [1, 2], TABLE, ["region"])
    many = pa.table({"seller": [f"s{n}" for n in range(60)]})
    with pytest.raises(ValueError, match="60 combinations; expected at most 50"):
        swap_groups(lambda rows: rows["seller"], many, ["seller"])
