"""The state of a day under some policies: the facts of the day, expected losses, and the decisions of earlier days."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from features.risks import of_entity
from jobs.decisions import losses
from jobs.decisions.day_facts import KEYS, DayFacts
from jobs.decisions.losses import LossModel
from jobs.decisions.overrides import FORCE
from jobs.decisions.policy_files import Policies
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.kept_rows import kept_rows

# What cooldowns read of earlier decisions, so that a lake of an older release is read too.
EARLIER = pa.schema([("ds", pa.date32()), *((name, pa.string()) for name in (
    "policy", "mode", "entity", "entity_id", "risk", "level", "action", "suppressed_by", "decision_id"))])


def no_units() -> pa.Table:
    """Return `experiment_units` without rows."""
    return arrow_schema(catalog.EXPERIMENT_UNITS).empty_table()


@dataclass(frozen=True)
class DayState:
    """All that the decisions of a day depend on.

    Attributes:
        earlier: decisions of the days of any cooldown.
        loss_models: by policy and risk.
        samples: the rows drawn for a random review, with the probability, by queue.
        units: of experiments, as rows of `experiment_units`: those of earlier days, or where nobody is enrolled those
            up to the day.
        enrols: whether units enter experiments.
        later_units: of later days that are not written again. A unit of them does not enter a second time.
    """

    facts: DayFacts
    earlier: pa.Table
    loss_models: Mapping[tuple[str, str], LossModel]
    samples: Mapping[str, pa.Table]
    units: pa.Table = field(default_factory=no_units)
    enrols: bool = False
    later_units: pa.Table = field(default_factory=no_units)

    @property
    def db(self):
        """The DuckDB connection of the facts."""
        return self.facts.db

    @property
    def ds(self) -> dt.date:
        """The day."""
        return self.facts.ds


def load(facts: DayFacts, policies: Policies, decided: tuple[dt.date, pa.Table] | None = None,
         enrolled: pa.Table | None = None, until: dt.date | None = None) -> DayState:
    """Return the state of a day under the policies in force on it.

    Args:
        decided: a day, and decisions from that day on, which replace those of the lake.
        enrolled: rows of `experiment_units` from that day on, which replace those of the lake; more enter. None: as in
            a back-test, units are those of the lake, and nobody enters.
        until: the last day that is written again; None: the day.
    """
    in_force = (*policies.live(facts.ds), *policies.shadow(facts.ds))
    models = {(policy.name, risk): model for policy in in_force if policy.entity in facts.entities
              for risk, model in losses.fit_all(policy.entity, facts.incidents[policy.entity],
                                                policy.prior_loss_cents).items()}
    return DayState(facts, _earlier(facts, policies, decided), models,
                    {queue.name: facts.drawn(queue) for queue in policies.queues.values()},
                    *_units(facts, decided[0] if decided else facts.ds, enrolled, until or facts.ds))


def _units(facts: DayFacts, since: dt.date, enrolled: pa.Table | None,
           until: dt.date) -> tuple[pa.Table, bool, pa.Table]:
    """Return the units of `DayState`, whether units enter, and those of later days."""
    def units(chosen) -> pa.Table:
        return kept_rows(facts.lake, catalog.EXPERIMENT_UNITS, chosen)

    if enrolled is None:
        return units(lambda day: day <= facts.ds), False, no_units()
    return pa.concat_tables([units(lambda day: day < since), enrolled]), True, units(lambda day: day > until)


def _earlier(facts: DayFacts, policies: Policies, decided: tuple[dt.date, pa.Table] | None) -> pa.Table:
    longest = max((policy.cooldown_days for policy in policies.policies), default=0)
    name = catalog.DECISION_DAILY.name
    since, made = decided or (facts.ds, EARLIER.empty_table())
    days = [day for day in (facts.lake.days(name) if facts.lake.has(name) else [])
            if facts.ds - dt.timedelta(days=longest) <= day < min(facts.ds, since)]
    kept = facts.lake.arrow(name, days).to_table(columns=EARLIER.names).cast(EARLIER) if days else EARLIER.empty_table()
    return pa.concat_tables([made.select(EARLIER.names).cast(EARLIER), kept])


def wanted_rows(state: DayState) -> pa.Table:
    """Return the rows that are decided on at any score: drawn ones, and those with a forced action.

    Returns:
        (entity, entity_id, risk), without repeated rows.
    """
    forced = [{"entity": row["entity"], "entity_id": row["entity_id"], "risk": risk.name}
              for row in state.facts.overrides.to_pylist() if row["effect"] == FORCE
              for risk in of_entity(row["entity"]) if row["risk"] in (None, risk.name)]
    return pa.concat_tables([*(sample.select(KEYS.names) for sample in state.samples.values()),
                             pa.Table.from_pylist(forced, KEYS)]).group_by(KEYS.names).aggregate([])
