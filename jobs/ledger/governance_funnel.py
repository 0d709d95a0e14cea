"""How far the line got with confirmed incidents, from perceived to effective, and before which stage money leaks."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa

from features.entities import FEATURE_SETS
from features.inputs.verdict_precedence import TAKEN_BACK
from features.risks import by_verdict
from jobs.decisions.candidate_rows import ABOVE_LOW
from jobs.decisions.outcomes import risk_days
from jobs.ledger.estimates import LEVEL
from jobs.ledger.risk_development import RiskDevelopment
from jobs.storage import catalog
from jobs.storage.lake import Lake

DAYS = 90  # an incident counts if it began within so many days
ALL = "all"  # the row of a risk over all control points, with actions that have none
PERCEIVED, IDENTIFIED, INTERVENED, EFFECTIVE = STAGES = "perceived", "identified", "intervened", "effective"
NOT_KNOWN = dict.fromkeys(("unreported_lo", "unreported", "unreported_hi"))
Row = dict[str, Any]

# Confirmed verdicts of one entity and risk that touch in time are one incident. Its money is what the ledger books of
# its verdicts, so that the same loss under two risks counts once.
INCIDENTS = f"""
    WITH standing AS (SELECT *, {TAKEN_BACK} AS taken_back FROM verdicts),
         confirmed AS (
             SELECT DISTINCT verdict_id, entity, entity_id, risk, incident_from AS first,
                    coalesce(incident_to, incident_from) AS last, coalesce(loss_cents, 0) AS loss_cents
             FROM standing WHERE confirmed AND NOT taken_back),
         opened AS (
             SELECT *, first > max(last) OVER (
                        PARTITION BY entity, entity_id, risk ORDER BY first, last, verdict_id
                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS apart FROM confirmed),
         clustered AS (
             SELECT *, count(*) FILTER (apart) OVER (PARTITION BY entity, entity_id, risk
                                                     ORDER BY first, last, verdict_id) AS cluster FROM opened),
         merged AS (
             SELECT c.entity, c.entity_id, c.risk, min(c.first) AS first, max(c.last) AS last,
                    max(c.loss_cents) > 0 AS has_loss, CAST(coalesce(sum(l.amount_cents), 0) AS BIGINT) AS lost_cents
             FROM clustered c LEFT JOIN incident_loss l USING (verdict_id)
             GROUP BY c.entity, c.entity_id, c.risk, c.cluster)
    SELECT row_number() OVER (ORDER BY entity, entity_id, risk, first) AS incident, m.*, d.horizon, d.maturity
    FROM merged m JOIN risk_days d USING (entity, risk)
    WHERE first > DATE '{{ds}}' - {DAYS} AND first <= DATE '{{ds}}'"""

# A stage counts from the first day of the incident until horizon and delay have passed after its last day. What comes
# later is about something else.
DURING = "s.day BETWEEN i.first AND i.last + i.maturity"

# While no row of a risk had a score, nothing could be perceived, and its money leaks before no stage.
# An action without a risk stands for each risk of its entity. One whose decision is not known may have stopped.
REACHED = f"""
    WITH wanted AS (SELECT entity, entity_id, risk, control_point, ds AS day FROM decisions
                    WHERE stops > 0 AND action <> 'none'),
         asked AS (SELECT decision_id, any_value(control_point) AS control_point, any_value(stops) AS stops
                   FROM decisions GROUP BY decision_id),
         acted AS (SELECT t.entity, t.entity_id, t.risk, a.control_point, CAST(t.taken_at AS DATE) AS day
                   FROM actions_taken t LEFT JOIN asked a USING (decision_id)
                   WHERE t.executed AND coalesce(a.stops, 1) > 0),
         point AS (SELECT DISTINCT risk, control_point FROM wanted
                   WHERE day > DATE '{{ds}}' - {DAYS} AND control_point IS NOT NULL
                   UNION ALL SELECT DISTINCT risk, '{ALL}' FROM incident),
         day_scored AS (SELECT DISTINCT risk, day FROM scored),
         perceived AS (SELECT i.incident, min(s.day) AS perceived FROM incident i
                       JOIN scored s USING (risk, entity_id) WHERE {DURING} AND {ABOVE_LOW} GROUP BY ALL),
         identified AS (SELECT i.incident, p.control_point, min(s.day) AS identified
                        FROM incident i JOIN point p USING (risk) JOIN wanted s USING (entity, entity_id, risk)
                        WHERE {DURING} AND p.control_point IN (s.control_point, '{ALL}') GROUP BY ALL),
         intervened AS (SELECT i.incident, p.control_point, min(s.day) AS intervened
                        FROM incident i JOIN point p USING (risk)
                             JOIN acted s ON s.entity = i.entity AND s.entity_id = i.entity_id
                                             AND (s.risk IS NULL OR s.risk = i.risk)
                        WHERE {DURING} AND p.control_point IN (s.control_point, '{ALL}') GROUP BY ALL)
    SELECT i.*, p.control_point, perceived, identified, intervened,
           EXISTS (FROM day_scored s WHERE s.risk = i.risk AND {DURING}) AS is_scored
    FROM incident i JOIN point p USING (risk) LEFT JOIN perceived USING (incident)
         LEFT JOIN identified USING (incident, control_point) LEFT JOIN intervened USING (incident, control_point)"""

# An action was effective if the incident has no day after it, within the horizon. One that came later than a horizon
# after the last day ended nothing. An order has no days: it was saved if its verdict counts no loss.
ENDED = """CASE WHEN r.horizon = 0 THEN NOT r.has_loss
                ELSE r.intervened <= r.last + r.horizon AND NOT EXISTS (
                     FROM reached n WHERE n.entity = r.entity AND n.entity_id = r.entity_id AND n.risk = r.risk
                          AND n.last > r.intervened AND n.first <= r.intervened + r.horizon) END"""

# The loss of an incident is spread evenly over its days. Until a stage is reached, what is lost is lost before it: a
# later stage that comes first stands for it. The loss of an order comes after all stages that it reached.
WAITED = """CASE WHEN horizon = 0 THEN CASE WHEN {day} IS NULL THEN lost_cents ELSE 0 END
                 ELSE lost_cents * least(greatest(coalesce({day}, last + 1) - first, 0), last - first + 1)
                      // (last - first + 1) END"""

FUNNEL = f"""
    WITH ended AS (SELECT r.*, coalesce(intervened IS NOT NULL AND {ENDED}, false) AS has_ended,
                          coalesce(r.intervened + r.maturity <= DATE '{{ds}}', false) AS is_settled FROM reached r),
         timed AS (SELECT *, {WAITED.format(day="least(perceived, identified, intervened)")} AS to_perceived,
                          {WAITED.format(day="least(identified, intervened)")} AS to_identified,
                          {WAITED.format(day="intervened")} AS to_intervened,
                          has_ended AND is_settled AS effective FROM ended),
         summed AS (
             SELECT risk, control_point, count(*) AS incidents, sum(lost_cents)::BIGINT AS lost_cents,
                    {{counted}},
                    count(*) FILTER (has_ended AND NOT is_settled) AS unsettled,
                    {{waited}},
                    count(*) FILTER (NOT is_scored) AS unscored,
                    {{leaked}}
             FROM timed GROUP BY risk, control_point)
    SELECT DATE '{{ds}}' AS ds, *, CASE greatest({{leaks}}) WHEN 0 THEN NULL {{cases}} END AS leaks_at
    FROM summed ORDER BY risk, control_point"""


def rows(db: duckdb.DuckDBPyConnection, lake: Lake, decisions: pa.Table, developed: Mapping[str, RiskDevelopment],
         ds: dt.date) -> list[Row]:
    """Return the rows of `governance_funnel_daily` of a day, without the run.

    Args:
        db: has the views of `open_money.attach` up to the day, and the table `incident_loss` of `positions`.
        lake: has the scores. None of a later day is read.
        decisions: live rows of `decision_daily` up to the day: (ds, decision_id, entity, entity_id, risk, action,
            control_point, stops).
        developed: by risk, as `estimates.developed` returns it for the day.

    Returns:
        One row per risk with an incident that began within 90 days, and control point; those of all control points
        have what is not reported yet.
    """
    db.register("risk_days", risk_days())
    db.execute(f"CREATE OR REPLACE TEMP TABLE incident AS {INCIDENTS.format(ds=ds)}")
    db.register("decisions", decisions)
    db.execute(f"CREATE OR REPLACE TEMP TABLE scored AS {_scored(db, lake, ds)}")
    db.execute(f"CREATE OR REPLACE TEMP TABLE reached AS {REACHED.format(ds=ds)}")
    found = db.sql(_funnel(ds)).to_arrow_table().to_pylist()
    to_come = {risk: _unreported(of, ds) for risk, of in developed.items()}
    return [row | (to_come.get(row["risk"], NOT_KNOWN) if row["control_point"] == ALL else NOT_KNOWN) for row in found]


def _scored(db: duckdb.DuckDBPyConnection, lake: Lake, ds: dt.date) -> str:
    """Return SQL of the highest score of each risk on each day: of entities with an incident, and of all others."""
    parts = ["SELECT NULL::VARCHAR AS risk, NULL::VARCHAR AS entity_id, NULL::DATE AS day, NULL::DOUBLE AS score "
             "WHERE false"]
    for entity, first in db.sql("SELECT entity, min(first) FROM incident GROUP BY entity ORDER BY entity").fetchall():
        name = catalog.scores(entity).name
        days = [day for day in (lake.days(name) if lake.has(name) else []) if first <= day <= ds]
        if days:
            db.register("scores_since", lake.arrow(name, days))
            # One pass over the scores: they are the largest table that the ledger reads.
            db.execute(f"""CREATE OR REPLACE TEMP TABLE {entity}_scored AS
                SELECT i.entity_id, s.ds AS day, {", ".join(f"max({risk.name}_score) AS {risk.name}"
                                                            for risk in by_verdict(entity))}
                FROM scores_since s LEFT JOIN (SELECT DISTINCT entity_id FROM incident WHERE entity = '{entity}') i
                  ON i.entity_id = s.{FEATURE_SETS[entity].id} GROUP BY i.entity_id, s.ds""")
            parts += [f"SELECT '{risk.name}', entity_id, day, {risk.name} FROM {entity}_scored "
                      f"WHERE {risk.name} IS NOT NULL" for risk in by_verdict(entity)]
    return " UNION ALL ".join(parts)


def _funnel(ds: dt.date) -> str:
    counted = ", ".join(f"count(*) FILTER ({test}) AS {stage}, "
                        f"coalesce(sum(lost_cents) FILTER ({test}), 0)::BIGINT AS {stage}_cents"
                        for stage, test in zip(STAGES, (*(f"{day} IS NOT NULL" for day in STAGES[:-1]), EFFECTIVE)))
    waited = ", ".join(f"quantile_cont({after} - {before}, {share}) FILTER ({after} >= {before}) AS {after}_days_{name}"
                       for before, after in zip(("first", *STAGES), STAGES[:-1])
                       for name, share in (("median", 0.5), ("p90", 0.9)))
    leaks = [f"before_{stage}_cents" for stage in STAGES]
    until = ("0", *(f"to_{stage}" for stage in STAGES[:-1]), "lost_cents")
    leaked = ", ".join(f"coalesce(sum({end} - {begin}) FILTER ({test}), 0)::BIGINT AS {leak}" for begin, end, test, leak
                       in [*((*each, "is_scored", leak) for *each, leak in zip(until, until[1:], leaks)),
                           ("0", "lost_cents", "NOT is_scored", "unscored_cents")])
    return FUNNEL.format(ds=ds, counted=counted, waited=waited, leaked=leaked, leaks=", ".join(leaks), cases=" ".join(
        f"WHEN {leak} THEN '{stage}'" for leak, stage in zip(leaks, STAGES)))


def _unreported(of: RiskDevelopment, ds: dt.date) -> Row:
    """Return the losses of 13 weeks that have no verdict yet, with the interval of the ledger."""
    if of.refused or of.estimate is None:
        return NOT_KNOWN
    interval = of.estimate.to_come(of.within(ds - dt.timedelta(days=DAYS), ds), LEVEL)
    return {"unreported_lo": interval.low, "unreported": interval.value, "unreported_hi": interval.high}
