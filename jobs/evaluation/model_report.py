"""The report of one model: its test rows measured by verdicts and by ground truth, with its baseline rule."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.inputs.contract import Table
from features.language.feature import Feature
from jobs.errors import UserError
from jobs.evaluation import baseline, error_analysis, ground_truth, metrics, scored_rows
from jobs.evaluation.baseline import ModelComparison, SingleFeatureRule
from jobs.evaluation.error_analysis import Segment
from jobs.evaluation.ground_truth import GroundTruth
from jobs.evaluation.metrics import Scored
from jobs.settings import Settings
from jobs.storage import catalog
from jobs.storage.lake import Lake
from jobs.storage.query import connect
from jobs.training import registry, seeds, training_set
from jobs.training.model_version import ModelVersion
from jobs.training.models import Model
from jobs.training.training_set import Rows

SHOWN = ("average_precision", "roc_auc", "precision_at_capacity", "recall_at_capacity")
SEEN_DAYS = 30


@dataclass(frozen=True)
class ModelReport:
    """The report of one model.

    Attributes:
        training_counts: (rows, positives) of training and validation.
        by_verdicts: metrics by the labels of verdicts.
        confirmed, cleared: verdicts; of an after-sales risk the cases of its kind, of which none is cleared.
        by_ground_truth: metrics by ground truth; None on a real lake, and for an after-sales risk, whose labels are
            facts.
        segments: segments of the error analysis.
    """

    model: Model
    alias: str
    version: str
    trained_on: str
    confirmed: int
    cleared: int
    training_counts: tuple[int, int]
    days: tuple[dt.date, ...]
    rule: SingleFeatureRule
    by_verdicts: ModelComparison
    by_ground_truth: ModelComparison | None
    segments: tuple[Segment, ...]


def model_report(config: Settings, lake: Lake, model: Model, ds: dt.date, incidents) -> ModelReport:
    """Measure a model on the test rows of a day.

    Args:
        incidents: the result of `ground_truth.read`.

    Raises:
        UserError: there is no model, or no positive test row; the message names the command.
    """
    model_version, alias = in_service(config, model, ds)
    rows = training_set.read_rows(lake, model, ds, "test")
    if not rows.positives:
        raise UserError(
            f"{catalog.labels(model.entity)}, {ds}: no positive row of {model.risk} in the test rows. Expected "
            f"the labels of a training of that day; run make train DS={ds}")
    scored, rule = scored_rows.score_rows(model_version, rows), scored_rows.rule_of(config, model_version)
    is_planted = incidents is not None and not model.declared_risk.is_after_sales
    truth = ground_truth.of_rows(incidents, model.declared_risk, rows.as_of, rows.entity) if is_planted else None
    return ModelReport(
        model, alias, model_version.version, model_version.tags.get("vigil.ds", "unknown"),
        *verdict_counts(lake, model, ds), training_counts(lake, model, ds),
        tuple(np.unique(rows.as_of).astype("datetime64[D]").tolist()), rule,
        measured(model, rows, scored, rule), _by_truth(model, rows, scored, rule, truth),
        tuple(_missed(lake, model, rows, scored, truth)) if truth else ())


def in_service(config: Settings, model: Model, ds: dt.date) -> tuple[ModelVersion, str]:
    """Load the champion, or else the challenger, with its alias.

    Raises:
        UserError: there is neither, or the model version was trained as of a later day than `ds`.
    """
    for alias in (registry.CHAMPION, registry.CHALLENGER):
        model_version = registry.load(config, model, alias)
        if model_version is None:
            continue
        if model_version.tags.get("vigil.ds", "") > str(ds):
            raise UserError(f"{model.name}: the {alias} was trained on {model_version.tags['vigil.ds']} and may have "
                            f"seen the test rows of {ds}. Report the day it was trained on: make report "
                            f"DS={model_version.tags['vigil.ds']}")
        return model_version, alias
    raise UserError(f"{model.name}: no champion and no challenger; run make train DS={ds}")


def measured(model: Model, rows: Rows, scored: Scored, rule: SingleFeatureRule) -> ModelComparison:
    """Measure scored rows by their labels, and the rule on the same rows."""
    capacity, seed = model.declared_risk.capacity, seeds.bootstrap_seed(model)
    estimates = metrics.estimates(scored, capacity, seed)
    return ModelComparison(len(rows), int(scored.label.sum()), {name: estimates[name] for name in SHOWN},
                           baseline.lift(scored.label, scored.score, rule.apply(rows.features), scored.entity, seed))


def verdict_counts(lake: Lake, model: Model, ds: dt.date) -> tuple[int, int]:
    """Count the verdicts of the risk, or the cases of its kind, that had arrived by a day: (confirmed, cleared)."""
    kind = model.declared_risk.case_kind
    with connect() as db:
        if kind:
            db.register("cases", lake.arrow("cases"))
            return *db.execute("SELECT count(*) FROM cases WHERE kind = ? AND ds <= ?", [kind, ds]).fetchone(), 0
        db.register("verdicts", lake.arrow("verdicts"))
        return db.execute("SELECT count(*) FILTER (confirmed), count(*) FILTER (NOT confirmed) FROM verdicts "
                          "WHERE entity = ? AND risk = ? AND ds <= ?", [model.entity, model.risk, ds]).fetchone()


def training_counts(lake: Lake, model: Model, ds: dt.date) -> tuple[int, int]:
    """Count the training and validation rows of a day: (rows, positives)."""
    with connect() as db:
        db.register("labels", lake.arrow(catalog.labels(model.entity).name, [ds]))
        return db.execute("SELECT count(*), coalesce(sum(label), 0)::BIGINT FROM labels WHERE risk = ? "
                          "AND part <> 'test'", [model.risk]).fetchone()


def events_seen(lake: Lake, model: Model, rows: Rows) -> np.ndarray:
    """Return the events of each row's entity in the last 30 days, float (rows,); for an order, its card's events.

    The number is the sum of the entity's unconditional count features.
    """
    counts = [f"{d.name}_{SEEN_DAYS}d" for d in model.feature_set.of_type(Feature)
              if isinstance(d.source, Table) and d.aggregation == "count" and not d.where and SEEN_DAYS in d.windows
              and d.by == model.feature_set.cluster_column and not d.delay]
    with connect() as db:
        db.register("labelled", pa.table({"row_number": np.arange(len(rows)), "ds": rows.as_of.astype("datetime64[D]"),
                                          "entity": rows.entity}))
        db.register("features", lake.arrow(catalog.features(model.entity).name, np.unique(rows.as_of).tolist()))
        sums = db.execute(f"SELECT {' + '.join(f'coalesce({c}, 0)' for c in counts) or '0'} AS events FROM labelled l "
                          f"LEFT JOIN features f ON f.ds = l.ds AND f.{model.feature_set.id} = l.entity "
                          "ORDER BY row_number").fetchnumpy()
    return np.asarray(sums["events"], dtype=float)


def _by_truth(model: Model, rows: Rows, scored: Scored, rule: SingleFeatureRule,
              truth: GroundTruth | None) -> ModelComparison | None:
    if truth is None or not truth.label.any():
        return None
    by_truth = Scored(truth.label, scored.score, scored.day, scored.entity, truth.loss)
    return measured(model, rows, by_truth, rule)


def _missed(lake: Lake, model: Model, rows: Rows, scored: Scored, truth: GroundTruth) -> list[Segment]:
    reviewed = metrics.reviewed_rows(scored, model.declared_risk.capacity)
    return error_analysis.segments(truth, reviewed, events_seen(lake, model, rows))
