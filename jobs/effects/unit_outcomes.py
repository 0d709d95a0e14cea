"""What became of the units of an experiment: a metric over the window, and over as many days before it."""

import datetime as dt

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from features.entities import AS_OF_DAY
from features.inputs.verdict_precedence import ORDER
from jobs.decisions.experiment_files import GROUP, Experiment
from jobs.decisions.experiment_metrics import ARRIVES, HONEST, RATIOS

# SQL of the events of a metric: (entity_id, day: of the event, ds: of its arrival, event: its key, at: of several
# states of one event the latest counts, value).
ORDERS = """SELECT {id} AS entity_id, CAST(ordered_at AS DATE) AS day, ds, order_id AS event, ordered_at AS at,
                   {value} AS value FROM orders"""
CASES = """SELECT {about} AS entity_id, CAST(c.opened_at AS DATE) AS day, c.ds, c.case_id AS event, c.opened_at AS at,
                  1 AS value FROM cases c LEFT JOIN orders o USING (order_id) WHERE c.kind <> 'cancellation'"""
PAID = """SELECT {about} AS entity_id, CAST(c.opened_at AS DATE) AS day, p.ds, c.case_id AS event, p.closed_at AS at,
                 coalesce(p.paid_cents, 0) AS value
          FROM cases c LEFT JOIN orders o USING (order_id) JOIN case_outcomes p ON p.case_id = c.case_id
          WHERE c.kind <> 'cancellation'"""
# A bank's decision is no verdict of the platform: it does not depend on whom the platform looks at.
CHARGED_BACK = """SELECT o.{id} AS entity_id, CAST(o.ordered_at AS DATE) AS day, v.ds, v.entity_id AS event,
                         v.decided_at AS at, CASE WHEN v.confirmed THEN coalesce(v.loss_cents, 0) ELSE 0 END AS value
                  FROM verdicts v JOIN orders o ON v.entity = 'order' AND o.order_id = v.entity_id
                  WHERE v.source IN ('chargeback', 'appeal')"""
# The latest state of an order: what was paid, less what a case or a bank took back.
TAKEN_BACK_TRADE = """
    SELECT o.{id} AS entity_id, CAST(o.ordered_at AS DATE) AS day, p.ds, o.order_id AS event, p.closed_at AS at,
           greatest(o.amount_cents - coalesce(p.paid_cents, 0), 0) AS value
    FROM orders o JOIN cases c USING (order_id) JOIN case_outcomes p ON p.case_id = c.case_id
    UNION ALL
    SELECT o.{id}, CAST(o.ordered_at AS DATE), v.ds, o.order_id, v.decided_at,
           CASE WHEN v.confirmed THEN 0 ELSE o.amount_cents END
    FROM orders o JOIN verdicts v ON v.entity = 'order' AND v.entity_id = o.order_id
    WHERE v.source IN ('chargeback', 'appeal')"""
INCENTIVES = """SELECT user_id AS entity_id, CAST(granted_at AS DATE) AS day, ds, grant_id AS event, granted_at AS at,
                       amount_cents AS value FROM incentives"""
APPEALS = """SELECT entity_id, CAST(filed_at AS DATE) AS day, ds, appeal_id AS event, filed_at AS at, 1 AS value
             FROM appeals WHERE entity = '{entity}'"""
# Identifiers of a registration that few accounts share. Network addresses are shared by dormitories.
IDENTIFIERS = {"user": ("device_id", "phone_id"), "seller": ("payout_id", "device_id", "owner_id"),
               "creator": ("user_id",)}
# Who registers on an identifier of a member. Members that registered in the same days are no come-backs.
COME_BACKS = """SELECT old.{id} AS entity_id, CAST(new.registered_at AS DATE) AS day, new.ds, new.{id} AS event,
                       new.registered_at AS at, 1 AS value
                FROM {profile} old JOIN {profile} new ON new.{shared} = old.{shared} AND new.{id} <> old.{id}
                WHERE new.registered_at > old.registered_at"""


def of_version(units: pa.Table, name: str, version: str) -> pa.Table:
    """Return the units of a version of an experiment.

    Units of an earlier version were assigned or counted otherwise: they are another experiment.

    Args:
        units: rows of `experiment_units`.
    """
    return units.filter(pc.and_(pc.equal(units["experiment"], name), pc.equal(units["experiment_version"], version)))


def outcomes(db: duckdb.DuckDBPyConnection, experiment: Experiment, units: pa.Table, metric: str,
             as_of: dt.date) -> pa.Table:
    """Return a metric of each unit of an experiment.

    Events count by the day on which they happened: `value` over the window after the first eligibility, `before` over
    as many days before it. Rows of the window count if they arrived by its end and the metric's days of arrival; those
    before it if they had arrived on the day of the first eligibility. So the figures of a unit never change after it is
    mature, and units of different days are cut alike.

    Of a group, accounts that come back within the window count too: those that register on an identifier of a member.
    A count of members alone would take an attacker who goes on under another account for stopped.

    Args:
        db: has the views of `open_money.attach`, of the arrival days up to `as_of`.
        units: rows of `experiment_units` of the experiment.

    Returns:
        (unit, arm, propensity, stratum, first_ds, members bigint, value double, before double, mature boolean,
        denominator double, guilty boolean), one row per unit, ordered by unit; 0 where a unit has no event. Figures of
        units that are not mature are too low. The denominator is 1, but of a ratio. guilty is false, but of a metric of
        honest units: there `value` counts whoever did it.
    """
    last = experiment.window_days + ARRIVES[metric]
    parts = [_of_metric(db, experiment, units, part, last, as_of)
             for part in RATIOS.get(metric, (HONEST.get(metric, metric),))]
    below = parts[1]["value"] if len(parts) > 1 else pa.repeat(pa.scalar(1.0), len(units))
    guilty = _guilty(db, experiment, units, last) if metric in HONEST else pa.repeat(pa.scalar(False), len(units))
    return parts[0].append_column("denominator", below).append_column("guilty", guilty)


def _guilty(db: duckdb.DuckDBPyConnection, experiment: Experiment, units: pa.Table, last: int) -> pa.ChunkedArray:
    """Return whether a verdict that arrived by the unit's last day found a member guilty, of an incident of the window.

    Of several verdicts about an account and a risk the deciding one counts. A verdict without days of an incident is
    about the days before it.
    """
    db.register("experiment_unit", units)
    return db.sql(f"""
        WITH member AS (SELECT unit, first_ds, unnest(members) AS entity_id FROM experiment_unit),
             deciding AS (
                 SELECT m.unit, m.first_ds, v.* FROM member m JOIN verdicts v USING (entity_id)
                 WHERE v.entity = '{experiment.entity}' AND v.ds <= m.first_ds + {last}
                 QUALIFY row_number() OVER (PARTITION BY m.unit, v.entity_id, v.risk
                                            ORDER BY {', '.join(f'{each} DESC' for each in ORDER)}) = 1),
             found AS (SELECT DISTINCT unit FROM deciding WHERE confirmed
                       AND coalesce(incident_from, CAST(decided_at AS DATE)) <= first_ds + {experiment.window_days}
                       AND coalesce(incident_to, CAST(decided_at AS DATE)) >= first_ds)
        SELECT f.unit IS NOT NULL AS guilty
        FROM experiment_unit u LEFT JOIN found f USING (unit) ORDER BY u.unit""").to_arrow_table()["guilty"]


def _of_metric(db: duckdb.DuckDBPyConnection, experiment: Experiment, units: pa.Table, metric: str, last: int,
               as_of: dt.date) -> pa.Table:
    db.register("experiment_unit", units)
    return db.sql(f"""
        WITH frozen AS (SELECT unit, first_ds, unnest(members) AS entity_id FROM experiment_unit),
             member AS (FROM frozen {_and_come_backs(experiment, metric, last)}),
             event AS ({events(experiment.entity, metric)}),
             counted AS (
                 SELECT m.unit, e.event, e.day > m.first_ds AS is_after, arg_max(e.value, (e.at, e.ds)) AS value
                 FROM member m JOIN event e USING (entity_id)
                 WHERE e.day > m.first_ds - {experiment.window_days} AND e.day <= m.first_ds + {experiment.window_days}
                       AND e.ds <= m.first_ds + CASE WHEN e.day > m.first_ds THEN {last} ELSE 0 END
                 GROUP BY ALL),
             summed AS (SELECT unit, sum(value) FILTER (is_after) AS value, sum(value) FILTER (NOT is_after) AS before
                        FROM counted GROUP BY unit)
        SELECT u.unit, u.arm, u.propensity, u.stratum, u.first_ds, len(u.members) AS members,
               coalesce(s.value, 0)::DOUBLE AS value, coalesce(s.before, 0)::DOUBLE AS before,
               u.first_ds + {last} <= DATE '{as_of}' AS mature
        FROM experiment_unit u LEFT JOIN summed s USING (unit) ORDER BY u.unit""").to_arrow_table()


def _and_come_backs(experiment: Experiment, metric: str, last: int) -> str:
    """Return the SQL that adds accounts that came back within the window; a metric that counts them needs none."""
    if experiment.unit != GROUP or metric == "come_backs":
        return ""
    return f"""UNION SELECT f.unit, f.first_ds, b.event FROM frozen f JOIN ({_come_backs(experiment.entity)}) b
                     USING (entity_id) WHERE b.day > f.first_ds AND b.day <= f.first_ds + {experiment.window_days}
                     AND b.ds <= f.first_ds + {last}"""


def events(entity: str, metric: str) -> str:
    """Return the SQL of the events of a metric about an entity."""
    features = AS_OF_DAY[entity]
    about = {"user": "c.user_id", "seller": "c.seller_id", "creator": "o.creator_id"}[entity]
    paid, charged_back = PAID.format(about=about), CHARGED_BACK.format(id=features.id)
    trade, kept = ORDERS.format(id=features.id, value="amount_cents"), TAKEN_BACK_TRADE.format(id=features.id)
    return {
        "loss_cents": f"{paid} UNION ALL BY NAME {charged_back}", "case_paid_cents": paid,
        "cases": CASES.format(about=about), "orders": ORDERS.format(id=features.id, value="1"),
        "trade_cents": trade, "kept_trade_cents": f"{trade} UNION ALL BY NAME {kept}", "incentive_cents": INCENTIVES,
        "appeals": APPEALS.format(entity=entity), "come_backs": _come_backs(entity)}[metric]


def _come_backs(entity: str) -> str:
    features = AS_OF_DAY[entity]
    # A join for each identifier: DuckDB compares every pair of accounts where they are joined by OR.
    return " UNION ".join(f"({COME_BACKS.format(id=features.id, profile=features.profile.name, shared=name)})"
                          for name in IDENTIFIERS[entity])
