"""Training and scoring once, for `benchmarks.cost_memory` to watch: `python -m benchmarks.once_learning ROWS`."""

import sys

from benchmarks import boosters, cost_learning, world
from jobs import boosting, models, score

if __name__ == "__main__":
    rows = int(sys.argv[1])
    model = models.of_entity(cost_learning.ENTITY)[0]
    boosting.learn(model, *(boosters.made_up(model, rows // part, part) for part in (20, 40)), boosters.SEED)
    score.scores(cost_learning.rows_to_score(rows // 4), cost_learning.ENTITY, world.LAST,
                 boosters.made(cost_learning.ENTITY))
