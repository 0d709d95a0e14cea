"""What experiments say of the money of each month: losses prevented, what holdouts cost, and honest trade lost."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.decisions.experiment_files import NOTHING, POLICY, Experiment
from jobs.effects.experiment_effects import ON_CONTROLS, ON_TREATED
from jobs.effects.unit_outcomes import of_version
from jobs.ledger.accounts import FRICTION, HOLDOUT_COST, PLATFORM, PREVENTED, SELLER
from jobs.ledger.estimates import Z_95, Z, estimated

LOSSES = ("loss_cents", "case_paid_cents")  # the first one that an experiment counts; it contains the second
INCENTIVES = "incentive_cents"
TRADE = ("honest_trade_cents", "kept_trade_cents")  # the same: of honest units, and of all of them
Row = dict[str, Any]


def of_experiments(effects: pa.Table, units: pa.Table, experiments: Mapping[str, Experiment]) -> Iterator[Row]:
    """Yield what the actions of experiments prevented and cost in each month, and what their holdouts cost.

    The effect on the treated, or on the controls, times the units that were assigned. The units of an experiment share
    its effect, so that the ends of the interval add up: they are perfectly correlated. Only what is compared with no
    action is counted: an arm that is compared with another policy says nothing of what either of them prevents.

    Winsorised effects leave out the largest losses, and the error of the mean effect is too small for the sums of an
    arm: neither of them is read.

    Kept trade that was lost is friction: orders that no case and no bank took back. An experiment that counts it of all
    units includes the orders of guilty ones.

    Args:
        effects: rows of `effect_daily` of the day; units: of `experiment_units` up to it.
        experiments: by name.
    """
    with_holdout = {name for name, each in experiments.items() if each.does(each.control) == NOTHING}
    rows = [row for row in effects.to_pylist() if row["estimator"] in (ON_TREATED, ON_CONTROLS)
            and row["state"] != "blocked" and row["experiment"] in with_holdout]
    for name in sorted({row["experiment"] for row in rows}):
        mine = [row for row in rows if row["experiment"] == name]
        of_losses, of_trade = _losses(mine), _first(mine, TRADE)
        for month, assigned in _assigned(units, name, mine[0]["experiment_version"]):
            prevented, held = _sums(of_losses, assigned), _held(of_losses, assigned, experiments[name])
            for account, payer, (count, total) in ((HOLDOUT_COST, PLATFORM, held), (PREVENTED, PLATFORM, prevented),
                                                   (FRICTION, SELLER, _sums(of_trade, assigned))):
                if count:
                    yield estimated(account, experiments[name].risk, payer, month, f"{count} units of {name}",
                                    "effect_daily", *total) | {"experiment": name}


def measuring_trade(effects: pa.Table) -> set[str]:
    """Return the experiments that measure what actions cost sellers."""
    return set(effects.filter(pc.is_in(effects["metric"], pa.array(TRADE)))["experiment"].to_pylist())


def _losses(rows: Sequence[Row]) -> list[Row]:
    return _first(rows, LOSSES) + _first(rows, (INCENTIVES,))


def _first(rows: Sequence[Row], metrics: Sequence[str]) -> list[Row]:
    """Return the rows of the first of the metrics that an experiment counts."""
    counted = {row["metric"] for row in rows}
    chosen = [name for name in metrics if name in counted][:1]
    return [row for row in rows if row["metric"] in chosen]


def _assigned(units: pa.Table, name: str, version: str) -> Iterator[tuple[dt.date, dict[str, int]]]:
    """Yield each month of first eligibility with its units by arm."""
    months: dict[dt.date, dict[str, int]] = {}
    counted = of_version(units, name, version).group_by(["first_ds", "arm"]).aggregate([([], "count_all")])
    for row in counted.to_pylist():
        of_month = months.setdefault(row["first_ds"].replace(day=1), {})
        of_month[row["arm"]] = of_month.get(row["arm"], 0) + row["count_all"]
    yield from sorted(months.items())


def _sums(rows: Sequence[Row], assigned: Mapping[str, int]) -> tuple[int, np.ndarray]:
    """Return the units of the compared arms, and the estimate, low and high of what their effect takes away."""
    chosen = [row for row in rows if row["estimator"] == ON_TREATED]
    count = sum(assigned.get(arm, 0) for arm in {row["arm"] for row in chosen})
    return count, sum((_taken_away(row) * assigned.get(row["arm"], 0) for row in chosen), np.zeros(3))


def _held(rows: Sequence[Row], assigned: Mapping[str, int], experiment: Experiment) -> tuple[int, np.ndarray]:
    """Return the units of the control, and what the policy would have taken away from them.

    Of several arms that the policy decides, the largest one says it.
    """
    of_policies = [arm.name for arm in experiment.arms if arm.does == POLICY]
    policy = max(of_policies, key=lambda arm: assigned.get(arm, 0), default=None)
    of_policy = [row for row in rows if row["arm"] == policy and row["estimator"] == ON_CONTROLS]
    count = assigned.get(experiment.control, 0) if of_policy else 0
    return count, sum((_taken_away(row) * count for row in of_policy), np.zeros(3))


def _taken_away(effect: Row) -> np.ndarray:
    """Return minus the effect on a unit: its estimate and the ends of its interval of 80 %, from that of 95 %."""
    ends = (effect["effect"] + (effect[end] - effect["effect"]) * Z / Z_95 for end in ("hi", "lo"))
    return -np.array([effect["effect"], *ends])
