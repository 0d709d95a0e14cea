"""# Sellers of high risk

A DAG of a team of its own. It runs after each commit of `seller_risk_daily`, reads the committed version, and logs how
many sellers have level high or critical. Copy the file into Airflow's DAG folder and change the task.
"""

import datetime as dt

from airflow.sdk import DAG, Asset, task

SELLERS = Asset("seller_risk_daily")

with DAG("high_risk_sellers", doc_md=__doc__, schedule=[SELLERS], catchup=False,
         start_date=dt.datetime(2000, 1, 1, tzinfo=dt.UTC), default_args={"owner": "trust"}, tags=["example"]):

    @task
    def count_high_risk(triggering_asset_events=None) -> int:
        """Return how many sellers have level high or critical, as of the newest commit that started this run."""
        from jobs.settings import load_settings
        from jobs.storage.lake import Lake, Pin

        # Commits that arrive while a run waits start one run together.
        commit = max((event.extra for event in triggering_asset_events[SELLERS]), key=lambda extra: extra["version"])
        root = load_settings().lake
        # The version is pinned: a later commit does not change what this run reads.
        lake = Lake(root, pins={SELLERS.name: Pin(root, commit["version"])})
        day = dt.date.fromisoformat(commit["ds"])
        levels = lake.arrow(SELLERS.name, [day]).to_table(columns=["risk_level"])["risk_level"].to_pylist()
        found = sum(level in ("high", "critical") for level in levels)
        print(f"{day}: {found} of {commit['rows']} sellers, version {commit['version']}")
        return found

    count_high_risk()
