"""# Training

Trains every model as of the day, measures it on the test weeks, and moves the alias `champion` if the challenger wins
on the same rows.

The DAG runs every week. To run another day, trigger it with `{"ds": "2026-11-20"}`. Results are in MLflow, one
experiment a model.
"""

from airflow.sdk import DAG, TaskGroup
from airflow.timetables.interval import CronDataIntervalTimetable

from dags.job_operator import JobOperator, validation
from dags.spark_tasks import run_settings, spark_server
from jobs.training.models import MODELS

with DAG(
    "risk_training",
    doc_md=__doc__,
    # Sunday's nightly run has ended at this hour.
    schedule=CronDataIntervalTimetable("0 8 * * 1", timezone="UTC"),
    **run_settings(),
) as dag:
    start_spark, stop_spark = spark_server()
    ingest = JobOperator(job="ingest")
    validate_events = validation("events")
    build_features = JobOperator(job="build_features", arguments=["--training"])
    validate_features = validation("features")
    build_labels = JobOperator(job="build_labels", commits="labels")

    (start_spark >> ingest >> validate_events >> build_features >> validate_features >> build_labels)

    train_cases = JobOperator(job="train_cases")
    validate_events >> train_cases >> stop_spark

    for model in MODELS:
        with TaskGroup(model.registered_name):
            train, evaluate, promote = (JobOperator(job=job, arguments=["--model", model.name])
                                        for job in ("train", "evaluate", "promote"))
            train >> evaluate >> promote
        build_labels >> train
        promote >> stop_spark
