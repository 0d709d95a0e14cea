"""# Sellers of high risk

A DAG of a team of its own. It runs after each commit of `seller_risk_daily`, reads the committed version, and logs how
many sellers have each level. Copy the file into Airflow's DAG folder and change the task.
"""

import datetime as dt

from airflow.sdk import DAG, Asset, task

SELLERS = Asset("seller_risk_daily")

with DAG("high_risk_sellers", doc_md=__doc__, schedule=[SELLERS], catchup=False,
         start_date=dt.datetime(2000, 1, 1, tzinfo=dt.UTC), default_args={"owner": "trust"}, tags=["example"]):

    @task
    def count_levels(triggering_asset_events=None) -> dict[str, int]:
        """Return the number of sellers of each level, as of the newest commit that started this run."""
        from collections import Counter

        from jobs.settings import load_settings
        from jobs.storage.lake import Lake, Pin

        # Commits that arrive while a run waits start one run together.
        commit = max((event.extra for event in triggering_asset_events[SELLERS]), key=lambda extra: extra["version"])
        root = load_settings().lake
        # The version is pinned: a later commit does not change what this run reads.
        lake = Lake(root, pins={SELLERS.name: Pin(root, commit["version"])})
        day = dt.date.fromisoformat(commit["ds"])
        levels = Counter(lake.arrow(SELLERS.name, [day]).to_table(columns=["risk_level"])["risk_level"].to_pylist())
        print(f"{day}: {commit['rows']} sellers, version {commit['version']}, {dict(levels)}")
        return dict(levels)

    count_levels()
