"""What another policy would have decided on past days: the function of the night, over kept scores."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from jobs.decisions import day_state
from jobs.decisions.day_facts import open_day
from jobs.decisions.decide_day import decide
from jobs.decisions.policy_documents import LIVE
from jobs.decisions.policy_files import Policies, Policy
from jobs.decisions.suppression import CAPACITY
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from jobs.storage.query import connect


def portfolio(policies: Policies, candidate: Policy | None, ds: dt.date) -> Policies:
    """Return the live policies with a candidate in the place of those that decide on its risks; no shadows.

    The candidate takes the name of the policy that it replaces, so that cooldowns follow from the same history.
    """
    live = policies.live(ds)
    if candidate is None:
        return replace(policies, policies=live)
    replaced = [policy for policy in live if policy.entity == candidate.entity
                and set(policy.risks) & set(candidate.risks)]
    name = replaced[0].name if replaced else candidate.name
    rest = [replace(policy, risks=tuple(risk for risk in policy.risks if risk not in candidate.risks))
            if policy in replaced else policy for policy in live]
    stays = [policy for policy in rest if policy.risks]
    taken = any(policy.name == name for policy in stays)
    as_live = replace(candidate, status=LIVE, first_day=dt.date.min, last_day=None,
                      name=candidate.name if taken else name)
    return replace(policies, policies=tuple(sorted([*stays, as_live], key=lambda policy: policy.name)))


def decisions(lake: Lake, days: Sequence[dt.date], policies: Policies, candidates: Sequence[Policy | None],
              queue: str, scores: Mapping[tuple[dt.date, str], pa.Table] | None = None) -> list[pa.Table]:
    """Return the rows of `decision_daily` that the live policies would have made with each candidate, day after day.

    Cooldowns follow from the lake's decisions before the first day, and then from the rows of the back-test itself.

    Args:
        days: days with kept scores.
        candidates: each replaces the live policy of its risks; None: the live policies as they are.
        queue: rows of other queues are left out: they share no minutes with these.
        scores: scores by day and entity in the place of the kept ones.

    Returns:
        A table for each candidate.
    """
    schema = arrow_schema(catalog.DECISION_DAILY)
    made = [[schema.empty_table()] for _ in candidates]
    entities = {name.split("/")[0] for name in policies.queues[queue].risks}
    for ds in days:
        of_day = {entity: table for (day, entity), table in (scores or {}).items() if day == ds}
        with connect() as db:
            facts = open_day(db, lake, ds, entities, of_day)
            for rows, candidate in zip(made, candidates):
                live = portfolio(policies, candidate, ds)
                state = day_state.load(facts, live, (days[0], pa.concat_tables(rows)))
                found = decide(state, live, lake.run_id).rows
                found = found.append_column("rank_in_queue", pa.nulls(len(found), pa.int64()))
                rows.append(found.filter(pc.equal(found["queue"], queue)).select(schema.names).cast(schema))
    return [pa.concat_tables(rows) for rows in made]


def keys(tables: Sequence[pa.Table]) -> pa.Table:
    """Return the different keys (ds, entity, entity_id, risk) of several tables of decisions."""
    names = ["ds", "entity", "entity_id", "risk"]
    return pa.concat_tables([table.select(names) for table in tables]).group_by(names).aggregate([])


def days_over_capacity(rows: pa.Table) -> int:
    """Return the number of days on which a row got no action for want of minutes."""
    return len(rows.filter(pc.equal(rows["suppressed_by"], CAPACITY))["ds"].unique())
