"""Two sets of decisions over the same days, side by side: who is acted on, what is caught, whom it disturbs."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.decisions import caught_loss
from jobs.decisions.candidate_rows import column
from jobs.decisions.outcomes import GUILTY, KEY, STATUSES, UNKNOWN
from jobs.decisions.policy_documents import PARTIES

POLICY, AGAINST, NEW, RELEASED = SIDES = ("policy", "against", "newly acted", "released")
ALL = "all"
NO_SEGMENT = "none"  # the entity has no such value
FRICTION = tuple(f"friction_{party}_cents" for party in PARTIES)


def acting(decisions: pa.Table) -> pa.Table:
    """Return the rows of `decision_daily` that get an action which stops a part of the loss."""
    return decisions.filter(pc.and_(pc.is_null(decisions["suppressed_by"]), pc.greater(decisions["stops"], 0)))


def with_facts(db: duckdb.DuckDBPyConnection, acts: pa.Table, outcomes: pa.Table, drawn: pa.Table,
               segments: pa.Table) -> pa.Table:
    """Return acting rows with all that is known about them.

    Args:
        outcomes: as `jobs.decisions.outcomes.outcomes` returns them, of the same rows.
        drawn, segments: as `jobs.decisions.row_facts.RowFacts` has them.

    Returns:
        (ds, entity, entity_id, risk, level, score, stops, expected_loss_cents, friction_<party>_cents, minutes, status,
        loss_cents, share, censored, sampled_with, sample_verdict, and one column a segment), in the order of keys.
    """
    for name, table in (("acts", acts), ("outcome", outcomes), ("drawn", drawn), ("segment", segments)):
        db.register(f"compared_{name}", table)
    return db.sql(f"""
        SELECT a.ds, a.entity, a.entity_id, a.risk, a.level, a.score, a.stops, a.expected_loss_cents,
               {', '.join(FRICTION)}, a.minutes, o.status, o.loss_cents, o.share, o.censored,
               s.sampled_with, s.sample_verdict, g.* EXCLUDE (ds, entity, entity_id)
        FROM compared_acts a JOIN compared_outcome o USING ({', '.join(KEY)})
             LEFT JOIN compared_drawn s USING ({', '.join(KEY)})
             LEFT JOIN compared_segment g USING (ds, entity, entity_id)
        ORDER BY a.ds, a.entity, a.entity_id, a.risk""").to_arrow_table()


def sides(db: duckdb.DuckDBPyConnection, policy: pa.Table, against: pa.Table) -> dict[str, pa.Table]:
    """Return the rows of each side: of the policy, of the other one, newly acted on, and released.

    Args:
        policy, against: as `with_facts` returns them.
    """
    db.register("compared_policy", policy)
    db.register("compared_against", against)
    alone = f"FROM {{}} ANTI JOIN {{}} USING ({', '.join(KEY)}) ORDER BY {', '.join(KEY)}"
    return {POLICY: policy, AGAINST: against,
            NEW: db.sql(alone.format("compared_policy", "compared_against")).to_arrow_table(),
            RELEASED: db.sql(alone.format("compared_against", "compared_policy")).to_arrow_table()}


def segment_names(segments: pa.Table) -> tuple[str, ...]:
    """Return the columns by which a comparison is split: risk, level, and the columns of `segments`."""
    return ("risk", "level", *[name for name in segments.column_names if name not in KEY])


def measured(by_side: Mapping[str, pa.Table], split_by: Sequence[str]) -> list[dict[str, Any]]:
    """Return the figures of each side, over all rows and in each segment.

    Returns:
        A row a side and segment: segment_by, segment, side, and the figures of `figures`. A null value is the segment
        `none`.
    """
    return [{"segment_by": by, "segment": segment, "side": side, **figures(part, f"{side}/{by}/{segment}")}
            for side, whole in by_side.items() for by, segment, part in _segments(whole, split_by)]


def _segments(rows: pa.Table, split_by: Sequence[str]) -> Iterator[tuple[str, str, pa.Table]]:
    yield ALL, ALL, rows
    for by in split_by:
        values = pc.fill_null(pc.cast(rows[by], pa.string()), NO_SEGMENT)
        for value in sorted(values.unique().to_pylist()):
            yield by, value, rows.filter(pc.equal(values, value))


def figures(rows: pa.Table, name: str) -> dict[str, Any]:
    """Return what the actions on some rows catch, whom they disturb and what they cost.

    A row's caught loss is its loss times the share that the action stops. The lower bound has the loss of guilty rows
    as verdicts say it. The upper bound adds the expected loss of unknown rows, and takes the larger of the two losses
    for guilty rows that are censored. Unsettled rows are counted, and are no part of either bound. The estimate from
    random reviews is of all rows, because an answer needs no verdict.

    Args:
        rows: as `with_facts` returns them.
        name: seeds the bootstrap.
    """
    loss, expected = caught_if_guilty(rows)
    status = np.array(rows["status"].to_pylist(), object)
    lower = np.where(status == GUILTY, loss, 0.0)
    largest = np.where(status == GUILTY, np.where(column(rows, "censored") == 1, np.maximum(loss, expected), loss),
                       expected)
    upper = np.where((status == GUILTY) | (status == UNKNOWN), largest, 0.0)
    found = caught_loss.bounds(lower, upper, np.array(rows["entity_id"].to_pylist(), object), zlib.crc32(name.encode()))
    verdict = column(rows, "sample_verdict")
    estimate = caught_loss.from_reviews(np.where(np.isnan(verdict), np.nan, np.where(verdict == 1, largest, 0.0)),
                                        column(rows, "sampled_with"))
    probability = np.nan_to_num(column(rows, "score"))
    return {
        "rows": len(rows), "entities": len(set(zip(rows["entity"].to_pylist(), rows["entity_id"].to_pylist()))),
        **{f"{word}_rows": int((status == word).sum()) for word in STATUSES},
        "caught_lower_cents": found.lower, "caught_upper_cents": found.upper,
        "caught_lo_cents": found.lo, "caught_hi_cents": found.hi,
        "caught_sampled_cents": estimate.value, "caught_sampled_lo_cents": estimate.lo,
        "caught_sampled_hi_cents": estimate.hi, "effective_samples": estimate.effective,
        "caught_expected_cents": float((probability * expected).sum()),
        "honest_expected": float((1 - probability).sum()),
        **{name: float(column(rows, name).sum()) for name in FRICTION}, "minutes": float(column(rows, "minutes").sum()),
    }


def caught_if_guilty(rows: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Return what each row catches by the verdicts, and what a guilty row is expected to.

    Returns:
        Two arrays (rows,), minor units, both of the days for which the row answers.
    """
    stops = column(rows, "stops")
    return column(rows, "loss_cents") * stops, column(rows, "expected_loss_cents") * column(rows, "share") * stops
