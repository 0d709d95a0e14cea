"""Train as the settings say and write the scores of the test rows: a process, because a process has one Spark.

Usage: python tests/support/trained_on_cluster.py OUT.npy, with SPARK_MASTER in the environment.
"""

import sys
from pathlib import Path

import numpy as np

from jobs.engines import spark
from jobs.training.boosting import matrix, train_model
from tests.jobs.training.test_spark_boosting import MODEL, parts

if __name__ == "__main__":
    train, validation, test = parts()
    learnt = train_model(MODEL, train, validation, seed=7)
    spark.close()
    assert learnt.booster.feature_names == train.features.column_names
    np.save(Path(sys.argv[1]), learnt.booster.predict(matrix(test)))
