"""Ground truth: the incidents that the simulation planted, confirmed or not. A real lake has none.

Only the report, studies and tests of the simulation read it. A job that trains or scores must never read it.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.risks import Risk
from jobs.storage.query import connect

# The variant of a row without an incident.
NO_ATTACK = ""


@dataclass(frozen=True, eq=False)
class GroundTruth:
    """The ground truth of labelled rows; every array has shape (rows,).

    Attributes:
        label: 1 if a planted incident touches the horizon after as_of, else 0.
        loss: minor units, the sum over the row's incidents.
        variant: kind of attack of the row's first incident; empty without an incident.
        running: days since the row's first incident began; below 0 if it begins after as_of.
        confirmed: whether a verdict ever confirmed one of the row's incidents.
    """

    label: np.ndarray
    loss: np.ndarray
    variant: np.ndarray
    running: np.ndarray
    confirmed: np.ndarray


def read(home: Path) -> pa.Table | None:
    """Read the planted incidents of a simulated home; None for another home.

    Returns:
        (entity, entity_id, risk, incident_from, incident_to, loss_cents, group, variant, found), one row an incident.
    """
    path = home / "truth" / "incidents.parquet"
    return pq.read_table(path) if path.is_file() else None


def of_rows(truth: pa.Table, risk: Risk, as_of: np.ndarray, entity: np.ndarray) -> GroundTruth:
    """Label rows (entity, as_of) by ground truth, as `features.labels` labels them by verdicts.

    An entity that was confirmed by as_of has no labelled row, so the query does not exclude it.
    """
    labelled = pa.table({"row_number": np.arange(len(entity)), "as_of": as_of.astype("datetime64[D]"),
                         "entity_id": entity})
    with connect() as db:
        db.register("labelled", labelled)
        db.register("truth", truth)
        incidents = db.execute("""
            SELECT row_number, sum(loss_cents)::BIGINT AS loss, arg_min(variant, (incident_from, variant)) AS variant,
                   max(l.as_of - incident_from) AS running, bool_or(found) AS confirmed
            FROM labelled l JOIN truth t USING (entity_id)
            WHERE t.entity = $1 AND t.risk = $2 AND ($3 = 0 OR (incident_from <= l.as_of + CAST($3 AS INTEGER)
              AND incident_to > l.as_of))
            GROUP BY row_number""", [risk.entity, risk.name, risk.horizon_days]).fetchnumpy()
    return _to_all_rows(incidents, len(entity))


def _to_all_rows(incidents: dict[str, np.ndarray], rows: int) -> GroundTruth:
    """Return the values of rows with incidents at their positions among all rows."""
    def for_all_rows(values, empty):
        filled = np.full(rows, empty, dtype=object if isinstance(empty, str) else type(empty))
        filled[incidents["row_number"]] = values
        return filled

    return GroundTruth(label=for_all_rows(np.ones(len(incidents["row_number"]), dtype=int), 0),
                       loss=for_all_rows(incidents["loss"], 0), variant=for_all_rows(incidents["variant"], NO_ATTACK),
                       running=for_all_rows(incidents["running"], 0),
                       confirmed=for_all_rows(incidents["confirmed"], False))
