"""Why a score is high: contributions add up, and families are told by their sum."""

import numpy as np
import pyarrow as pa
import pytest

from jobs.scoring import contributions
from jobs.scoring.contributions import TopContributions
from jobs.training import calibration
from jobs.training.model_version import ModelVersion
from jobs.training.models import MODELS


@pytest.fixture(scope="module")
def candidate() -> ModelVersion:
    """A model of three columns; the first makes the label."""
    import xgboost as xgb

    rows = table(1)
    label = (rows["a"].to_numpy() > 1).astype(int)
    booster = xgb.train({"objective": "binary:logistic", "max_depth": 3, "nthread": 1},
                        xgb.DMatrix(rows, label=label), 10)
    return ModelVersion(MODELS[0], "1", "run", booster, calibration.Calibration(0.5, -1.0), ("a", "b", "c"), "", {})


def table(seed: int) -> pa.Table:
    values = np.random.default_rng(seed).normal(size=(400, 3)).astype(np.float32)
    return pa.table({name: values[:, i] for i, name in enumerate("abc")})


def test_contributions_of_a_row_add_up_to_its_calibrated_margin(candidate):
    import xgboost as xgb

    margin = candidate.booster.predict(xgb.DMatrix(table(2)), output_margin=True)
    assert contributions.contributions(candidate, table(2)).sum(axis=1) == pytest.approx(0.5 * margin - 1.0, abs=1e-4)


def test_contributions_are_the_same_from_a_table_and_from_an_array(candidate):
    array = np.column_stack([column.to_numpy() for column in table(2).columns])
    assert np.array_equal(contributions.contributions(candidate, array),
                          contributions.contributions(candidate, table(2)))


def told(causes: TopContributions) -> list[tuple[int, int, float]]:
    """(row, column, contribution) of each cause, in order."""
    return list(zip(*(array.tolist() for array in causes)))


def test_the_strongest_cause_is_the_family_of_the_column_that_made_the_label(candidate):
    parts = contributions.contributions(candidate, table(2))
    best = int(np.argmax(parts.sum(axis=1)))
    assert contributions.top_contributions(parts[best:best + 1], ("made it", "rest", "rest")).column[0] == 0


def test_a_family_adds_up_its_columns_and_is_told_by_the_strongest_of_them():
    parts = np.array([[0.5, 0.3, 0.4, -9.0]])  # the last column is the same for every row
    assert told(contributions.top_contributions(parts, ("x", "y", "y"))) == [(0, 2, 0.3 + 0.4), (0, 0, 0.5)]


def test_columns_of_a_family_need_not_lie_beside_each_other():
    parts = np.array([[0.5, 0.3, 0.4, 0.1, 0.0]])
    assert told(contributions.top_contributions(parts, ("y", "x", "y", "x"))) == [(0, 0, 0.5 + 0.4), (0, 1, 0.3 + 0.1)]


def test_a_column_that_lowers_the_score_takes_from_its_family():
    parts = np.array([[0.5, 0.3, -0.4, 0.0]])
    assert told(contributions.top_contributions(parts, ("x", "y", "y"))) == [(0, 0, 0.5)]


def test_equal_families_come_in_the_order_of_their_columns():
    parts = np.array([[0.2, 0.2, 0.2, 0.0]])
    assert contributions.top_contributions(parts, ("z", "a", "m")).column.tolist() == [0, 1, 2]


def test_of_equal_columns_the_first_tells_of_the_family():
    parts = np.array([[0.1, 0.2, 0.2, 0.0], [0.2, -0.2, 0.2, 0.0]])
    assert contributions.top_contributions(parts, ("x", "x", "x")).column.tolist() == [1, 0]


def test_five_families_at_most():
    parts = np.array([[*np.arange(7.0, 0, -1), 0.0]])
    assert contributions.top_contributions(parts, "abcdefg").contribution.tolist() == [7, 6, 5, 4, 3]


def test_a_row_that_nothing_raises_has_no_cause():
    parts = np.array([[0.5, 0.0, 9.0], [-0.5, 0.0, 9.0], [0.0, 0.3, 9.0]])
    assert told(contributions.top_contributions(parts, "xy")) == [(0, 0, 0.5), (2, 1, 0.3)]
    assert told(contributions.top_contributions(parts[1:2], "xy")) == []


def test_rows_told_together_are_told_as_alone_to_the_last_bit():
    parts = np.random.default_rng(3).normal(size=(50, 41))  # so many of a family that the order of a sum shows
    families = ["x"] * 20 + ["y", "z"] * 10
    together = told(contributions.top_contributions(parts, families))
    assert together == [(row, column, contribution) for row in range(50)
                        for _, column,
                        contribution in told(contributions.top_contributions(parts[row:row + 1], families))]
