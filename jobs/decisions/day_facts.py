"""What is known as of a day, whatever the policies are: scored rows, incidents, overrides and random reviews."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import duckdb
import numpy as np
import pyarrow as pa

from features.order import ORDER
from features.risks import find
from jobs.decisions import account_groups, candidate_rows, losses, open_money, sampling
from jobs.decisions.overrides import overrides_in_force
from jobs.decisions.policy_files import Queue
from jobs.storage import catalog
from jobs.storage.lake import Lake

KEYS = pa.schema([("entity", pa.string()), ("entity_id", pa.string()), ("risk", pa.string())])
SAMPLES = pa.schema([*KEYS, ("inclusion_probability", pa.float64())])


@dataclass
class DayFacts:
    """The facts of a day, from partitions that arrived up to the day.

    Attributes:
        db: has the views of `open_money.attach`, the table `confirmed`, and `<entity>_rows` of each of `entities`.
        entities: the entities with scores of the day.
        incidents: by entity, those that stand confirmed: risk, loss_cents, days and open_cents, of equal length.
        taken: rows of `actions_taken`.
        overrides: those in force on the day.
    """

    db: duckdb.DuckDBPyConnection
    lake: Lake
    ds: dt.date
    entities: Sequence[str]
    incidents: Mapping[str, Mapping[str, np.ndarray]]
    taken: pa.Table
    overrides: pa.Table
    _drawn: dict[str, pa.Table] = field(default_factory=dict)
    _groups: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _regions: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def groups(self, entity: str) -> Mapping[str, str]:
        """Return the smallest account of the group of each account that is linked to another one."""
        if entity not in self._groups:
            self._groups[entity] = account_groups.groups(self.db, entity, self.ds)
        return self._groups[entity]

    def regions(self, entity: str) -> Mapping[str, str]:
        """Return the region of each scored entity that has one."""
        if entity not in self._regions:
            rows = self.db.sql(f"SELECT entity_id, region FROM {entity}_rows WHERE region IS NOT NULL").fetchall()
            self._regions[entity] = dict(rows)
        return self._regions[entity]

    def drawn(self, queue: Queue) -> pa.Table:
        """Return the rows that the queue's random reviews draw: (entity, entity_id, risk, inclusion_probability)."""
        if queue.version not in self._drawn:
            self._drawn[queue.version] = _drawn(self, queue)
        return self._drawn[queue.version]


def open_day(db: duckdb.DuckDBPyConnection, lake: Lake, ds: dt.date, only: Collection[str] | None = None,
             scores: Mapping[str, pa.Table] | None = None) -> DayFacts:
    """Return the facts of a day.

    Args:
        db: a connection of the day's own.
        only: entities to read; None: all with scores.
        scores: scores by entity that replace those of the lake, such as those of another model version.
    """
    open_money.attach(db, lake, ds)
    candidate_rows.attach_confirmed(db)
    candidate_rows.attach_opened_cases(db)
    entities = [entity for entity in candidate_rows.scored_entities(lake, ds) if only is None or entity in only]
    for entity in entities:
        of_day = scores[entity] if scores and entity in scores else lake.arrow(catalog.scores(entity).name, [ds])
        candidate_rows.attach(db, entity, ds, of_day, lake.arrow(catalog.features(entity).name, [ds]))
    return DayFacts(db, lake, ds, entities, {entity: _incidents(db, ds, entity) for entity in entities},
                    db.sql("FROM actions_taken").to_arrow_table(), overrides_in_force(lake, ds))


def _incidents(db: duckdb.DuckDBPyConnection, ds: dt.date, entity: str) -> dict[str, np.ndarray]:
    """Return the incidents of an entity that stand confirmed as of the day, with the open money of the day before."""
    incidents = losses.confirmed_incidents(db, entity, ds).to_arrow_table()
    if entity == ORDER.entity:  # an order is at risk as a whole, whenever its incident began
        as_of = pa.repeat(pa.scalar(ds, pa.date32()), len(incidents))
        incidents = incidents.set_column(incidents.schema.get_field_index("as_of"), "as_of", as_of)
    db.register("incidents", incidents)
    db.execute("CREATE OR REPLACE TEMP TABLE subjects AS SELECT DISTINCT entity_id, as_of FROM incidents")
    db.register("incident_money", open_money.open_money(db, entity, "subjects").to_arrow_table())
    columns = db.sql("""SELECT risk, loss_cents::DOUBLE AS loss_cents, days::DOUBLE AS days,
                                     open_cents::DOUBLE AS open_cents
                              FROM incidents JOIN incident_money USING (entity_id, as_of)
                              ORDER BY risk, entity_id, as_of, loss_cents""").to_arrow_table()
    return {name: columns[name].to_numpy(zero_copy_only=False) for name in columns.column_names}


def _drawn(day: DayFacts, queue: Queue) -> pa.Table:
    return pa.concat_tables([SAMPLES.empty_table(),
                             *(part.drawn() for part in review_design(day.db, day.ds, day.entities, queue))])


@dataclass(frozen=True)
class ReviewDesign:
    """The rows of a risk that a queue's random reviews are drawn from: every scored one that is not confirmed.

    Arrays have one entry a row, but `entity_id` one an entity.

    Attributes:
        position: of the row's entity in `entity_id`.
        score: NaN without a champion.
        draw: of the row, in [0, 1).
        inclusion: probability with which the row is drawn.
    """

    entity: str
    risk: str
    entity_id: pa.ChunkedArray
    position: np.ndarray
    score: np.ndarray
    open_cents: np.ndarray
    draw: np.ndarray
    inclusion: np.ndarray

    def drawn(self) -> pa.Table:
        """Return the rows whose draw is below their probability, with the columns of SAMPLES."""
        chosen = np.flatnonzero(self.draw < self.inclusion)
        return pa.table({"entity": [self.entity] * len(chosen), "entity_id": self.entity_id.take(self.position[chosen]),
                         "risk": [self.risk] * len(chosen), "inclusion_probability": self.inclusion[chosen]}, SAMPLES)


def review_design(db: duckdb.DuckDBPyConnection, ds: dt.date, entities: Collection[str],
                  queue: Queue) -> list[ReviewDesign]:
    """Return the rows that a queue's random reviews are drawn from on a day, by risk; none where it draws none.

    Args:
        db: has the table `confirmed` and `<entity>_rows` of each of the entities.
    """
    expected = queue.minutes_a_day * queue.sample_share / queue.sample_minutes
    rows = [part for entity, risks in _risks_of(queue).items() if expected and entity in entities
            for part in _population(db, ds, queue, entity, risks)]
    if not rows:
        return []
    score, open_cents = (np.concatenate([getattr(part, name) for part in rows]) for name in ("score", "open_cents"))
    size = sampling.sizes(score, open_cents)
    inclusion = sampling.inclusion_probabilities(size, expected)
    of_parts = np.split(inclusion, np.cumsum([len(part.score) for part in rows]))
    return [replace(part, inclusion=probability) for part, probability in zip(rows, of_parts)]


def _risks_of(queue: Queue) -> dict[str, list[str]]:
    """Return the risks that share a queue and that a review can judge, by entity.

    No reviewer can say whether an order will be returned: random reviews of after-sales risks would find nothing.
    """
    risks: dict[str, list[str]] = {}
    for name in queue.risks:
        entity, risk = name.split("/")
        if find(entity, risk).is_after_sales:
            continue
        risks.setdefault(entity, []).append(risk)
    return risks


def _population(db: duckdb.DuckDBPyConnection, ds: dt.date, queue: Queue, entity: str,
                risks: Sequence[str]) -> Iterator[ReviewDesign]:
    rows = candidate_rows.population(db, entity, risks, f"{ds}|{queue.name}")
    open_cents = candidate_rows.column(rows, "open_cents")
    for risk in risks:
        position = np.flatnonzero(~rows[f"{risk}_confirmed"].to_numpy().astype(bool))
        yield ReviewDesign(entity, risk, rows["entity_id"], position, candidate_rows.column(
            rows, f"{risk}_score")[position], open_cents[position], candidate_rows.column(
                rows, f"{risk}_draw")[position], np.zeros(len(position)))
