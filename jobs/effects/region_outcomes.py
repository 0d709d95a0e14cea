"""What happened in the regions of a switchback: a metric of each region and day."""

import datetime as dt

import duckdb
import pyarrow as pa

from features.entities import AS_OF_DAY
from jobs.decisions.experiment_files import Experiment
from jobs.decisions.experiment_metrics import ARRIVES
from jobs.effects.unit_outcomes import events

ONE_DAY = dt.timedelta(days=1)


def outcomes(db: duckdb.DuckDBPyConnection, experiment: Experiment, units: pa.Table, metric: str,
             as_of: dt.date) -> pa.Table:
    """Return a metric of each region on each day of its blocks.

    A night decides what is done from the next day on. So the figures of a day are those of the events one day later. An
    event counts if it arrives within the metric's days of arrival, whichever the day. An account belongs to the region
    of its first registration, so that no figure moves from one region to another.

    Args:
        db: has the views of `open_money.attach`, of the arrival days up to `as_of`.
        units: rows of `experiment_units` of the switchback.

    Returns:
        (unit, region, first_ds, arm, day: of the decision, value double, mature boolean: whether all figures of the
        block are final), ordered by unit and day; 0 where nothing happened.
    """
    features = AS_OF_DAY[experiment.entity]
    db.register("block_unit", units.select(["unit", "first_ds", "arm"]))
    last = experiment.block_days + ARRIVES[metric]
    return db.sql(f"""
        WITH block AS (
                 SELECT unit, regexp_replace(unit, '\\|[^|]*$', '') AS region, first_ds, arm,
                        unnest(range({experiment.block_days}))::INT AS place FROM block_unit),
             region_of AS (SELECT {features.id} AS entity_id, arg_min(region, ds) AS region
                           FROM {features.profile.name} GROUP BY ALL),
             event AS ({events(experiment.entity, metric)}),
             counted AS (
                 SELECT r.region, e.day, e.event, arg_max(e.value, (e.at, e.ds)) AS value
                 FROM event e JOIN region_of r USING (entity_id)
                 WHERE e.day > DATE '{experiment.first_day}' AND e.day <= DATE '{experiment.last_day + ONE_DAY}'
                       AND e.ds <= e.day + {ARRIVES[metric]}
                 GROUP BY ALL),
             summed AS (SELECT region, day, sum(value) AS value FROM counted GROUP BY ALL)
        SELECT b.unit, b.region, b.first_ds, b.arm, b.first_ds + b.place AS day,
               coalesce(s.value, 0)::DOUBLE AS value, b.first_ds + {last} <= DATE '{as_of}' AS mature
        FROM block b LEFT JOIN summed s ON s.region = b.region AND s.day = b.first_ds + b.place + 1
        ORDER BY b.unit, day""").to_arrow_table()
