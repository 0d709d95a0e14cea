"""Calibrated probabilities and reason codes of feature rows."""

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from features.entities import FEATURE_SETS
from features.risks import after_sales
from jobs.errors import UserError
from jobs.feature_store import texts
from jobs.integrity.table_check import require_unchanged
from jobs.runtime import console
from jobs.scoring import reason_codes, risk_levels
from jobs.scoring.reason_codes import ExplainedRows
from jobs.settings import Settings
from jobs.storage import catalog, run_manifest
from jobs.storage.catalog.score_tables import AFTER_SALES_REASONS, REASONS
from jobs.storage.lake import Lake
from jobs.training import models, registry, training_set
from jobs.training.model_version import ModelVersion

VERSIONS = pa.list_(pa.struct([("risk", pa.string()), ("version", pa.string())]))


def champions(config: Settings, entity: str) -> dict[str, ModelVersion]:
    """Load the champions of an entity, by risk. A risk without a champion is left out and logged."""
    loaded = {m.risk: registry.load(config, m, registry.CHAMPION) for m in models.of_entity(entity)}
    for risk, model_version in loaded.items():
        if model_version is None:
            console.log(f"{entity}/{risk}: no champion, so no scores for it")
    return {risk: model_version for risk, model_version in loaded.items() if model_version is not None}


def score(spark, lake: Lake, entity: str, days: Sequence[dt.date], model_versions: Mapping[str, ModelVersion]) -> None:
    """Write and stage the scores of an entity's rows of some days.

    Args:
        days: at least one day.
        model_versions: the model version of each scored risk, by risk.

    Raises:
        UserError: a model version was trained on other feature definitions, or a day has no features.
    """
    require_same_features(entity, days[-1], model_versions)
    table = pa.concat_tables(scores(features_of(lake, entity, ds), entity, ds, model_versions) for ds in days)
    versions = {risk: model_version.version for risk, model_version in model_versions.items()}
    written = lake.write(spark.createDataFrame(table), catalog.scores(entity).name, days, key=f"{entity}_id",
                         metadata={"models": versions, "feature_set": FEATURE_SETS[entity].hash})
    lake.stage(written)
    run_manifest.add_section(lake, "models", {entity: versions})
    console.log(f"{entity}: {table.num_rows:,} rows scored by {len(model_versions)} of "
                f"{len(models.of_entity(entity))} models")


def scores(features: pa.Table, entity: str, ds: dt.date, model_versions: Mapping[str, ModelVersion]) -> pa.Table:
    """Compute scores and reasons of feature rows.

    Returns:
        (<entity>_id, the passthrough columns of the feature set, for each risk <risk>_score and <risk>_margin
        (calibrated log-odds), reasons, of orders after_sales_reasons, model_versions, ds), one row per row of
        `features`. Score and margin of a risk without a model version are null.
    """
    names = (f"{entity}_id", *FEATURE_SETS[entity].passthrough_columns)
    columns: dict[str, pa.Array] = {name: features[name] for name in names}
    explained: list[ExplainedRows] = []
    numbers = _with_32_bit_features(features, model_versions)
    for model in models.of_entity(entity):
        margin, probability, above_low = _predicted(model_versions.get(model.risk), numbers)
        columns[f"{model.risk}_score"] = pa.array(probability, pa.float64(), from_pandas=True)
        columns[f"{model.risk}_margin"] = pa.array(margin, pa.float64(), from_pandas=True)
        if above_low is not None:
            explained.append(above_low)
    versions = pa.array([[{"risk": risk, "version": c.version} for risk, c in model_versions.items()]], VERSIONS)
    return pa.table({**columns, **reason_columns(features, entity, explained),
                     # `take` repeats one row: building it for each row, or repeating a scalar, is ten times as slow.
                     "model_versions": versions.take(pa.array(np.zeros(features.num_rows, np.int64))),
                     "ds": pa.repeat(pa.scalar(ds, pa.date32()), features.num_rows)})


def reason_columns(features: pa.Table, entity: str, explained: Sequence[ExplainedRows]) -> dict[str, pa.Array]:
    """Return the columns of reasons by name. A likely return takes no place among the reasons of a fraud."""
    of_risk = {is_after_sales: [rows for rows in explained
                                if rows.model_version.model.declared_risk.is_after_sales == is_after_sales]
               for is_after_sales in (False, True)}
    columns = {REASONS.name: reason_codes.reason_column(features, of_risk[False])}
    if after_sales(entity):
        columns[AFTER_SALES_REASONS.name] = reason_codes.reason_column(features, of_risk[True])
    return columns


def _with_32_bit_features(features: pa.Table, model_versions: Mapping[str, ModelVersion]) -> pa.Table:
    """Return the rows with every feature of any model version as a 32-bit float, converted once for all of them."""
    read = {c for model_version in model_versions.values() for c in model_version.columns}
    wanted = read.intersection(features.column_names)
    converted = training_set.as_features(features, tuple(wanted))
    return pa.table({c: converted[c] if c in wanted else features[c] for c in features.column_names})


def features_of(lake: Lake, entity: str, ds: dt.date) -> pa.Table:
    """Read an entity's feature rows of a day, ordered by id, with the texts that topics are computed from.

    Raises:
        UserError: the day has no rows.
    """
    table = catalog.features(entity).name
    if not lake.has(table) or ds not in lake.days(table):
        raise UserError(f"{table}, {ds}: no rows. Expected the features of the day; run "
                        f"make nightly DS={ds}")
    # A reader does not notice a flipped bit in a number, and the number would be published.
    require_unchanged(lake, table, [ds])
    rows = lake.arrow(table, [ds]).to_table().sort_by(f"{entity}_id")
    return texts.texts_of_rows(lake, FEATURE_SETS[entity], ds, rows)


def require_same_features(entity: str, ds: dt.date, model_versions: Mapping[str, ModelVersion]) -> None:
    """Require that every model version was trained on the current feature definitions.

    Raises:
        UserError: a model version was trained on other definitions.
    """
    current = FEATURE_SETS[entity].hash
    for risk, model_version in model_versions.items():
        if model_version.feature_set != current:
            raise UserError(f"{catalog.scores(entity)}, {ds}: the champion {entity}/{risk} version "
                            f"{model_version.version} was trained on feature definitions "
                            f"{model_version.feature_set}, tonight's are {current}. "
                            "A score would mean something else; train again: make train")


def predict(model_version: ModelVersion | None, features: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Return calibrated log-odds and probability of each row of `features_of`, both (rows,), NaN without a model."""
    return _predicted(model_version, features)[:2]


def _predicted(model_version: ModelVersion | None,
               features: pa.Table) -> tuple[np.ndarray, np.ndarray, ExplainedRows | None]:
    """Return the results of `predict`, and the rows above `low` or None if there are none."""
    if model_version is None or not features.num_rows:
        undefined = np.full(features.num_rows, np.nan)
        return undefined, undefined, None
    inputs = training_set.matrix(training_set.inputs(model_version, features))
    raw = model_version.raw_margins(inputs)
    margin = model_version.calibration.slope * raw + model_version.calibration.intercept
    probability = model_version.calibration.apply(raw)
    high = np.flatnonzero(probability >= risk_levels.lowest_explained())
    return margin, probability, ExplainedRows(model_version, high, inputs[high]) if len(high) else None
