"""Calibrated probabilities and reason codes of feature rows."""

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from features.entities import FEATURE_SETS
from jobs.errors import UserError
from jobs.feature_store import freshness, texts
from jobs.integrity.table_check import require_unchanged
from jobs.runtime import console
from jobs.scoring import reason_codes, risk_levels
from jobs.scoring.reason_codes import ExplainedRows
from jobs.settings import Settings
from jobs.storage import catalog, run_manifest
from jobs.storage.lake import Lake
from jobs.training import models, registry, training_set
from jobs.training.registry import ModelVersion

VERSIONS = pa.list_(pa.struct([("risk", pa.string()), ("version", pa.string())]))


def champions(config: Settings, entity: str) -> dict[str, ModelVersion]:
    """The champion of each of an entity's risks that has one."""
    found = {m.risk: registry.load(config, m, registry.CHAMPION) for m in models.of_entity(entity)}
    for risk, candidate in found.items():
        if candidate is None:
            console.log(f"{entity}/{risk}: no champion, so no scores for it")
    return {risk: candidate for risk, candidate in found.items() if candidate is not None}


def score(spark, lake: Lake, entity: str, days: Sequence[dt.date], candidates: Mapping[str, ModelVersion]) -> None:
    """Write and stage the scores of an entity's rows of some days."""
    require_same_features(entity, days[-1], candidates)
    table = pa.concat_tables(scores(features_of(lake, entity, ds), entity, ds, candidates) for ds in days)
    versions = {risk: candidate.version for risk, candidate in candidates.items()}
    written = lake.write(spark.createDataFrame(table), catalog.scores(entity).name, days, key=f"{entity}_id",
                         metadata={"models": versions, "feature_set": FEATURE_SETS[entity].hash})
    lake.stage(written)
    run_manifest.add_section(lake, "models", {entity: versions})
    console.log(f"{entity}: {table.num_rows:,} rows scored by {len(candidates)} of "
                f"{len(models.of_entity(entity))} models")


def scores(features: pa.Table, entity: str, ds: dt.date, candidates: Mapping[str, ModelVersion]) -> pa.Table:
    """Scores and reasons of feature rows.

    Returns:
        (<entity>_id, what is kept of it, for each risk <risk>_score and <risk>_margin (calibrated log-odds), reasons,
        model_versions, ds), one row per row of `features`.
    """
    columns: dict[str,
                  pa.Array] = {name: features[name] for name in (f"{entity}_id",
                                                                 *FEATURE_SETS[entity].passthrough_columns)}
    explained: list[ExplainedRows] = []
    seen = _as_models_see(features, candidates)
    for model in models.of_entity(entity):
        margin, probability, above_low = _predicted(candidates.get(model.risk), seen)
        columns[f"{model.risk}_score"] = pa.array(probability, pa.float64(), from_pandas=True)
        columns[f"{model.risk}_margin"] = pa.array(margin, pa.float64(), from_pandas=True)
        if above_low is not None:
            explained.append(above_low)
    versions = pa.array([[{"risk": risk, "version": c.version} for risk, c in candidates.items()]], VERSIONS)
    return pa.table({**columns, "reasons": reason_codes.reason_column(features, explained),
                     # Taken again and again: to build it for each row, or to repeat a scalar, is ten times as slow.
                     "model_versions": versions.take(pa.array(np.zeros(features.num_rows, np.int64))),
                     "ds": pa.repeat(pa.scalar(ds, pa.date32()), features.num_rows)})


def _as_models_see(features: pa.Table, candidates: Mapping[str, ModelVersion]) -> pa.Table:
    """The rows with the numbers that candidates look at in 32 bits, made once however many of them look."""
    wanted = {c for candidate in candidates.values() for c in candidate.columns}.intersection(features.column_names)
    known = training_set.as_features(features, tuple(wanted))
    return pa.table({c: known[c] if c in wanted else features[c] for c in features.column_names})


def features_of(lake: Lake, entity: str, ds: dt.date) -> pa.Table:
    """An entity's rows of a day as models see them, by id: the features, and the texts that topics are found in.

    Raises:
        UserError: the day has no rows.
    """
    table = freshness.table_of(entity)
    if not lake.has(table) or ds not in lake.days(table):
        raise UserError(f"{table}, {ds}: no rows. Expected the features of the day; run "
                        f"make nightly DS={ds}")
    # A flipped bit in a number is no error to a reader, and would be published.
    require_unchanged(lake, table, [ds])
    rows = lake.arrow(table, [ds]).to_table().sort_by(f"{entity}_id")
    return texts.texts_of_rows(lake, FEATURE_SETS[entity], ds, rows)


def require_same_features(entity: str, ds: dt.date, candidates: Mapping[str, ModelVersion]) -> None:
    current = FEATURE_SETS[entity].hash
    for risk, candidate in candidates.items():
        if candidate.feature_set != current:
            raise UserError(f"{catalog.scores(entity)}, {ds}: the champion {entity}/{risk} version {candidate.version} "
                            "was "
                            f"trained on feature definitions {candidate.feature_set}, tonight's are {current}. "
                            "A score would mean something else; train again: make train")


def predict(candidate: ModelVersion | None, features: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated log-odds and probability of each row of `features_of`; without a candidate not a number."""
    return _predicted(candidate, features)[:2]


def _predicted(candidate: ModelVersion | None, features: pa.Table) -> tuple[np.ndarray, np.ndarray,
                                                                            ExplainedRows | None]:
    """What `predict` gives, and the rows above low, where there are any."""
    if candidate is None or not features.num_rows:
        nothing = np.full(features.num_rows, np.nan)
        return nothing, nothing, None
    # The rows as they lie: to make a DMatrix of them would take as long as to predict.
    seen = training_set.matrix(training_set.inputs(candidate, features))
    raw = candidate.booster.inplace_predict(seen, predict_type="margin").astype(np.float64)
    margin = candidate.calibration.slope * raw + candidate.calibration.intercept
    probability = candidate.calibration.apply(raw)
    high = np.flatnonzero(probability >= risk_levels.lowest_explained())
    return margin, probability, ExplainedRows(candidate, high, seen[high]) if len(high) else None
