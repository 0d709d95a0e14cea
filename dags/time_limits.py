"""How long a task may take before Airflow ends it.

A limit is at least sixty times the seconds of the step over the demo on Spark (docs/performance.md), so it ends only a
step that hangs. A marketplace with a hundred times the orders of the demo needs larger limits.
"""

import datetime as dt

MINUTES = {
    "spark_server": 5,  # the step itself waits 90 s for the server
    "ingest": 120,
    "validate": 30,
    "build_features": 240,
    "build_labels": 30,
    "train": 120,
    "evaluate": 60,
    "promote": 30,
    "score": 60,
    "decide": 30,
    "publish": 30,
    "estimate_effects": 30,
    "update_loss_ledger": 30,
    "attribute_cases": 30,
    "audit_cases": 30,
    "train_cases": 60,
    "vacuum": 30,
}


def time_limit(job: str) -> dt.timedelta:
    """Return the longest time that a task of a step may take.

    Raises:
        KeyError: the step has no limit; add its line to `MINUTES`.
    """
    return dt.timedelta(minutes=MINUTES[job])
