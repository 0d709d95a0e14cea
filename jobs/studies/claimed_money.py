"""What the ledger says that an experiment prevented and cost, beside the cents that were planted."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from jobs.decisions.experiment_files import Experiment
from jobs.effects.experiment_effects import rows
from jobs.ledger.accounts import FRICTION, PREVENTED
from jobs.ledger.estimates import Z_95, Z
from jobs.ledger.experiment_estimates import INCENTIVES, LOSSES, TRADE, of_experiments
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema

WIDER = Z_95 / Z  # an interval of 95 % from one of 80 %
LANDED = {PREVENTED: (*LOSSES, INCENTIVES), FRICTION: TRADE[:1]}


@dataclass(frozen=True)
class Claim:
    """Money of an account, minor units, of all treated units of an experiment.

    Attributes:
        low, high: of the ledger's interval of 80 %.
        landed: what the same rows say: the metric of these units without actions, less that with them. Of trade it is
            that of honest units.
        planted: by the file of the simulation, within the window: losses prevented less those that came back, or trade
            of honest units that was lost. It counts what a false claim asks for, not what it is paid, and losses that
            no case shows.
    """

    account: str
    estimate: float
    low: float
    high: float
    landed: float
    planted: float

    def holds(self, level: float = 0.8, money: float | None = None) -> bool:
        """Return whether the interval of 80 or 95 % holds an amount; None: what landed."""
        wider = 1.0 if level == 0.8 else WIDER
        return (self.estimate - wider * (self.estimate - self.low) <= (self.landed if money is None else money)
                <= self.estimate + wider * (self.high - self.estimate))


def claims(experiment: Experiment, units: pa.Table, without: Mapping[str, pa.Table], acted: Mapping[str, pa.Table],
           prevented: pa.Table, guilty: Collection[str], as_of: dt.date) -> list[Claim]:
    """Return what the ledger says, account by account.

    Args:
        units: rows of `experiment_units`; without, acted: their outcomes by metric in both marketplaces.
        prevented: the file `prevented.parquet` of the simulation. guilty: units that were attackers on any day.
    """
    versioned = units.set_column(units.schema.get_field_index("experiment_version"), "experiment_version",
                                 pa.array([experiment.version] * len(units)))
    effects = pa.Table.from_pylist(rows(experiment, versioned, acted, as_of), arrow_schema(catalog.EFFECT_DAILY))
    found = list(of_experiments(effects, versioned, {experiment.name: experiment}))
    treated = np.array(units["arm"].to_pylist()) != experiment.control
    planted = _planted(experiment, units.filter(pa.array(treated)), prevented, guilty)
    honest = treated & ~np.isin(units["unit"].to_pylist(), list(guilty))
    counted = {PREVENTED: treated, FRICTION: honest}
    return [Claim(account, *(sum(row[name] for row in found if row["account"] == account)
                             for name in ("estimate", "lo", "hi")),
                  sum(_fallen(without[metric], acted[metric], counted[account])
                      for metric in metrics if metric in acted),
                  planted[account]) for account, metrics in LANDED.items()]


def _fallen(without: pa.Table, acted: pa.Table, of: np.ndarray) -> float:
    return float((without["value"].to_numpy() - acted["value"].to_numpy())[of].sum())


def _planted(experiment: Experiment, treated: pa.Table, prevented: pa.Table,
             guilty: Collection[str]) -> dict[str, float]:
    """Return the planted money of treated units within their windows, by account."""
    first = dict(zip(treated["unit"].to_pylist(), treated["first_ds"].to_pylist()))
    mine = [row for row in prevented.to_pylist() if row["entity_id"] in first
            and 0 < (row["day"] - first[row["entity_id"]]).days <= experiment.window_days]
    return {PREVENTED: sum(row["loss_prevented_cents"] - row["returned_loss_cents"] for row in mine),
            FRICTION: sum(row["trade_lost_cents"] for row in mine if row["entity_id"] not in guilty)}
