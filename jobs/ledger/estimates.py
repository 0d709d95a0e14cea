"""Estimated money by month, as it is known by a day: each with an interval, and never in a sum with booked money."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from features.inputs.verdict_precedence import TAKEN_BACK
from jobs.ledger.accounts import (
    BORNE_BY,
    BUYER,
    CREATOR,
    FRICTION,
    PLATFORM,
    PREVENTED_ASSUMED,
    SELLER,
    UNREPORTED,
)
from jobs.ledger.risk_development import RiskDevelopment, Verdicts, develop_risks

WEEKS = 26  # of verdicts behind a development
LEVEL = 0.8
Z, Z_95 = 1.2815515655446004, 1.959963984540054  # of a normal interval of 80 %, and of 95 %
PAYERS = {"seller": SELLER, "user": BUYER, "creator": CREATOR, "platform": PLATFORM}
Row = dict[str, Any]

# A loss is reported on the day of arrival of its verdict, and taken back on that of the verdict that clears.
REPORTED = f"""
    WITH standing AS (SELECT *, {TAKEN_BACK} AS taken_back FROM verdicts),
         cleared AS (SELECT c.verdict_id, min(v.ds) AS ds
                     FROM standing c JOIN verdicts v USING (entity, entity_id, risk)
                     WHERE c.confirmed AND c.taken_back AND NOT v.confirmed AND v.decided_at >= c.decided_at
                     GROUP BY c.verdict_id),
         loss AS (SELECT verdict_id, risk, incident_from AS incurred, ds, loss_cents FROM standing
                  WHERE confirmed AND loss_cents > 0 AND incident_from > DATE '{{first}}')
    SELECT risk, incurred, ds AS reported, loss_cents::DOUBLE AS amount FROM loss
    UNION ALL SELECT risk, incurred, greatest(cleared.ds, loss.ds), -loss_cents::DOUBLE
              FROM loss JOIN cleared USING (verdict_id) ORDER BY ALL"""


def developed(db: duckdb.DuckDBPyConnection, ds: dt.date) -> dict[str, RiskDevelopment]:
    """Return the developed losses of each risk with verdicts about the last 26 weeks.

    Args:
        db: has the view `verdicts`, of the arrival days up to `ds`.
    """
    rows = db.sql(REPORTED.format(first=ds - dt.timedelta(weeks=WEEKS))).to_arrow_table()
    if not len(rows):
        return {}
    risk = np.array(rows["risk"].to_pylist(), object)
    days = [rows[name].to_numpy().astype("datetime64[D]") for name in ("incurred", "reported")]
    amount = rows["amount"].to_numpy()
    return develop_risks({name: Verdicts(days[0][risk == name], days[1][risk == name], amount[risk == name])
                          for name in sorted(set(risk))}, ds)


def unreported(found: Mapping[str, RiskDevelopment], ds: dt.date) -> Iterator[Row]:
    """Yield the losses of each risk and month whose verdicts have not come yet; a refusal has no estimate.

    Args:
        found: by risk, as `developed` returns it.
    """
    for name, of_risk in found.items():
        method = of_risk.refused or f"developed, {of_risk.pattern} pattern"
        for month in _months(of_risk, ds):
            yield estimated(UNREPORTED, name, BORNE_BY[name], month, method, "verdicts", *_to_come(of_risk, month))


def _months(of: RiskDevelopment, ds: dt.date) -> list[dt.date]:
    first = max(ds - dt.timedelta(weeks=WEEKS), of.begin.min().astype(dt.date)) if len(of.begin) else ds
    months = [first.replace(day=1)]
    while (following := _next(months[-1])) <= ds:
        months.append(following)
    return months


def _next(month: dt.date) -> dt.date:
    return (month + dt.timedelta(days=31)).replace(day=1)


def _to_come(of: RiskDevelopment, month: dt.date) -> tuple[float | None, float | None, float | None]:
    if of.refused or of.estimate is None:
        return None, None, None
    interval = of.estimate.to_come(of.within(month, _next(month) - dt.timedelta(days=1)), LEVEL)
    return interval.value, interval.low, interval.high


def of_decisions(db: duckdb.DuckDBPyConnection, decisions: pa.Table, measured: Collection[str] = ()) -> Iterator[Row]:
    """Yield what policies assume of the actions of each month: what they stopped, and what they cost honest parties.

    The interval is that of a sum of rows each of which is guilty or not, by its own score. It says nothing about the
    shares that policies assume.

    Args:
        decisions: live rows of `decision_daily` that act.
        measured: experiments that measure what actions cost sellers; nothing is assumed of their rows.
    """
    db.register("acted", decisions)
    stopped = "expected_loss_cents * stops"
    yield from _sums(db, PREVENTED_ASSUMED, "experiment IS NULL", f"score * {stopped}",
                     f"score * (1 - score) * ({stopped}) ** 2", None)
    for party, payer in PAYERS.items():
        cost = f"friction_{party}_cents"
        unmeasured = [repr(name) for name in sorted(measured)] if payer == SELLER else []
        where = "score < 1" + (f" AND coalesce(experiment, '') NOT IN ({', '.join(unmeasured)})" if unmeasured else "")
        # Friction is (1 - score) times the cost of an honest row.
        yield from _sums(db, FRICTION, where, cost, f"{cost} ** 2 * score / (1 - score)", payer)


def _sums(db: duckdb.DuckDBPyConnection, account: str, where: str, mean: str, variance: str,
          payer: str | None) -> Iterator[Row]:
    # A sum of doubles depends on the order of its terms, and the order on that of the files.
    for row in db.sql(f"""SELECT risk, CAST(date_trunc('month', ds) AS DATE) AS month,
                                 sum({mean} ORDER BY {mean}) AS total,
                                 sqrt(sum({variance} ORDER BY {variance})) AS spread
                          FROM acted WHERE score IS NOT NULL AND {where}
                          GROUP BY ALL HAVING sum({mean}) > 0 ORDER BY ALL""").to_arrow_table().to_pylist():
        yield estimated(account, row["risk"], payer or BORNE_BY[row["risk"]], row["month"], "as policies assume",
                        "decision_daily", row["total"], max(row["total"] - Z * row["spread"], 0.0),
                        row["total"] + Z * row["spread"])


def estimated(account: str, risk: str | None, borne_by: str, month: dt.date, method: str, source: str,
              estimate: float | None, lo: float | None, hi: float | None) -> Row:
    return {"account": account, "risk": risk, "borne_by": borne_by, "incurred_ds": month, "method": method,
            "source_table": source, "estimate": estimate, "lo": lo, "hi": hi, "experiment": None}
