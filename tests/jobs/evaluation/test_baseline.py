"""The rule baseline: the best column and direction, found without ranking every row twice."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.evaluation import baseline, ranking
from jobs.evaluation.baseline import HIGH, LOW, SingleFeatureRule

NAN = float("nan")


def test_the_rule_is_the_column_and_direction_with_the_best_average_precision():
    label = np.array([1, 1, 0, 0, 0, 0])
    features = pa.table({"noise": pa.array([3, 1, 2, 5, 4, 6], pa.float32()),
                         "small": pa.array([1, 2, 3, 4, 5, 6], pa.float32())})
    assert baseline.choose(features, label) == SingleFeatureRule("small", LOW)


def test_rows_that_tell_nothing_come_last_in_both_directions():
    features = pa.table({"a": pa.array([NAN, -5.0, 5.0], pa.float32())})
    assert list(np.argsort(-SingleFeatureRule("a", HIGH).apply(features))) == [2, 1, 0]
    assert list(np.argsort(-SingleFeatureRule("a", LOW).apply(features))) == [1, 2, 0]


def test_a_null_is_no_number():
    features = pa.table({"a": pa.array([None, 2.0], pa.float32())})
    assert list(SingleFeatureRule("a", HIGH).apply(features)) == [-np.inf, 2.0]


def test_the_first_declared_column_wins_a_tie():
    same = pa.array([2.0, 1.0, 0.0], pa.float32())
    assert baseline.choose(pa.table({"a": same, "b": same}), np.array([1, 0, 0])) == SingleFeatureRule("a", HIGH)


def test_without_a_positive_row_there_is_no_rule():
    with pytest.raises(ValueError, match="1 columns, 0 positives"):
        baseline.choose(pa.table({"a": pa.array([1.0], pa.float32())}), np.array([0]))


@given(st.lists(st.tuples(st.sampled_from([NAN, 0.0, 1.0, 2.0, 3.0]), st.booleans()), min_size=1, max_size=30))
def test_the_average_precision_of_the_baseline_is_that_of_the_metrics(rows):
    values = np.array([value for value, _ in rows], dtype=np.float32)
    label = np.array([positive for _, positive in rows], dtype=int)
    if not label.any():
        return
    table = pa.table({"a": values})
    expected = [ranking.average_precision(label, SingleFeatureRule("a", way).apply(table)) for way in (HIGH, LOW)]
    assert baseline._both_ways(values, label.astype(bool)) == pytest.approx(expected)


def test_the_advantage_is_the_difference_on_the_same_rows_with_its_interval():
    rng = np.random.default_rng(1)
    label = (np.arange(400) < 40).astype(int)
    entity = np.array([f"s{i:03}" for i in range(400)])
    rule, model = rng.normal(size=400), rng.normal(size=400) + 3 * label
    found = baseline.lift(label, model, rule, entity, seed=3)
    assert found.difference.value == pytest.approx(ranking.average_precision(label, model)
                                                   - ranking.average_precision(label, rule))
    assert found.difference.above_zero
    assert not baseline.lift(label, rule, rule, entity, seed=3).difference.above_zero
    assert set(found.metrics) == {"rule_average_precision", "rule_average_precision_low",
                                  "rule_average_precision_high", "advantage_over_rule",
                                  "advantage_over_rule_low", "advantage_over_rule_high"}
