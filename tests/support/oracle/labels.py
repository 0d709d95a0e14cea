"""Which decisions stand, in plain Python loops: written apart from features/labels.py and features/aggregation/point_in_time.py."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from features.risks import Risk

Row = dict[str, Any]


def stands(decisions: Iterable[Row]) -> bool:
    """Whether decisions about one entity and one risk, all known, leave it confirmed: no reversal is among the last."""
    decisions = list(decisions)
    last = max((d["decided_at"] for d in decisions), default=None)
    return bool(decisions) and all(d["confirmed"] for d in decisions if d["decided_at"] == last)


def about(verdicts: Iterable[Row], entity: str) -> dict[tuple[str, str], list[Row]]:
    """Decisions about one kind of entity, by (entity id, risk)."""
    found = defaultdict(list)
    for v in verdicts:
        if v["entity"] == entity:
            found[v["entity_id"], v["risk"]].append(v)
    return found


def known(verdicts: Iterable[Row], entity: str, as_ofs: Iterable[dt.date]) -> set[tuple]:
    """(as_of, entity id, risk, when it was last decided) of the risks that stand confirmed."""
    found = set()
    for (who, risk), decisions in about(verdicts, entity).items():
        for as_of in as_ofs:
            arrived = [d for d in decisions if d["ds"] <= as_of]
            if stands(arrived):
                found.add((as_of, who, risk, max(d["decided_at"] for d in arrived)))
    return found


def incidents(decisions: Sequence[Row]) -> list[Row]:
    """Confirmations of one entity and risk that were taken after every reversal."""
    back = [d["decided_at"] for d in decisions if not d["confirmed"]]
    return [d for d in decisions if d["confirmed"] and all(d["decided_at"] > taken for taken in back)]


def labels(verdicts: Iterable[Row], who: Sequence[str], risk: Risk, as_ofs: Sequence[dt.date],
           known_by: dt.date) -> dict[tuple, tuple[int, int]]:
    """{(as_of, entity id): (label, loss)} of a risk with a horizon; who stands confirmed as of the day has none."""
    decided, found = about(verdicts, risk.entity), {}
    for one in who:
        decisions = decided.get((one, risk.name), [])
        for as_of in as_ofs:
            if stands(d for d in decisions if d["ds"] <= as_of):
                continue
            ahead = {as_of + dt.timedelta(days=n) for n in range(1, risk.horizon_days + 1)}
            touched = [d for d in incidents([d for d in decisions if d["ds"] <= known_by]) if ahead & set(lasted(d))]
            found[as_of, one] = int(bool(touched)), sum(d["loss_cents"] or 0 for d in touched)
    return found


def lasted(incident: Row) -> list[dt.date]:
    """The days of an incident: one where nobody named the last."""
    first, last = incident["incident_from"], incident["incident_to"] or incident["incident_from"]
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
