"""Airflow's assets: one for each audited table, and what a task tells of a table that it has committed.

Another DAG runs after a table with `schedule=[Asset("seller_risk_daily")]`. Only a commit makes an event: a task that
found nothing new ends well and makes none. Tiles and logs are internal and no assets.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset

from jobs.storage import catalog

if TYPE_CHECKING:
    from jobs.storage.lake import Lake

# Stage of an audit, as in `python -m jobs.validate --stage`, and the kind of the tables that it commits.
COMMITTED_KINDS = {"events": catalog.Stage.EVENT, "features": catalog.Stage.FEATURE, "labels": catalog.Stage.LABEL,
                   "scores": catalog.Stage.SCORE, "decisions": catalog.Stage.DECISION,
                   "publish": catalog.Stage.RISK, "effects": catalog.Stage.EFFECT, "ledger": catalog.Stage.LEDGER,
                   "cases": catalog.Stage.CASE, "fairness": catalog.Stage.FAIRNESS}


def assets_of(stage: str | None) -> list[Asset]:
    """Return the assets of the tables that a stage commits; none without a stage."""
    return [Asset(table.name) for table in catalog.tables() if stage and table.stage is COMMITTED_KINDS[stage]]


def commits_of(lake: "Lake", stage: str, ds: str) -> dict[str, dict[str, Any]]:
    """Return the extras of the event of each table that the lake's run has committed in a stage.

    Returns:
        By table: `ds`, `run_id`, `rows`, `version` of the Delta table, the first and the last day of the commit, and
        `audit`: how many expectations there were, and a sentence for each that failed.
    """
    from jobs.storage import run_manifest

    manifest = run_manifest.read(lake, lake.run_id) or {}
    results = lake.get_json(f"_validations/ds={ds}/{lake.run_id}-{stage}.json") or []
    return {table: {"ds": ds, "run_id": lake.run_id, "rows": output["rows"], "version": output["version"],
                    "first_day": output["days"][0], "last_day": output["days"][-1],
                    "audit": _audit(result for result in results if result["table"] == table)}
            for table, output in manifest.get("outputs", {}).items()
            if output["stage"] == stage and not output.get("reused")}


def _audit(results: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    results = list(results)
    return {"expectations": len(results),
            "failed": [f"{result['about']}: {result['observed']}, expected {result['expected']}"
                       for result in results if not result["success"]]}


def day_of_events(events: Mapping[Asset, Iterable[Any]] | None) -> str | None:
    """Return the latest day of the events that started a run; None where none of them names a day."""
    return max((event.extra["ds"] for of_asset in (events or {}).values() for event in of_asset
                if "ds" in (event.extra or {})), default=None)
