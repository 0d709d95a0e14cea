"""The rows of `case_attribution_daily`: what is known, decided and recommended about every open case of a day."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from features.case.definitions import PARTIES
from features.case.evidence_definitions import EVIDENCE
from jobs.after_sales.case_evidence import evidence_of
from jobs.after_sales.case_model import Attribution, CaseModel, kinds_of
from jobs.after_sales.case_reasons import reasons
from jobs.after_sales.case_rows import case_rows
from jobs.after_sales.closed_cases import open_cases
from jobs.after_sales.policy import OPTIONS, ResolutionPolicy
from jobs.after_sales.resolution import resolutions

PAID = ("expected_paid_lo", "expected_paid", "expected_paid_hi", "expected_paid_mean")
FACTS = ("case_id", "order_id", "user_id", "seller_id", "kind", "reason")
REGIONS = """SELECT user_id, arg_max(region, (ds, registered_at)) AS region FROM users WHERE ds <= ? GROUP BY user_id"""


def attribution_rows(db: duckdb.DuckDBPyConnection, ds: dt.date, copies: pa.Table, policy: ResolutionPolicy,
                     model: CaseModel | None, tables: set[str], seed: int) -> list[dict[str, Any]]:
    """Return the rows of a day, without model, policy and run, ordered by case.

    Without a model there are facts, evidence and a recommendation to escalate: nobody knows the shares.

    Args:
        db: has the views of `open_money.attach`, up to the day or later.
        copies: as of `image_copies`. tables: the input tables that are there.
        seed: of the day, for the intervals of what will be paid.
    """
    rows = case_rows(db, open_cases(db, ds), copies)
    if not len(rows):
        return []
    kind, matrix = kinds_of(rows), model.responsibility.matrix(rows) if model else None
    said = model.attribute_matrix(matrix, kind) if model else _nothing(len(rows))
    present = evidence_of(rows, EVIDENCE, tables)
    columns = {"evidence": _evidence(present, len(rows)), "paid": _paid(model, rows, matrix, seed),
               "reasons": reasons(model.responsibility, matrix, said.likeliest) if model else [[]] * len(rows),
               "missing": _missing(model, kind, said, present)}
    found = resolutions(policy, said.shares, rows["claim_cents"].to_numpy(zero_copy_only=False), kind,
                        _regions(db, rows, ds), rows["days_from_delivery"].to_numpy(zero_copy_only=False))
    facts = rows.select(FACTS).to_pylist()
    return [{"ds": ds, **facts[row],
             **{f"share_{party}": _number(said.shares[row, place]) for place, party in enumerate(PARTIES)},
             "decided": bool(said.decided[row]),
             "responsible": PARTIES[said.likeliest[row]] if said.decided[row] else None,
             "conformal_set": [party for place, party in enumerate(PARTIES) if said.in_set[row, place]],
             "evidence": columns["evidence"][row], "missing_evidence": columns["missing"][row],
             "recommendation": str(found.recommendation[row]),
             "cost_by_option": [{"option": option, "cost_cents": float(cost)}
                                for option, cost in zip(OPTIONS, found.cost_cents[row]) if np.isfinite(cost)],
             **{name: _number(columns["paid"][place][row])
                for place, name in enumerate(PAID)},
             "reasons": columns["reasons"][row]} for row in range(len(rows))]


def _nothing(count: int) -> Attribution:
    parties = len(PARTIES)
    return Attribution(np.full((count, parties), np.nan), np.ones((count, parties), bool), np.zeros(count, bool))


def _evidence(present: Mapping[str, np.ndarray], count: int) -> list[list[dict[str, str]]]:
    return [[{"name": each.name, "points_to": each.points_to, "strength": each.strength}
             for each in EVIDENCE if present[each.name][row] == 1] for row in range(count)]


def _missing(model: CaseModel | None, kind: np.ndarray, said: Attribution,
             present: Mapping[str, np.ndarray]) -> list[str | None]:
    """Return the first helpful evidence of the case's kind that the case does not have; None of a decided case.

    A model may name evidence that is not defined any more.
    """
    if model is None:
        return [None] * len(kind)
    return [None if said.decided[row] else next(
        (name for name in model.helpful.get(str(kind[row]), ()) if name in present and present[name][row] != 1), None)
        for row in range(len(kind))]


def _paid(model: CaseModel | None, rows: pa.Table, matrix: np.ndarray | None,
          seed: int) -> tuple[np.ndarray, ...]:
    """Return the columns of PAID, (rows,) each; NaN without a model, or without a claim."""
    claim = rows["claim_cents"].to_numpy(zero_copy_only=False)
    if model is None or model.compensation is None:
        nothing = np.full(len(rows), np.nan)
        return (nothing,) * len(PAID)
    paid = model.compensation.predict(matrix, seed=seed)
    return *paid.cents(claim), paid.expected * claim


def _regions(db: duckdb.DuckDBPyConnection, rows: pa.Table, ds: dt.date) -> np.ndarray:
    """Return the region of each buyer, whose law holds; an empty text where nobody knows it."""
    known = dict(db.execute(REGIONS, [ds]).fetchall())
    return np.array([known.get(user) or "" for user in rows["user_id"].to_pylist()], object)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
