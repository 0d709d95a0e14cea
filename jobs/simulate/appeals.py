"""Appeals against stops: half of the honest appeal, few attackers; decided days later, mostly rightly."""

from dataclasses import dataclass, field

import numpy as np

from jobs.simulate import rhythm
from jobs.simulate.agenda import Agenda
from jobs.simulate.ids import ADDED, NEVER, of_day
from jobs.simulate.rows import Rows, concat, count, take
from jobs.simulate.seeds import lots

BY_HONEST, BY_ATTACKERS = 0.5, 0.05  # shares of stops with an appeal
FILED_WITHIN = 4  # days from the stop to the appeal, at most; at least one
SOONEST, LATEST = 2, 9  # days from the appeal to its decision
RIGHT = 0.9  # share of right decisions
COMPENSATION_A_DAY = 500  # minor units for each day of the stop, if the appeal is upheld
OUTCOMES = ("open", "upheld", "rejected")
OPEN, UPHELD, REJECTED = range(3)


@dataclass
class Appeals:
    """Appeals to be filed and to be decided, by day."""

    seed: int
    agenda: Agenda = field(default_factory=Agenda)

    def hear(self, stops: Rows, attacker: np.ndarray, day: int) -> None:
        """Plan the appeals against today's stops."""
        key = stops["entity"], stops["number"], day
        chance = [lots(self.seed, "appeals", which, *key) for which in range(4)]
        filed = day + 1 + (chance[1] * FILED_WITHIN).astype(int)
        decided = filed + SOONEST + (chance[2] * (LATEST + 1 - SOONEST)).astype(int)
        upheld = (chance[3] < RIGHT) != attacker
        rows = {"entity": stops["entity"], "who": stops["number"], "action_id": stops["action_id"],
                "stopped": np.full(count(stops), day), "filed": filed, "decided": decided, "upheld": upheld}
        rows = take(rows, chance[0] < np.where(attacker, BY_ATTACKERS, BY_HONEST))
        for column in ("filed", "decided"):
            self.agenda.add_by(column, rows)

    def due(self, day: int) -> Rows | None:
        """Return the appeals that are filed or decided today."""
        parts = self.agenda.due(day)
        return concat(parts) if parts else None


def log(rows: Rows, day: int) -> Rows:
    """Return rows of `appeals`: an open one on the day of filing, another one with the outcome."""
    size, closed = count(rows), rows["decided"] == day
    paid = closed & rows["upheld"]
    return {"number": of_day(day, size, ADDED),
            "time": rows["filed"] * rhythm.DAY + 36_000, "entity": rows["entity"], "who": rows["who"],
            "action_id": rows["action_id"],
            "outcome": np.where(closed, np.where(rows["upheld"], UPHELD, REJECTED), OPEN),
            "closed_at": np.where(closed, rows["decided"] * rhythm.DAY + 50_000, NEVER),
            "compensation": np.where(paid, (rows["decided"] + 1 - rows["stopped"]) * COMPENSATION_A_DAY,
                                     np.where(closed, 0, -1))}
