"""Differences between the marketplaces with and without actions, event by event, with the entity that caused each."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from jobs.simulate import columns, ids
from jobs.simulate.rows import Rows, concat
from jobs.simulate.verdicts import RISK_NAMES

COMMISSION = 0.08  # the platform's share of an order's amount; cents are cut off for each order
ORDER, CASE, HELD = EVENTS = ("order", "case", "held_order")
SUMS = ("loss_prevented_cents", "trade_lost_cents", "commission_lost_cents", "returned_loss_cents")


@dataclass
class Differences:
    """Events that happen in one of the two marketplaces alone."""

    parts: list[Rows] = field(default_factory=list)

    def add(self, day: int, event: str, number: np.ndarray, cause: Rows, *, amount: np.ndarray, trade: np.ndarray,
            loss: np.ndarray, returned: bool = False) -> None:
        """Record events of a day.

        Args:
            cause: entity (position in DECIDED_ON), who (its number), risk (position in RISK_NAMES; -1: honest).
            trade: the part of the amount that is honest trade, minor units.
            returned: whether the events happen only with actions, because a stopped attacker returned.
        """
        size = len(number)
        self.parts.append({
            "day": np.full(size, day), "event": np.full(size, EVENTS.index(event)), "number": number,
            "returned": np.full(size, returned), "amount": amount, "trade": trade, "loss": loss,
            **{name: cause[name] for name in ("entity", "who", "risk")}})

    def table(self, first_day: np.datetime64) -> pa.Table:
        """Return one row per event: day, event, event_id, only_with_actions, amounts, and who caused it."""
        nothing = {name: np.zeros(0, int) for name in ("day", "event", "number", "amount", "trade", "loss", "entity",
                                                       "who", "risk")} | {"returned": np.zeros(0, bool)}
        rows = concat([nothing, *self.parts])
        sign = np.where(rows["returned"], -1, 1)
        commission = sign * (rows["trade"] * COMMISSION).astype(np.int64)
        return pa.table({
            "day": ids.calendar_days(rows["day"], first_day).cast(pa.date32()),
            "event": ids.named(EVENTS, rows["event"]),
            "event_id": _event_ids(rows), "only_with_actions": rows["returned"], "amount_cents": rows["amount"],
            "entity": ids.named(columns.DECIDED_ON, rows["entity"]),
            "entity_id": columns.entity_ids(rows["entity"], rows["who"]),
            "risk": ids.named(RISK_NAMES, rows["risk"]), "was_attacker": rows["risk"] >= 0,
            "loss_prevented_cents": np.where(rows["returned"], 0, rows["loss"]),
            "trade_lost_cents": sign * rows["trade"], "commission_lost_cents": commission,
            "returned_loss_cents": np.where(rows["returned"], rows["loss"], 0),
        }).sort_by([("day", "ascending"), ("event", "ascending"), ("event_id", "ascending")])


def prevented(differences: pa.Table) -> pa.Table:
    """Return the sums by day and entity: what its actions prevented, and what they cost. Null risk: honest."""
    keys = ["day", "entity", "entity_id", "risk", "was_attacker"]
    sums = differences.group_by(keys, use_threads=False).aggregate([(name, "sum") for name in SUMS])
    return sums.rename_columns([name.removesuffix("_sum") for name in sums.column_names]).select(
        [*keys, *SUMS]).sort_by([(name, "ascending") for name in keys[:4]])


def _event_ids(rows: Rows) -> pa.Array:
    order, case = (ids.numbered(prefix, rows["number"], 9) for prefix in ("o", "c"))
    return pa.array(np.where(rows["event"] == EVENTS.index(CASE), case.to_numpy(zero_copy_only=False),
                             order.to_numpy(zero_copy_only=False)), pa.string())
