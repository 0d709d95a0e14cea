"""The tables of decisions: their rows of some days, audit and commit."""

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa

from jobs.decisions import candidate_rows, day_state, exposure, review_queue
from jobs.decisions.day_facts import open_day
from jobs.decisions.day_state import DayState
from jobs.decisions.decide_day import DayDecisions, decide
from jobs.decisions.policy_files import Policies
from jobs.decisions.review_queue import Entry
from jobs.integrity.table_check import require_unchanged
from jobs.quality.commit_gate import audit_and_commit
from jobs.quality.stages import decision_audits
from jobs.runtime import console
from jobs.storage import catalog, run_manifest
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from jobs.storage.query import connect

TABLES = (catalog.DECISION_DAILY, catalog.REVIEW_QUEUE_DAILY, catalog.EXPERIMENT_UNITS, catalog.EXPOSURE_DAILY)
HOUR = 60  # minutes


def decide_and_commit(lake: Lake, days: Sequence[dt.date], policies: Policies) -> None:
    """Write, audit and commit the decisions of some days, in order: a day's cooldowns read the days before it."""
    by_table = {table: [arrow_schema(table).empty_table()] for table in TABLES}
    for day in days:
        _require_whole_scores(lake, day)
        with connect() as db:
            made = pa.concat_tables(by_table[catalog.DECISION_DAILY])
            enrolled = pa.concat_tables(by_table[catalog.EXPERIMENT_UNITS])
            state = day_state.load(open_day(db, lake, day), policies, (days[0], made), enrolled, days[-1])
            decisions = decide(state, policies, lake.run_id)
            queue = review_queue.entries(state, decisions.rows)
            by_table[catalog.DECISION_DAILY].append(review_queue.with_ranks(decisions.rows, queue))
            by_table[catalog.REVIEW_QUEUE_DAILY].append(review_queue.table(state, queue))
            by_table[catalog.EXPERIMENT_UNITS].append(pa.Table.from_pylist(
                decisions.units, arrow_schema(catalog.EXPERIMENT_UNITS)))
            by_table[catalog.EXPOSURE_DAILY].append(exposure.table(state))
            _log(state, policies, decisions, queue)
    for table, parts in by_table.items():
        lake.stage(lake.write_table(pa.concat_tables(parts), table.name, days, metadata={"policies": policies.version}))
    run_manifest.add_section(lake, "policy", {"version": policies.version, "policies": {
        policy.name: policy.version for policy in policies.policies}, "experiments": {
        experiment.name: experiment.version for experiment in policies.experiments}})
    audit_and_commit(None, lake, "decisions", days[-1], decision_audits())


def _require_whole_scores(lake: Lake, day: dt.date) -> None:
    for entity in candidate_rows.scored_entities(lake, day):
        require_unchanged(lake, catalog.scores(entity).name, [day])


def _log(state: DayState, policies: Policies, decisions: DayDecisions, queue: Sequence[Entry]) -> None:
    """Log what each queue does and what an hour more would be worth, and where losses are only assumed."""
    for price in decisions.prices:
        reviews = sum(entry.queue == price.queue for entry in queue)
        console.log(f"{price.queue}, {state.ds}: {reviews} reviews in {price.minutes:,.0f} of "
                    f"{price.minutes_a_day:,.0f} minutes; one more hour would be worth "
                    f"{price.price_cents_a_minute * HOUR:,.0f} cents")
    assumed = [f"{policy.entity}/{risk}" for policy in policies.live(state.ds) for risk in policy.risks
               if policy.entity in state.facts.entities and not state.loss_models[policy.name, risk].incidents]
    if assumed:
        console.log(f"no confirmed losses of {', '.join(assumed)}: the losses that the policies assume serve")
