"""Triangles from rows: every amount in its cell, and cells after the last period unknown."""

import numpy as np
import pytest

from jobs.ledger import triangles


def test_amounts_of_a_cell_are_added_and_later_cells_are_unknown():
    cells = triangles.increments([0, 0, 1, 1], [0, 1, 0, 0], [5.0, -2.0, 3.0, 4.0], 2)
    np.testing.assert_array_equal(cells, [[5, -2], [7, np.nan]])
    np.testing.assert_array_equal(triangles.cumulative(cells), [[5, 3], [7, np.nan]])


@pytest.mark.parametrize("incurred, delay", [(0, 3), (-1, 0), (2, 1), (1, -1)])
def test_a_row_outside_of_the_triangle_is_an_error(incurred, delay):
    with pytest.raises(ValueError, match="outside"):
        triangles.increments([incurred], [delay], [1.0], 3)


def test_the_latest_value_is_the_last_known_one():
    triangle = np.array([[1, np.nan, 4.0], [2, np.nan, np.nan], [np.nan, np.nan, np.nan]])
    value, age = triangles.latest(triangle)
    assert value.tolist() == [4, 2, 0] and age.tolist() == [2, 0, -1]
