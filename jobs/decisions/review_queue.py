"""The reviewers' list of a day: what to look at, in which order, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from features.entities import AS_OF_DAY, FEATURE_SETS
from features.risks import after_sales
from jobs.decisions import rings
from jobs.decisions.day_state import DayState
from jobs.decisions.policy_documents import LIVE
from jobs.decisions.policy_keys import NO_ACTION
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.query import literal

REASONS = 3  # of each risk in `why`
RANDOM = "drawn at random, whatever its score: look at it as a whole"
Row = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """One review: the decisions about an entity, or about the entities of a ring, the most valuable first."""

    queue: str
    ring: str | None
    decisions: Sequence[Row]

    @property
    def minutes(self) -> float:
        return sum(row["minutes"] for row in self.decisions)

    @property
    def value(self) -> float:
        """Value of the actions. A random review has none of its own."""
        return sum(row["value_cents"] for row in self.decisions if _acts(row))

    @property
    def order(self) -> tuple:
        """The place among the entries of the queue: random reviews first, then by value per minute.

        A random review that is left out biases every estimate that rests on them.
        """
        lead = self.decisions[0]
        return (any(_acts(row) for row in self.decisions), -self.value / self.minutes, lead["entity_id"], lead["risk"])


def _acts(row: Row) -> bool:
    return row["suppressed_by"] is None and row["action"] != NO_ACTION


def entries(state: DayState, decisions: pa.Table) -> list[Entry]:
    """Return the reviews of a day, by queue and in the order in which they are done."""
    asked = decisions.filter(pc.and_(pc.equal(decisions["mode"], LIVE), pc.greater(decisions["minutes"], 0)))
    rows = sorted(asked.to_pylist(), key=lambda row: (-row["value_cents"], row["entity_id"], row["risk"]))
    ring_of = {entity: rings.rings(state.db, entity, [row["entity_id"] for row in rows if row["entity"] == entity],
                                   state.ds) for entity in AS_OF_DAY}
    groups: dict[tuple, list[Row]] = {}
    for row in rows:
        ring = ring_of.get(row["entity"], {}).get(row["entity_id"])
        groups.setdefault((row["queue"], row["entity"], ring, None if ring else row["entity_id"]), []).append(row)
    found = [Entry(queue, ring, group) for (queue, _, ring, _), group in groups.items()]
    return sorted(found, key=lambda entry: (entry.queue, entry.order))


def ranked(queue: Sequence[Entry]) -> list[tuple[int, Entry]]:
    """Return each entry with its rank in its queue, from 1.

    Args:
        queue: as `entries` returns it.
    """
    return [(rank, entry) for _, of_queue in groupby(queue, key=lambda entry: entry.queue)
            for rank, entry in enumerate(of_queue, start=1)]


def table(state: DayState, queue: Sequence[Entry]) -> pa.Table:
    """Return the rows of `review_queue_daily`."""
    reasons = _reasons(state, queue)
    rows = [_row(state, rank, entry, reasons) for rank, entry in ranked(queue)]
    return pa.Table.from_pylist(rows, arrow_schema(catalog.REVIEW_QUEUE_DAILY))


def with_ranks(decisions: pa.Table, queue: Sequence[Entry]) -> pa.Table:
    """Return the rows of `decision_daily` with the rank of the review that each is part of."""
    rank_of = {(row["policy"], row["decision_id"]): rank for rank, entry in ranked(queue) for row in entry.decisions}
    keys = zip(decisions["policy"].to_pylist(), decisions["decision_id"].to_pylist())
    ranks = pa.array([rank_of.get(key) for key in keys], pa.int64())
    schema = arrow_schema(catalog.DECISION_DAILY)
    return decisions.append_column("rank_in_queue", ranks).select(schema.names).cast(schema)


def _row(state: DayState, rank: int, entry: Entry, reasons: Mapping[tuple, list[str]]) -> Row:
    lead = entry.decisions[0]
    members = list(dict.fromkeys(row["entity_id"] for row in entry.decisions))
    strongest = max(entry.decisions, key=lambda row: (_acts(row), row["stops"]))
    return {"ds": state.ds, "queue": entry.queue, "rank": rank, "entity": lead["entity"],
            "entity_id": lead["entity_id"], "risks": list(dict.fromkeys(row["risk"] for row in entry.decisions)),
            "ring": entry.ring, "members": members, "action": strongest["action"], "minutes": entry.minutes,
            "value_cents": entry.value, "why": _why(entry, reasons), "links": _links(lead["entity"], members),
            "sampled": any(row["sampled_with"] is not None for row in entry.decisions),
            "decision_ids": [row["decision_id"] for row in entry.decisions]}


def _why(entry: Entry, reasons: Mapping[tuple, list[str]]) -> str:
    """Return the risks of the first member with their scores and reasons, and what links the others to it."""
    lead = entry.decisions[0]
    mine = [row for row in entry.decisions if row["entity_id"] == lead["entity_id"]]
    parts = [_risk_in_words(row, reasons.get((row["entity"], row["entity_id"], row["risk"]), [])) for row in mine]
    others = len({row["entity_id"] for row in entry.decisions}) - 1
    if others:
        parts.append(f"linked over shared identifiers to {others} more of today's reviews")
    return "; ".join(parts)


def _risk_in_words(row: Row, reasons: Sequence[str]) -> str:
    if not _acts(row):
        return RANDOM
    named = f": {', '.join(reasons[:REASONS])}" if reasons else ""
    return f"{row['risk']} {row['score']:.2f}{named}" if row["score"] is not None else f"{row['risk']}{named}"


def _links(entity: str, members: Sequence[str]) -> list[str]:
    """Return queries that show the history of an entry's entities, for `make sql`."""
    table_name, identifier = catalog.risk_daily(entity).name, FEATURE_SETS[entity].id
    return [f"select * from {table_name} where {identifier} = {literal(member)} order by ds"
            for member in members]


def _reasons(state: DayState, queue: Sequence[Entry]) -> dict[tuple, list[str]]:
    """Return the reasons of the rows in the queue in words, by entity, id and risk, the strongest first."""
    words: dict[tuple, list[str]] = {}
    for entity in state.facts.entities:
        wanted = {row["entity_id"] for entry in queue for row in entry.decisions if row["entity"] == entity}
        if not wanted:
            continue
        state.db.register("reviewed", pa.table({"entity_id": pa.array(sorted(wanted), pa.string())}))
        explained = "reasons || after_sales_reasons" if after_sales(entity) else "reasons"
        found = state.db.sql(f"SELECT entity_id, {explained} AS reasons FROM {entity}_rows "
                             "SEMI JOIN reviewed USING (entity_id)")
        for row in found.to_arrow_table().to_pylist():
            for reason in row["reasons"]:
                words.setdefault((entity, row["entity_id"], reason["risk"]), []).append(reason["reason"])
    return words
