"""Where attacks of stopped units go, by experiment and week of enrolment, as it is known by a day."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.decisions.experiment_files import GROUP, NOTHING, Experiment
from jobs.decisions.experiment_metrics import ARRIVES
from jobs.effects.experiment_effects import LEAST
from jobs.effects.unit_outcomes import of_version, outcomes
from jobs.ledger.displacement import ComeBack, Displacement, Interval
from jobs.ledger.holdout_displacement import against_holdout, come_back_against_holdout
from jobs.ledger.periods import WEEK, numbered

LOSSES = ("loss_cents", "case_paid_cents", "incentive_cents", "cases")
OTHERWISE = "cases"  # what is counted where the primary metric is no loss
COME_BACKS = "come_backs"
WEEKS = 26
Row = dict[str, Any]


def rows(db: duckdb.DuckDBPyConnection, units: pa.Table, experiments: Sequence[Experiment], ds: dt.date) -> list[Row]:
    """Return the rows of `displacement_weekly` of a day, without the run.

    Units count by the week of their first eligibility, once their figures are final. Arms are compared with a control
    that gets no action; other experiments have no row, and no switchback: a region does not come back.

    Args:
        db: has the views of `open_money.attach` up to the day.
        units: rows of `experiment_units` up to the day.
    """
    return [row for experiment in experiments
            if experiment.does(experiment.control) == NOTHING and not experiment.is_switchback
            for row in _of_experiment(db, units, experiment, ds)]


def _of_experiment(db: duckdb.DuckDBPyConnection, units: pa.Table, experiment: Experiment,
                   ds: dt.date) -> Iterator[Row]:
    mine = of_version(units, experiment.name, experiment.version)
    metric = experiment.metric if experiment.metric in LOSSES else OTHERWISE
    final = dt.timedelta(days=experiment.window_days + ARRIVES[metric])
    mine = mine.filter(pc.and_(pc.greater(mine["first_ds"], ds - dt.timedelta(days=WEEK * WEEKS)),
                               pc.less_equal(mine["first_ds"], ds - final)))
    if not len(mine):
        return
    counted = _losses(db, mine, experiment, metric, ds)
    back = numbered(counted["first_ds"], ds, "week")
    named = {"ds": ds, "experiment": experiment.name, "experiment_version": experiment.version, "metric": metric,
             "risk": experiment.risk}
    periods = [(week, 1, back == week) for week in range(WEEKS) if (back == week).any()]
    for week, many, chosen in [*periods, (WEEKS - 1, WEEKS, back >= 0)]:
        first = ds - dt.timedelta(days=WEEK * (week + 1) - 1)
        for arm in (arm.name for arm in experiment.arms if arm.name != experiment.control):
            yield named | {"week": first, "weeks": many, "arm": arm, **_compared(
                {name: values[chosen] for name, values in counted.items()}, arm, experiment.control)}


def _losses(db: duckdb.DuckDBPyConnection, units: pa.Table, experiment: Experiment, metric: str,
            ds: dt.date) -> dict[str, np.ndarray]:
    """Return of each unit its arm, stratum and first day, the losses of members and of new accounts, and who is back.

    A count of groups has the new accounts on identifiers of members too, and a count of accounts has members alone.
    """
    with_new, alone, back = (outcomes(db, replace(experiment, unit=unit), units, counted, ds) for unit, counted in (
        (GROUP, metric), (experiment.entity, metric), (GROUP, COME_BACKS)))
    value = alone["value"].to_numpy()
    return {"arm": np.array(alone["arm"].to_pylist(), object), "stratum": alone["stratum"].to_numpy(),
            "first_ds": alone["first_ds"].to_numpy().astype("datetime64[D]"),
            "losses": np.column_stack([value, with_new["value"].to_numpy() - value]),
            "back": back["value"].to_numpy() > 0}


def _compared(counted: dict[str, np.ndarray], arm: str, control: str) -> Row:
    """Return the measures of an arm. A stratum without two units of each arm is left out."""
    masks = {stratum: [(counted["arm"] == name) & (counted["stratum"] == stratum) for name in (arm, control)]
             for stratum in np.unique(counted["stratum"]).tolist()}
    masks = {stratum: pair for stratum, pair in masks.items() if min(mask.sum() for mask in pair) >= LEAST}
    treated, holdout = ({stratum: counted["losses"][pair[place]] for stratum, pair in masks.items()}
                        for place in range(2))
    strata = [tuple(int(count) for mask in pair for count in (mask.sum(), counted["back"][mask].sum()))
              for pair in masks.values()]
    units, units_back, held, held_back = (int(sum(column)) for column in zip(*strata)) if strata else (0, 0, 0, 0)
    return {"treated": units, "holdout": held, "treated_back": units_back, "holdout_back": held_back,
            **_named(against_holdout(treated, holdout), come_back_against_holdout(strata))}


def _named(moved: Displacement, back: ComeBack) -> Row:
    quotient, undefined = moved.quotient, [moved.undefined, back.undefined]
    if quotient and not np.isfinite([quotient.value, quotient.low, quotient.high]).all():
        quotient, undefined = None, ["the change of the target is too near to 0 in some draws", *undefined]
    return {**_ends("success", moved.success), **_ends("quotient", quotient), **_ends("net_effect", moved.net_effect),
            **_ends("come_back", back.difference), "undefined": "; ".join(filter(None, undefined)) or None}


def _ends(name: str, of: Interval | None) -> Row:
    low, value, high = (of.low, of.value, of.high) if of else (None, None, None)
    return {f"{name}_lo": low, name: value, f"{name}_hi": high}
