"""The effects of a switchback as of a day, as rows of `effect_daily`."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from jobs.decisions import switchback_design
from jobs.decisions.experiment_files import Experiment
from jobs.decisions.experiment_metrics import PARTY
from jobs.effects.estimates import Estimate
from jobs.effects.experiment_effects import RUNNING, SHIP, STOP, direction, finite
from jobs.effects.power import minimal_effect
from jobs.effects.region_outcomes import outcomes
from jobs.effects.switchback import BY_BLOCK, Blocks, blocks, estimates, too_short
from jobs.runtime import console

PAIRS = 2  # sets of blocks below which nothing is said


def rows(db: duckdb.DuckDBPyConnection, experiment: Experiment, units: pa.Table, ds: dt.date) -> list[dict[str, Any]]:
    """Return the rows of `effect_daily` of a switchback, without the run; none before two sets of blocks are final.

    An effect is that on a day of a region, in the unit of the metric.

    Args:
        db: has the views of `open_money.attach`, of the arrival days up to the day.
        units: rows of `experiment_units` of the experiment and its version.
    """
    found = []
    for metric in experiment.metrics:
        counted = outcomes(db, experiment, units, metric, ds)
        for arm in (each.name for each in experiment.arms if each.name != experiment.control):
            of, mature_share = _blocks(experiment, arm, counted)
            if of is not None:
                of_metric = estimates(of)
                found += [_row(metric, arm, mature_share, *each) for each in of_metric]
                if too_short(of_metric):
                    console.log(f"{experiment.name}, {metric}, {arm}: the arm of the block before still shows after "
                                f"{experiment.burn_in_days} days. The burn-in is too short, and the effect too small")
    state = state_of(experiment, found, ds)
    return [{"ds": ds, "experiment": experiment.name, "experiment_version": experiment.version, **row, "srm_p": 1.0,
             "state": state} for row in found]


def _blocks(experiment: Experiment, arm: str, counted: pa.Table) -> tuple[Blocks | None, float]:
    """Return the final blocks of an arm and of the control, and the share of them that is final."""
    columns = {name: counted[name].to_numpy(zero_copy_only=False) for name in counted.column_names}
    of_both = np.isin(columns["arm"], (arm, experiment.control))
    mature = of_both & columns["mature"].astype(bool)
    day = (columns["day"].astype("datetime64[D]") - np.datetime64(experiment.first_day)).astype(int)
    number = day // experiment.block_days
    pair = np.array([f"{region}{switchback_design.SEPARATOR}{of_day // len(experiment.arms)}"
                     for region, of_day in zip(columns["region"], number)], object)
    kept = mature & np.isin(pair, _whole(pair[mature], columns["arm"][mature]))
    if len(set(pair[kept])) < PAIRS:
        return None, 0.0
    return blocks(columns["value"][kept], columns["arm"][kept] == arm, columns["region"][kept], day[kept], number[kept],
                  experiment.burn_in_days, pair[kept]), float(mature.sum() / of_both.sum())


def _whole(pair: np.ndarray, arm: np.ndarray) -> list[str]:
    """Return the sets that have both arms."""
    arms: dict[str, set] = {}
    for name, of_name in zip(pair, arm):
        arms.setdefault(name, set()).add(of_name)
    return [name for name, found in arms.items() if len(found) == 2]


def _row(metric: str, arm: str, mature_share: float, estimator: str, estimate: Estimate) -> dict[str, Any]:
    return {"metric": metric, "party": PARTY[metric], "estimator": estimator, "arm": arm, "effect": estimate.effect,
            **{name: finite(value) for name, value in (
                ("lo", estimate.low), ("hi", estimate.high), ("mde", minimal_effect(estimate.error, estimate.df)))},
            "p": estimate.p, "seq_lo": None, "seq_hi": None, "variance_cut": None, "units": estimate.units,
            "clusters": estimate.clusters, "mature_share": mature_share}


def state_of(experiment: Experiment, found: Sequence[dict[str, Any]], ds: dt.date) -> str:
    """Return what the effects by block say together, once all figures are final; running before.

    A few dozen blocks allow no look before the end. At the end: ship if the primary metric became better in every arm
    and none became worse, otherwise stop.
    """
    if ds < experiment.final_day:
        return RUNNING
    mine = [row for row in found if row["estimator"] == BY_BLOCK]
    primary = [direction(row) for row in mine if row["metric"] == experiment.metric]
    if primary and min(primary) > 0 and min(map(direction, mine)) >= 0:
        return SHIP
    return STOP
