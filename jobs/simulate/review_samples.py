"""Reviews of rows that were drawn at random: a reviewer answers within three days, and is mostly right."""

from dataclasses import dataclass, field

import numpy as np

from jobs.simulate import rhythm
from jobs.simulate.agenda import Agenda
from jobs.simulate.ids import ADDED, NEVER, of_day
from jobs.simulate.operations import Conduct
from jobs.simulate.rows import Rows, concat, count
from jobs.simulate.seeds import lots

LONGEST = 3  # days from the draw to the answer, at most; at least one


@dataclass
class ReviewSamples:
    """Samples to be drawn and to be answered, by day of landing."""

    seed: int
    conduct: Conduct
    agenda: Agenda = field(default_factory=Agenda)

    def draw(self, asked: Rows, guilty: np.ndarray) -> None:
        """Plan the open rows of samples, on the day after the decision, and their answers."""
        key = asked["day"], asked["entity"], asked["number"]
        drawn = asked["day"] + 1
        answered = drawn + 1 + (lots(self.seed, "review_samples", 0, *key) * LONGEST).astype(int)
        right = lots(self.seed, "review_samples", 1, *key) < self.conduct.sample_right
        rows = {name: asked[name] for name in ("entity", "decision_id", "risk", "inclusion_probability")}
        rows |= {"who": asked["number"], "drawn": drawn, "answered": answered, "verdict": guilty == right}
        for column in ("drawn", "answered"):
            self.agenda.add_by(column, rows)

    def due(self, day: int) -> Rows | None:
        """Return the samples that are drawn or answered today."""
        parts = self.agenda.due(day)
        return concat(parts) if parts else None


def log(rows: Rows, day: int) -> Rows:
    """Return rows of `review_samples`: an open one on the day of the draw, another one with the answer."""
    size, answered = count(rows), rows["answered"] == day
    return {"number": of_day(day, size, ADDED), "time": rows["drawn"] * rhythm.DAY + 25_000, "entity": rows["entity"],
            "who": rows["who"], "sample_id": rows["decision_id"], "risk": rows["risk"],
            "inclusion_probability": rows["inclusion_probability"],
            "verdict": np.where(answered, rows["verdict"].astype(int), -1),
            "reviewed_at": np.where(answered, rows["answered"] * rhythm.DAY + 45_000, NEVER)}
