"""The metrics of goals as of a day, from what the night has written: each with an interval, or why there is none."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from jobs.decisions.goal_files import Goal
from jobs.effects.random_reviews import WEEK, WEEKS
from jobs.ledger import governance_funnel
from jobs.ledger.estimates import LEVEL
from jobs.statistics import shares

APPEAL_DAYS = 28


@dataclass(frozen=True)
class Measured:
    """A metric of a goal.

    Attributes:
        value, lo, hi: the estimate and the ends of its interval; None where nobody can say.
        level: of the interval.
        days: the first and the last day that it is about.
        unknown: why there is no value; empty where there is one.
    """

    value: float | None
    lo: float | None
    hi: float | None
    level: float
    days: tuple[dt.date, dt.date]
    unknown: str = ""


@dataclass(frozen=True)
class Written:
    """What goals are measured by: rows of the day of `loss_monthly`, `governance_funnel_daily`, `prevalence_weekly`."""

    monthly: pa.Table
    funnel: pa.Table
    prevalence: pa.Table


def measure(db: duckdb.DuckDBPyConnection, goal: Goal, written: Written, ds: dt.date) -> Measured:
    """Return the metric of a goal as of a day.

    Args:
        db: has the views of `open_money.attach`, of the arrival days up to `ds`.
    """
    match goal.metric:
        case "net_per_trade":
            return _per_trade(db, goal, written.monthly, ds, ("net_lo", "net", "net_hi"), ())
        case "friction_per_trade":
            friction = tuple(f"false_positive_friction{end}" for end in ("_lo", "", "_hi"))
            return _per_trade(db, goal, written.monthly, ds, friction, ("false_positive_direct_cents",))
        case "prevalence" | "recall":
            return _reviewed(goal, written.prevalence, ds)
        case "intervened" | "effective":
            return _of_incidents(goal, written.funnel, ds)
        case "upheld_appeals":
            return _appeals(db, ds)
    raise ValueError(f"{goal.metric}: no metric of goals")


def _per_trade(db: duckdb.DuckDBPyConnection, goal: Goal, monthly: pa.Table, ds: dt.date, ends: Sequence[str],
               booked: Sequence[str]) -> Measured:
    """Return money of the last complete month, divided by the amount of the orders of that month."""
    last = (ds + dt.timedelta(days=1)).replace(day=1) - dt.timedelta(days=1)
    days = last.replace(day=1), last
    mine = monthly.filter(pc.and_(pc.equal(monthly["month"], days[0]), _of(goal, monthly)))
    mine = mine.filter(pc.is_valid(mine["net"]))  # else an estimate outside of `net` would say that nothing is lost
    trade = db.execute("SELECT coalesce(sum(amount_cents), 0) FROM orders WHERE CAST(ordered_at AS DATE) "
                       "BETWEEN ? AND ?", days).fetchall()[0][0]
    if not len(mine) or not trade:
        return _unknown(f"no {'order' if not trade else 'entry'} of the month", LEVEL, days)
    fixed = sum(pc.sum(mine[name]).as_py() or 0 for name in booked)
    lo, value, hi = (((pc.sum(mine[name]).as_py() or 0) + fixed) / float(trade) for name in ends)
    return Measured(value, lo, hi, LEVEL, days)


def _reviewed(goal: Goal, prevalence: pa.Table, ds: dt.date) -> Measured:
    """Return a share by the reviews of 13 weeks together, because those of one say little."""
    entity, risk = goal.risks[0].split("/")
    rows = prevalence.filter(pc.and_(pc.equal(prevalence["weeks"], WEEKS), pc.and_(
        pc.equal(prevalence["entity"], entity), pc.equal(prevalence["risk"], risk)))).to_pylist()
    days = ds - dt.timedelta(days=WEEK * WEEKS - 1), ds
    if not rows or rows[0][goal.metric] is None:
        return _unknown("no random review that tells it", shares.LEVEL, days)
    return Measured(*(rows[0][f"{goal.metric}{end}"] for end in ("", "_lo", "_hi")), shares.LEVEL, days)


def _of_incidents(goal: Goal, funnel: pa.Table, ds: dt.date) -> Measured:
    days = ds - dt.timedelta(days=governance_funnel.DAYS - 1), ds
    mine = funnel.filter(pc.and_(pc.equal(funnel["control_point"], governance_funnel.ALL), _of(goal, funnel)))
    if not (incidents := pc.sum(mine["incidents"]).as_py()):
        return _unknown("no confirmed incident", LEVEL, days)
    return _share(pc.sum(mine[goal.metric]).as_py(), incidents, days)


def _appeals(db: duckdb.DuckDBPyConnection, ds: dt.date) -> Measured:
    days = ds - dt.timedelta(days=APPEAL_DAYS - 1), ds
    decided, upheld = db.execute("""
        WITH latest AS (FROM appeals WHERE decided_at IS NOT NULL
                        QUALIFY row_number() OVER (PARTITION BY appeal_id ORDER BY ds DESC, decided_at DESC) = 1)
        SELECT count(*), count(*) FILTER (outcome = 'upheld') FROM latest
        WHERE CAST(decided_at AS DATE) BETWEEN ? AND ?""", days).fetchall()[0]
    return _share(upheld, decided, days) if decided else _unknown("no decided appeal", LEVEL, days)


def _share(part: int, whole: int, days: tuple[dt.date, dt.date]) -> Measured:
    found = shares.wilson(part / whole, whole, LEVEL)
    return Measured(part / whole, float(found.low), float(found.high), LEVEL, days)


def _of(goal: Goal, table: pa.Table) -> pa.Array:
    """Return which rows are of the goal's risks."""
    if not goal.risks:
        return pa.array([True] * len(table), pa.bool_())
    return pc.is_in(table["risk"], pa.array([risk.split("/")[1] for risk in goal.risks]))


def _unknown(why: str, level: float, days: tuple[dt.date, dt.date]) -> Measured:
    return Measured(None, None, None, level, days, why)
