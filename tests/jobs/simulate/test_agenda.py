"""Tests of rows that are planned for a later day."""

import numpy as np

from jobs.simulate.agenda import Agenda


def test_rows_come_once_on_their_day_in_the_order_of_planning() -> None:
    agenda = Agenda()
    rows = {"who": np.array([1, 2, 3]), "filed": np.array([5, 4, 5]), "decided": np.array([7, 7, 9])}
    agenda.add(7, {"who": np.array([9])})
    for column in ("filed", "decided"):
        agenda.add_by(column, rows)
    assert [part["who"].tolist() for part in agenda.due(5)] == [[1, 3]]
    assert agenda.due(5) == []
    assert [part["who"].tolist() for part in agenda.due(7)] == [[9], [1, 2]]
    assert [part["who"].tolist() for part in agenda.due(9)] == [[3]]
