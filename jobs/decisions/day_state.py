"""What is known as of a day about the rows that policies decide on: losses, overrides, cooldowns, random reviews."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pyarrow as pa

from features.order import ORDER
from features.risks import of_entity
from jobs.decisions import candidate_rows, losses, open_money, sampling
from jobs.decisions.losses import LossModel
from jobs.decisions.overrides import overrides_in_force
from jobs.decisions.policy_files import Policies, Queue
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake

KEYS = pa.schema([("entity", pa.string()), ("entity_id", pa.string()), ("risk", pa.string())])
FORCE = "force"  # effect of an override
SAMPLES = pa.schema([*KEYS, ("inclusion_probability", pa.float64())])


@dataclass
class DayState:
    """The inputs of a day's decisions, and the tables of the lake that they come from.

    Attributes:
        db: has the views of `open_money.attach`, `confirmed`, and `<entity>_rows` of each of `entities`.
        entities: the entities with scores of the day.
        loss_models: by policy and risk, as of the day.
        overrides: those in force on the day.
        samples: the rows drawn for a random review, with the probability, by queue.
    """

    db: duckdb.DuckDBPyConnection
    ds: dt.date
    entities: Sequence[str]
    earlier: pa.Table
    taken: pa.Table
    overrides: pa.Table
    loss_models: dict[tuple[str, str], LossModel] = field(default_factory=dict)
    samples: dict[str, pa.Table] = field(default_factory=dict)


def load(db: duckdb.DuckDBPyConnection, lake: Lake, ds: dt.date, policies: Policies,
         decided: tuple[dt.date, pa.Table] | None = None, scores: Mapping[str, pa.Table] | None = None) -> DayState:
    """Return the state of a day from partitions that arrived up to the day.

    Args:
        decided: a day, and decisions from that day on, which replace those of the lake.
        scores: scores by entity that replace those of the lake, such as those of another model version.
    """
    open_money.attach(db, lake, ds)
    candidate_rows.attach_confirmed(db)
    entities = candidate_rows.scored_entities(lake, ds)
    for entity in entities:
        of_day = scores[entity] if scores and entity in scores else lake.arrow(catalog.scores(entity).name, [ds])
        candidate_rows.attach(db, entity, ds, of_day, lake.arrow(catalog.features(entity).name, [ds]))
    state = DayState(db, ds, entities, *_history(db, lake, ds, policies, decided))
    known = {entity: _incidents(state, entity) for entity in entities}
    state.loss_models = {(policy.name, risk): model for policy in (*policies.live(ds), *policies.shadow(ds))
                         if policy.entity in known for risk, model in losses.fit_all(
                             policy.entity, known[policy.entity], policy.prior_loss_cents).items()}
    state.samples = {queue.name: _drawn(state, queue) for queue in policies.queues.values()}
    return state


def _history(db: duckdb.DuckDBPyConnection, lake: Lake, ds: dt.date, policies: Policies,
             decided: tuple[dt.date, pa.Table] | None) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Return the decisions of the days of any cooldown, what operators did then, and the overrides in force."""
    longest = max((policy.cooldown_days for policy in policies.policies), default=0)
    name = catalog.DECISION_DAILY.name
    since, made = decided or (ds, arrow_schema(catalog.DECISION_DAILY).empty_table())
    days = [day for day in (lake.days(name) if lake.has(name) else [])
            if ds - dt.timedelta(days=longest) <= day < min(ds, since)]
    earlier = pa.concat_tables([made, *([lake.arrow(name, days).to_table()] if days else [])])
    taken = db.sql("FROM actions_taken").to_arrow_table()
    return earlier, taken, overrides_in_force(lake, ds)


def _incidents(state: DayState, entity: str) -> dict[str, np.ndarray]:
    """Return the incidents of an entity that stand confirmed as of the day: risk, loss_cents, days, open_cents."""
    incidents = losses.confirmed_incidents(state.db, entity, state.ds).to_arrow_table()
    if entity == ORDER.entity:  # an order is at risk as a whole, whenever its incident began
        as_of = pa.repeat(pa.scalar(state.ds, pa.date32()), len(incidents))
        incidents = incidents.set_column(incidents.schema.get_field_index("as_of"), "as_of", as_of)
    state.db.register("incidents", incidents)
    state.db.execute("CREATE OR REPLACE TEMP TABLE subjects AS SELECT DISTINCT entity_id, as_of FROM incidents")
    state.db.register("incident_money", open_money.open_money(state.db, entity, "subjects").to_arrow_table())
    columns = state.db.sql("""SELECT risk, loss_cents::DOUBLE AS loss_cents, days::DOUBLE AS days,
                                     open_cents::DOUBLE AS open_cents
                              FROM incidents JOIN incident_money USING (entity_id, as_of)
                              ORDER BY risk, entity_id, as_of, loss_cents""").to_arrow_table()
    return {name: columns[name].to_numpy(zero_copy_only=False) for name in columns.column_names}


def _drawn(state: DayState, queue: Queue) -> pa.Table:
    """Return the rows that the queue's random reviews draw: (entity, entity_id, risk, inclusion_probability)."""
    parts = [candidate_rows.population(state.db, entity, risk, f"{state.ds}|{queue.name}")
             for entity, risk in (name.split("/") for name in queue.risks) if entity in state.entities]
    expected = queue.minutes_a_day * queue.sample_share / queue.sample_minutes if queue.sample_minutes else 0.0
    if not parts or not expected:
        return SAMPLES.empty_table()
    rows = pa.concat_tables(parts)
    size = sampling.sizes(candidate_rows.column(rows, "score"), candidate_rows.column(rows, "open_cents"))
    probability = sampling.inclusion_probabilities(size, expected)
    drawn = np.flatnonzero(candidate_rows.column(rows, "draw") < probability)
    return rows.take(drawn).select(KEYS.names).append_column(
        "inclusion_probability", pa.array(probability[drawn])).cast(SAMPLES)


def wanted_rows(state: DayState) -> pa.Table:
    """Return the rows that are decided on at any score: drawn ones, and those with a forced action.

    Returns:
        (entity, entity_id, risk), without repeated rows.
    """
    forced = [{"entity": row["entity"], "entity_id": row["entity_id"], "risk": risk.name}
              for row in state.overrides.to_pylist() if row["effect"] == FORCE
              for risk in of_entity(row["entity"]) if row["risk"] in (None, risk.name)]
    return pa.concat_tables([*(sample.select(KEYS.names) for sample in state.samples.values()),
                             pa.Table.from_pylist(forced, KEYS)]).group_by(KEYS.names).aggregate([])
