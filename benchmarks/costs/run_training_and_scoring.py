"""Run training and scoring once, for `benchmarks.costs.memory`.

    python -m benchmarks.costs.run_training_and_scoring ROWS
"""

import sys

from benchmarks import benchmark_lake
from benchmarks.costs import boosters, learning
from jobs.scoring import predict
from jobs.training import boosting, models

if __name__ == "__main__":
    rows = int(sys.argv[1])
    model = models.of_entity(learning.ENTITY)[0]
    boosting.train_model(model, *(boosters.made_up(model, rows // part, part) for part in (20, 40)), boosters.SEED)
    predict.scores(learning.rows_to_score(rows // 4), learning.ENTITY, benchmark_lake.LAST,
                   boosters.made(learning.ENTITY))
