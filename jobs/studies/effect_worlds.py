"""Experiments in small marketplaces whose answer is known: what stopping everybody changes, and what is estimated.

Each marketplace is simulated three times from one seed: without actions, with everybody stopped, and with the treated
arm stopped. The first two give both outcomes of every unit, and so the effect itself.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from jobs.decisions import random_assignment
from jobs.decisions.experiment_files import NOTHING, POLICY, Arm, Experiment, stratum
from jobs.decisions.policy_documents import LIVE
from jobs.effects.estimates import Estimate
from jobs.effects.experiment_effects import arms, estimates
from jobs.effects.unit_outcomes import outcomes
from jobs.runtime import console
from jobs.simulate import __main__ as simulate
from jobs.simulate import pairs
from jobs.storage.catalog import EXPERIMENT_UNITS
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.query import connect
from jobs.studies import landed_views
from jobs.studies.claimed_money import Claim, claims

UNTIL, DAYS, WINDOW = dt.date(2026, 11, 20), 120, 14
FIRST_DAY = UNTIL - dt.timedelta(days=DAYS - 1)
LAST_ENTRY = 60  # day of the simulation; the figures of every metric that is used are final by the last day
HONEST = 300
METRICS = ("cases", "orders", "incentive_cents", "case_paid_cents", "kept_trade_cents")
MONEY = ("case_paid_cents", "incentive_cents", "honest_trade_cents")  # what the ledger reads
TABLES = ("users", "sellers", "creators", "orders", "cases", "case_outcomes", "verdicts", "appeals", "incentives")
CONTROL, TREATED = "holdout", "treated"
SHARES = (0.5, 0.4)  # of the holdout, at the bounds of medium and of critical


def experiment(metric: str, unit: str = "user", guard_rails: tuple[str, ...] = ()) -> Experiment:
    """Return the experiment of the study: everybody who enters is stopped, or left alone."""
    return Experiment(
        "stops", Path("stops.toml"), "user", ("refund_abuse",), LIVE, unit, "stops", "users", FIRST_DAY, UNTIL, "true",
        WINDOW, metric, guard_rails, (), 0.99, None, CONTROL,
        (Arm(CONTROL, NOTHING, SHARES), Arm(TREATED, POLICY, None)))


@dataclass(frozen=True)
class Compared:
    """An estimate of a metric beside the effect that was planted, in one marketplace.

    Attributes:
        estimates: by estimator.
        truth: the mean difference of both outcomes over the same units, weighted by strata as the estimators do.
        naive: the plain difference of means, which compares other scores.
    """

    metric: str
    estimates: Mapping[str, Estimate]
    truth: float
    naive: float


@dataclass(frozen=True)
class World:
    """One marketplace: its estimates by metric, and what the ledger would say of its money."""

    compared: Sequence[Compared]
    claims: Sequence[Claim]


def compared(home: Path, seed: int, metrics: Sequence[str] = METRICS) -> World:
    """Return the estimates of one marketplace beside the truth."""
    arguments = ["--until", str(UNTIL), "--days", str(DAYS), "--seed", str(seed), "--size", "small"]
    units = entered(seed)
    _land(home / "all", arguments, units, pairs.main)
    _land(home / "experiment", arguments, units.filter(pa.array(
        [arm == TREATED for arm in units["arm"].to_pylist()])), simulate.main)
    landings = {"all": home / "all" / "landing", "none": home / "all" / pairs.WITHOUT / "landing",
                "experiment": home / "experiment" / "landing"}
    counted = {world: _outcomes(landing, units, {*metrics, *MONEY}) for world, landing in landings.items()}
    prevented, incidents = (pq.read_table(home / "experiment" / "truth" / f"{name}.parquet")
                            for name in ("prevented", "incidents"))
    return World([_compared(metric, units, {world: tables[metric] for world, tables in counted.items()})
                  for metric in metrics],
                 claims(experiment(MONEY[0], guard_rails=MONEY[1:]), units, counted["none"], counted["experiment"],
                        prevented, set(incidents["entity_id"].to_pylist()), UNTIL))


def entered(seed: int) -> pa.Table:
    """Return the units: planted attackers early in their attacks, and honest users, as rows of `experiment_units`."""
    run = simulate.prepare(simulate.checked(simulate.parser("effects", ""), [
        "--home", "unused", "--until", str(UNTIL), "--days", str(DAYS), "--seed", str(seed), "--size", "small"]))
    table, rng = run.incidents.table, np.random.default_rng(seed)
    is_user = table["entity"] == simulate.world.ENTITIES.index("user")
    guilty, first = np.unique(table["number"][is_user], return_index=True)
    day = table["start"][is_user][first] + rng.integers(1, 5, len(guilty))
    honest = np.setdiff1d(run.world.honest["user"], guilty)
    honest = rng.choice(honest, min(HONEST, len(honest)), replace=False)
    number = np.concatenate([guilty, honest])
    day = np.concatenate([day, rng.integers(WINDOW, LAST_ENTRY, len(honest))])
    score = np.concatenate([rng.uniform(0.15, 0.6, len(guilty)), 0.1 + 0.5 * rng.beta(1, 3, len(honest))])
    kept = (day >= WINDOW) & (day <= LAST_ENTRY)
    return _rows(number[kept], day[kept], score[kept], seed)


def _rows(number: np.ndarray, day: np.ndarray, score: np.ndarray, seed: int) -> pa.Table:
    stops = experiment(METRICS[0])
    names = [f"u{each:07}" for each in number]
    band = stratum(score)
    position = random_assignment.arms(random_assignment.unit_interval(f"stops-{seed}", names), stops.shares[band])
    return pa.Table.from_pylist(sorted((
        {"unit": name, "experiment": stops.name, "entity": "user", "members": [name], "arm": stops.arms[arm].name,
         "stratum": int(of_band),
         "propensity": float(stops.shares[of_band, arm]), "ds": ds, "first_ds": ds,
         "covariates": [{"name": "score", "value": float(of_score)}]}
        for name, arm, of_band, ds, of_score in zip(
            names, position, band, (FIRST_DAY + dt.timedelta(days=int(each)) for each in day), score)),
        key=lambda row: row["unit"]), arrow_schema(EXPERIMENT_UNITS))


def _land(home: Path, arguments: list[str], stopped: pa.Table, main) -> None:
    home.mkdir(parents=True)
    pacsv.write_csv(pa.table({"ds": stopped["first_ds"], "entity": stopped["entity"], "entity_id": stopped["unit"],
                              "action": ["stop"] * len(stopped)}), home / "actions.csv")
    with console.shown():
        main(["--home", str(home), "--actions", str(home / "actions.csv"), *arguments])


def _outcomes(landing: Path, units: pa.Table, metrics: Collection[str]) -> dict[str, pa.Table]:
    with connect() as db:
        landed_views.attach(db, landing, TABLES, UNTIL)
        return {metric: outcomes(db, experiment(metric), units, metric, UNTIL) for metric in metrics}


def _compared(metric: str, units: pa.Table, worlds: Mapping[str, pa.Table]) -> Compared:
    stops = experiment(metric)
    of = arms(stops, TREATED, units, worlds["experiment"])
    each = worlds["all"]["value"].to_numpy() - worlds["none"]["value"].to_numpy()
    value = worlds["experiment"]["value"].to_numpy()
    treated = np.array([arm == TREATED for arm in units["arm"].to_pylist()])
    return Compared(metric, {name: estimate for name, estimate, _ in estimates(of, stops.winsorise)},
                    float(each.mean()), float(value[treated].mean() - value[~treated].mean()))
