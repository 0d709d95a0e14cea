"""The truth of cases as a table: what happened, whose fault it was, and what the desk made of it."""

import numpy as np
import pyarrow as pa

from jobs.simulate import columns, ids
from jobs.simulate.after_sales.happenings import HAPPENINGS, PARTIES
from jobs.simulate.legitimate import claims
from jobs.simulate.rows import Rows, concat, count, take

REMEMBERED = ("number", "order", "seller", "time", "kind", "reason", "happening", "fault", "by_attacker", "responsible",
              "second_responsible", "is_biased", "best", "best_probability", "acted")


def remembered(cases: Rows) -> Rows:
    """Return what the truth keeps of decided cases; `best` is the likeliest party by the planted model."""
    best = cases["posterior"].argmax(axis=1)
    rows = cases | {"best": best, "best_probability": cases["posterior"].max(axis=1),
                    "acted": cases.get("acted", np.ones(count(cases), bool))}
    return {name: rows[name] for name in REMEMBERED}


def table(parts: list[Rows], first_day: np.datetime64, with_actions: bool) -> pa.Table:
    """Return one row per case, ordered by case; `with_actions` leaves out cases that actions prevented."""
    rows = concat([_no_cases(), *parts])
    rows = take(rows, rows["acted"]) if with_actions else rows
    rows = take(rows, np.argsort(rows["number"]))
    return pa.table({
        "case_id": ids.numbered("c", rows["number"], 9), "order_id": ids.numbered("o", rows["order"], 9),
        "seller_id": columns.entity_id("seller", rows["seller"]),
        "opened_at": ids.timestamps(rows["time"], first_day),
        "kind": ids.named(claims.KINDS, rows["kind"]), "reason": ids.named(claims.REASONS, rows["reason"]),
        "happening": ids.named(HAPPENINGS, rows["happening"]), "fault": ids.named(PARTIES, rows["fault"]),
        "claimed_by_attacker": rows["by_attacker"], "desk": ids.named(claims.PARTIES, rows["responsible"]),
        "desk_is_biased": rows["is_biased"],
        "second_reviewer": ids.named(claims.PARTIES, rows["second_responsible"]),
        "best": ids.named(PARTIES, rows["best"]), "best_probability": rows["best_probability"],
    })


def _no_cases() -> Rows:
    kinds = {"by_attacker": bool, "is_biased": bool, "acted": bool, "best_probability": float}
    return {name: np.zeros(0, kinds.get(name, np.int64)) for name in REMEMBERED}
