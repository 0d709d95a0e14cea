"""What was really planted in the simulated marketplace, found or not. Real lakes have none.

For the report and for tests of the world alone: a job that trains or scores must never read it.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.risks import Risk
from jobs.storage.query import connect

# A row that no incident touches.
NO_ATTACK = ""


@dataclass(frozen=True, eq=False)
class GroundTruth:
    """The truth of labelled rows; every array has shape (rows,).

    Attributes:
        label: 1 where a planted incident touches the horizon after as_of, else 0.
        loss: minor units of the incidents touched.
        variant: kind of attack, of the incident that began first; empty where there is none.
        running: days since it began; below 0 where it begins after as_of.
        found: whether a verdict ever confirmed it.
    """

    label: np.ndarray
    loss: np.ndarray
    variant: np.ndarray
    running: np.ndarray
    found: np.ndarray


def read(home: Path) -> pa.Table | None:
    """Every planted incident (entity, entity_id, risk, incident_from, incident_to, loss_cents, group, variant,
    found) of the home that was simulated; None where there is none."""
    path = home / "truth" / "incidents.parquet"
    return pq.read_table(path) if path.is_file() else None


def of_rows(truth: pa.Table, risk: Risk, as_of: np.ndarray, entity: np.ndarray) -> GroundTruth:
    """Label rows, each an entity on a day, by the truth as `features.labels` does by verdicts.

    Rows of entities that were confirmed by as_of are not among labelled rows, so they need no leaving out.
    """
    wanted = pa.table({"place": np.arange(len(entity)), "as_of": as_of.astype("datetime64[D]"), "entity_id": entity})
    with connect() as db:
        db.register("wanted", wanted)
        db.register("truth", truth)
        found = db.execute("""
            SELECT place, sum(loss_cents)::BIGINT AS loss, arg_min(variant, (incident_from, variant)) AS variant,
                   max(w.as_of - incident_from) AS running, bool_or(found) AS found
            FROM wanted w JOIN truth t USING (entity_id)
            WHERE t.entity = $1 AND t.risk = $2 AND ($3 = 0 OR (incident_from <= w.as_of + CAST($3 AS INTEGER)
              AND incident_to > w.as_of))
            GROUP BY place""", [risk.entity, risk.name, risk.horizon_days]).fetchnumpy()
    return _spread(found, len(entity))


def _spread(found: dict[str, np.ndarray], rows: int) -> GroundTruth:
    """Values of the rows touched, at their places among all rows."""
    def at_places(values, empty):
        spread = np.full(rows, empty, dtype=object if isinstance(empty, str) else type(empty))
        spread[found["place"]] = values
        return spread

    return GroundTruth(label=at_places(np.ones(len(found["place"]), dtype=int), 0), loss=at_places(found["loss"], 0),
                       variant=at_places(found["variant"], NO_ATTACK), running=at_places(found["running"], 0),
                       found=at_places(found["found"], False))
