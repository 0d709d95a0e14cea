"""Confirmed risks and labels in plain Python loops.

They are written independently of features/labels.py and features/aggregation/point_in_time.py.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from features.risks import Risk

Row = dict[str, Any]


def stands(decisions: Iterable[Row]) -> bool:
    """Return whether decisions about one entity and one risk leave it confirmed: none of the latest is a reversal."""
    decisions = list(decisions)
    last = max((d["decided_at"] for d in decisions), default=None)
    return bool(decisions) and all(d["confirmed"] for d in decisions if d["decided_at"] == last)


def about(verdicts: Iterable[Row], entity: str) -> dict[tuple[str, str], list[Row]]:
    """Return the decisions about one kind of entity, by (entity id, risk)."""
    by_entity_and_risk = defaultdict(list)
    for verdict in verdicts:
        if verdict["entity"] == entity:
            by_entity_and_risk[verdict["entity_id"], verdict["risk"]].append(verdict)
    return by_entity_and_risk


def known(verdicts: Iterable[Row], entity: str, as_ofs: Iterable[dt.date]) -> set[tuple]:
    """Return (as_of, entity id, risk, time of the last decision) of the confirmed risks."""
    confirmed = set()
    for (entity_id, risk), decisions in about(verdicts, entity).items():
        for as_of in as_ofs:
            arrived = [d for d in decisions if d["ds"] <= as_of]
            if stands(arrived):
                confirmed.add((as_of, entity_id, risk, max(d["decided_at"] for d in arrived)))
    return confirmed


def incidents(decisions: Sequence[Row]) -> list[Row]:
    """Return the confirmations of one entity and risk that were decided after every reversal."""
    reversals = [d["decided_at"] for d in decisions if not d["confirmed"]]
    return [d for d in decisions if d["confirmed"] and all(d["decided_at"] > reversed_at for reversed_at in reversals)]


def labels(verdicts: Iterable[Row], entity_ids: Sequence[str], risk: Risk, as_ofs: Sequence[dt.date],
           label_cutoff: dt.date) -> dict[tuple, tuple[int, int]]:
    """Return {(as_of, entity id): (label, loss)} of a risk with a horizon, without entities confirmed as of the day."""
    by_entity_and_risk, labelled = about(verdicts, risk.entity), {}
    for entity_id in entity_ids:
        decisions = by_entity_and_risk.get((entity_id, risk.name), [])
        for as_of in as_ofs:
            if stands(d for d in decisions if d["ds"] <= as_of):
                continue
            horizon = {as_of + dt.timedelta(days=n) for n in range(1, risk.horizon_days + 1)}
            touched = [d for d in incidents([d for d in decisions if d["ds"] <= label_cutoff])
                       if horizon & set(lasted(d))]
            labelled[as_of, entity_id] = int(bool(touched)), sum(d["loss_cents"] or 0 for d in touched)
    return labelled


def lasted(incident: Row) -> list[dt.date]:
    """Return the days of an incident: one day where the last day is null."""
    first, last = incident["incident_from"], incident["incident_to"] or incident["incident_from"]
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
