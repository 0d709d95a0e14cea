"""Two sets of decisions over the same days, side by side: who is acted on, what is caught, whom it disturbs."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from jobs.decisions import caught_loss
from jobs.decisions.candidate_rows import column
from jobs.decisions.outcomes import GUILTY, STATUSES, UNKNOWN, UNSETTLED
from jobs.decisions.policy_documents import PARTIES

POLICY, AGAINST, NEW, RELEASED = SIDES = ("policy", "against", "newly acted", "released")
ALL = "all"
KEY = ("ds", "entity", "entity_id", "risk")
FRICTION = tuple(f"friction_{party}_cents" for party in PARTIES)


@dataclass(frozen=True)
class Side:
    """Rows that act on one side of the comparison, and what one may know of their outcomes.

    Attributes:
        rows: (ds, entity, entity_id, risk, score, stops, expected_loss_cents, friction_<party>_cents, minutes, status,
            loss_cents, and one column a segment).
        sampled: (rows,) inclusion probability of an answered random review; NaN where there is none.
        guilty_sample: (rows,) whether the random review found the row guilty.
    """

    rows: pa.Table
    sampled: np.ndarray
    guilty_sample: np.ndarray

    def take(self, mask: np.ndarray) -> "Side":
        """Return the rows where a mask is true."""
        return Side(self.rows.filter(pa.array(mask)), self.sampled[mask], self.guilty_sample[mask])


def sides(db: duckdb.DuckDBPyConnection, policy: pa.Table, against: pa.Table, outcomes: pa.Table, samples: pa.Table,
          segments: pa.Table) -> dict[str, Side]:
    """Return the acting rows of each side: of the policy, of the other one, newly acted on, and released.

    Args:
        policy, against: rows of `decision_daily`.
        outcomes: as `jobs.decisions.outcomes.outcomes` returns them, of every row of both.
        samples: answered random reviews, (ds, entity, entity_id, risk, inclusion_probability, verdict).
        segments: (ds, entity, entity_id, and one text column a segment).
    """
    for name, table in (("policy", policy), ("against", against), ("outcome", outcomes), ("sample", samples),
                        ("segment", segments)):
        db.register(f"compared_{name}", table)
    acting = "(SELECT * FROM compared_{} WHERE suppressed_by IS NULL AND stops > 0)"
    return {side: _side(db, f"SELECT * FROM {acting.format(mine)} {restriction.format(acting.format(other))}")
            for side, mine, other, restriction in (
                (POLICY, "policy", "against", ""), (AGAINST, "against", "policy", ""),
                (NEW, "policy", "against", f"ANTI JOIN {{}} o USING ({', '.join(KEY)})"),
                (RELEASED, "against", "policy", f"ANTI JOIN {{}} o USING ({', '.join(KEY)})"))}


def _side(db: duckdb.DuckDBPyConnection, acting: str) -> Side:
    rows = db.sql(f"""
        SELECT a.ds, a.entity, a.entity_id, a.risk, a.level, a.score, a.stops, a.expected_loss_cents,
               {', '.join(FRICTION)}, a.minutes, o.status, o.loss_cents, s.inclusion_probability, s.verdict,
               g.* EXCLUDE (ds, entity, entity_id)
        FROM ({acting}) a JOIN compared_outcome o USING ({', '.join(KEY)})
             LEFT JOIN compared_sample s USING ({', '.join(KEY)})
             LEFT JOIN compared_segment g USING (ds, entity, entity_id)
        ORDER BY a.ds, a.entity, a.entity_id, a.risk""").to_arrow_table()
    return Side(rows.drop_columns(["inclusion_probability", "verdict"]), column(rows, "inclusion_probability"),
                column(rows, "verdict") == 1)


def segment_names(segments: pa.Table) -> tuple[str, ...]:
    """Return the columns by which a comparison is split: risk, level, and the columns of `segments`."""
    return ("risk", "level", *[name for name in segments.column_names if name not in KEY])


def measured(by_side: Mapping[str, Side], split_by: Sequence[str]) -> list[dict[str, Any]]:
    """Return the figures of each side, over all rows and in each segment.

    Returns:
        A row a side and segment: segment_by, segment, side, and the figures of `figures`.
    """
    return [{"segment_by": by, "segment": segment, "side": side, **figures(part, f"{side}/{by}/{segment}")}
            for side, whole in by_side.items() for by, segment, part in _segments(whole, split_by)]


def _segments(side: Side, split_by: Sequence[str]) -> Iterator[tuple[str, str, Side]]:
    yield ALL, ALL, side
    for by in split_by:
        values = np.array([str(value) for value in side.rows[by].to_pylist()], object)
        for value in sorted(set(values)):
            yield by, value, side.take(values == value)


def figures(side: Side, name: str) -> dict[str, Any]:
    """Return what a side's actions catch, whom they disturb and what they cost.

    The caught loss is the loss of guilty rows times the share that the action stops. Unsettled rows are counted, and
    are no part of it.
    """
    rows = side.rows
    status = np.array(rows["status"].to_pylist(), object)
    stops = column(rows, "stops")
    lower = np.where(status == GUILTY, column(rows, "loss_cents") * stops, 0.0)
    if_guilty = np.where(status == GUILTY, column(rows, "loss_cents"), column(rows, "expected_loss_cents")) * stops
    upper = np.where(status == UNKNOWN, if_guilty, lower)
    found = caught_loss.bounds(lower, upper, np.array(rows["entity_id"].to_pylist(), object), zlib.crc32(name.encode()))
    drawn = ~np.isnan(side.sampled) & (status != UNSETTLED)
    estimate = caught_loss.from_samples(np.where(side.guilty_sample, if_guilty, 0.0)[drawn], side.sampled[drawn])
    probability = np.nan_to_num(column(rows, "score"))
    return {
        "rows": len(rows), "entities": len(set(zip(rows["entity"].to_pylist(), rows["entity_id"].to_pylist()))),
        **{f"{word}_rows": int((status == word).sum()) for word in STATUSES},
        "caught_lower_cents": found.lower, "caught_upper_cents": found.upper,
        "caught_lo_cents": found.lo, "caught_hi_cents": found.hi,
        "caught_sampled_cents": estimate.value, "caught_sampled_lo_cents": estimate.lo,
        "caught_sampled_hi_cents": estimate.hi, "effective_samples": estimate.effective,
        "caught_expected_cents": float((probability * column(rows, "expected_loss_cents") * stops).sum()),
        "honest_expected": float((1 - probability).sum()),
        **{name: float(column(rows, name).sum()) for name in FRICTION}, "minutes": float(column(rows, "minutes").sum()),
    }
