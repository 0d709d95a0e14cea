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
    """Return the live policies with a candidate in the place of those that decide on its risks.

    The candidate takes the name of the first policy that it replaces, so that its cooldowns follow from the same
    history. A replaced policy keeps the risks that the candidate does not decide on. Of the shadows, those stay that
    the arms of experiments name: units keep their arms in a back-test.
    """
    live = policies.live(ds)
    named = {name for each in policies.experiments if each.is_in_force(ds) for name in each.policies}
    of_arms = tuple(policy for policy in policies.shadow(ds) if policy.name in named)
    if candidate is None:
        return replace(policies, policies=(*live, *of_arms))
    replaced = [policy for policy in live if _share_risks(policy, candidate)]
    name = replaced[0].name if replaced else candidate.name
    rest = [replace(policy, risks=tuple(risk for risk in policy.risks if risk not in candidate.risks))
            if policy in replaced else policy for policy in live]
    stays = [policy for policy in rest if policy.risks]
    taken = any(policy.name == name for policy in stays)
    name = candidate.name if taken else name
    as_live = replace(candidate, status=LIVE, first_day=dt.date.min, last_day=None,
                      name=f"{name}.candidate" if name in named else name)
    return replace(policies, policies=(*sorted([*stays, as_live], key=lambda policy: policy.name), *of_arms))


def _share_risks(policy: Policy, other: Policy) -> bool:
    return policy.entity == other.entity and bool(set(policy.risks) & set(other.risks))


def queues(policies: Policies, candidates: Sequence[Policy | None], days: Sequence[dt.date]) -> set[str]:
    """Return the queues that a back-test is about: of each candidate, and of the live policies that it replaces.

    Without a candidate it is about all of them.
    """
    named = [candidate for candidate in candidates if candidate]
    live = [policy for ds in days for policy in policies.live(ds)]
    return {policy.queue for policy in (*named, *live)
            if policy in named or not named or any(_share_risks(policy, candidate) for candidate in named)}


def decisions(lake: Lake, days: Sequence[dt.date], policies: Policies, candidates: Sequence[Policy | None],
              scores: Mapping[tuple[dt.date, str], pa.Table] | None = None) -> list[pa.Table]:
    """Return the rows of `decision_daily` that the live policies would have made with each candidate, day after day.

    Cooldowns follow from the lake's decisions before the first day, and then from the rows of the back-test itself.
    Rows of other queues are left out: they share no minutes with these.

    Args:
        days: days with kept scores.
        candidates: each replaces the live policies of its risks; None: the live policies as they are.
        scores: scores by day and entity in the place of the kept ones.

    Returns:
        A table for each candidate.
    """
    names = queues(policies, candidates, days)
    entities = {risk.split("/")[0] for name in names for risk in policies.queues[name].risks}
    made = [no_decisions() for _ in candidates]
    for ds in days:
        of_day = {entity: table for (day, entity), table in (scores or {}).items() if day == ds}
        with connect() as db:
            facts = open_day(db, lake, ds, entities, of_day)
            for place, candidate in enumerate(candidates):
                live = portfolio(policies, candidate, ds)
                rows = as_decision_daily(decide(day_state.load(facts, live, (days[0], made[place])), live,
                                                lake.run_id).rows)
                in_queues = rows.filter(pc.and_(pc.equal(rows["mode"], LIVE),
                                                pc.is_in(rows["queue"], pa.array(sorted(names), pa.string()))))
                made[place] = pa.concat_tables([made[place], in_queues])
    return made


def no_decisions() -> pa.Table:
    """Return `decision_daily` without rows."""
    return arrow_schema(catalog.DECISION_DAILY).empty_table()


def as_decision_daily(rows: pa.Table) -> pa.Table:
    """Return the rows of `decide` with all columns of `decision_daily`: nobody reviews them, so no row has a rank."""
    schema = arrow_schema(catalog.DECISION_DAILY)
    return rows.append_column("rank_in_queue", pa.nulls(len(rows), pa.int64())).select(schema.names).cast(schema)


def days_over_capacity(rows: pa.Table) -> int:
    """Return the number of days on which a row got no action for want of minutes."""
    return len(rows.filter(pc.equal(rows["suppressed_by"], CAPACITY))["ds"].unique())
