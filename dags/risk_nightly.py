"""# The nightly run

Computes audited risk tables from raw events, for the day that ended at midnight UTC.

`ingest` ingests the day and any missed earlier day. `validate_events` audits and commits it. `build_features` and
`validate_features` do the same for features. `score` scores with the champions, and `validate_scores` audits and
commits the scores. `decide` writes the tables of decisions and experiments by the policies.
`publish` writes `seller_risk_daily`, `user_risk_daily`, `creator_risk_daily` and `order_risk_daily`.
`estimate_effects` writes `effect_daily`: what the arms of experiments change. It writes `prevalence_weekly` too: how
frequent each risk is, by random reviews.
`attribute_cases` writes `case_attribution_daily`: who is responsible for each open case, and what to do about it.
`update_loss_ledger` writes `loss_ledger` and `loss_monthly`: what changed in the books, and what each month has cost.
It writes `governance_funnel_daily` too, how far the line got with confirmed incidents, and `goal_daily`.
`displacement_weekly` says where the attacks of stopped units go.
`audit_cases` writes `case_fairness_weekly`: for whom decisions about cases err, of the weeks to the day.
`vacuum` deletes files that no readable version needs.

A second run of a day gives the same rows. A failed audit stops the run, and yesterday's good version stays readable.
One Spark server serves all tasks; it stops after success and after failure.

To run another day, trigger the DAG with `{"ds": "2026-11-20"}`.
"""

from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from dags.job_operator import JobOperator, validation
from dags.spark_tasks import run_settings, spark_server

with DAG(
    "risk_nightly",
    doc_md=__doc__,
    # Files of a day land until the next morning; the start of the interval is the run's day.
    schedule=CronDataIntervalTimetable("0 4 * * *", timezone="UTC"),
    **run_settings(),
) as dag:
    start_spark, stop_spark = spark_server()
    ingest = JobOperator(job="ingest")
    validate_events = validation("events")
    build_features = JobOperator(job="build_features")
    validate_features = validation("features")
    score = JobOperator(job="score")
    validate_scores = validation("scores")
    decide = JobOperator(job="decide", commits="decisions")
    publish = JobOperator(job="publish", commits="publish")
    estimate_effects = JobOperator(job="estimate_effects", commits="effects")
    attribute_cases = JobOperator(job="attribute_cases", commits="cases")
    update_loss_ledger = JobOperator(job="update_loss_ledger", commits="ledger")
    audit_cases = JobOperator(job="audit_cases", commits="fairness")
    vacuum = JobOperator(job="vacuum")

    (start_spark >> ingest >> validate_events >> build_features >> validate_features >> score
     >> validate_scores >> decide >> publish >> estimate_effects >> attribute_cases
     >> update_loss_ledger >> audit_cases >> vacuum >> stop_spark)
