"""Rows that are planned for a later day, by that day."""

from dataclasses import dataclass, field

import numpy as np

from jobs.simulate.rows import Rows, take


@dataclass
class Agenda:
    """Planned rows by day. Those of a day keep the order in which they were added."""

    planned: dict[int, list[Rows]] = field(default_factory=dict)

    def add(self, day: int, rows: Rows) -> None:
        """Plan rows for a day."""
        self.planned.setdefault(day, []).append(rows)

    def add_by(self, column: str, rows: Rows) -> None:
        """Plan each row for the day in a column."""
        for day in np.unique(rows[column]):
            self.add(int(day), take(rows, rows[column] == day))

    def due(self, day: int) -> list[Rows]:
        """Return the rows of a day, and forget them."""
        return self.planned.pop(day, [])
