"""Run-off triangles: losses by the period in which they were incurred and the periods until they were booked.

A triangle is a square array (periods, ages). Row i is the i-th period, the oldest first. Column d holds everything
that was booked by d periods after it. The cell is NaN where it lies after the last period.
"""

import numpy as np


def known_cells(periods: int) -> np.ndarray:
    """Return the (periods, periods) mask of cells up to the last period."""
    return np.add.outer(np.arange(periods), np.arange(periods)) < periods


def increments(incurred: np.ndarray, delay: np.ndarray, values: np.ndarray, periods: int) -> np.ndarray:
    """Return the triangle of sums per cell, not cumulated; 0 where nothing was booked, NaN after the last period.

    Args:
        incurred: (rows,) number of the period, from 0 for the oldest.
        delay: (rows,) whole periods from the incurred one to the booking.
        values: (rows,) amounts, negative for a verdict that was reversed; ones give counts.

    Raises:
        ValueError: a row lies outside of the triangle.
    """
    incurred, delay = np.asarray(incurred, int), np.asarray(delay, int)
    if len(incurred) and (incurred.min() < 0 or delay.min() < 0 or (incurred + delay).max() >= periods):
        raise ValueError(f"a row lies outside of a triangle of {periods} periods")
    cells = np.zeros((periods, periods))
    np.add.at(cells, (incurred, delay), values)
    return np.where(known_cells(periods), cells, np.nan)


def cumulative(cells: np.ndarray) -> np.ndarray:
    """Return a triangle of increments, cumulated along each row."""
    return np.cumsum(cells, axis=1)


def latest(triangle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the last known value of each row and its age; 0 and -1 for a row without a known cell."""
    known = ~np.isnan(triangle)
    age = np.where(known.any(axis=1), triangle.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1), -1)
    return np.where(age >= 0, triangle[np.arange(len(triangle)), age], 0.0), age
