"""Trainings for comparisons of models, which are measured and never registered."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from jobs.errors import UserError
from jobs.evaluation.metrics import Estimate
from jobs.runtime import arguments, console
from jobs.storage import catalog
from jobs.storage.lake import Lake
from jobs.training import training_set
from jobs.training.boosting import train_model
from jobs.training.model_version import ModelVersion
from jobs.training.models import MODELS, Model, find_model
from jobs.training.topic_training import fit_topics
from jobs.training.training_set import Rows

PARTS = ("train", "validation", "test")


def parse(doc: str | None, argv: Sequence[str] | None):
    """Arguments of a study that compares trainings of some models, or of all."""
    parser = arguments.parser(doc)
    parser.add_argument("--model", action="append", choices=[m.name for m in MODELS],
                        help="which model, or several; without one, all of them")
    parser.add_argument("--out", type=Path, metavar="FILE.md", help="write the command's section of this page")
    args = parser.parse_args(argv)
    args.models = [find_model(name) for name in args.model] if args.model else list(MODELS)
    return args


def for_each_model(models: Sequence[Model], compare: Callable[[Model], None]) -> None:
    """Compare every model. A `UserError` of one model is logged, and the other models are still compared.

    Raises:
        UserError: no model could be compared.
    """
    failed = []
    for model in models:
        try:
            compare(model)
        except UserError as error:
            failed.append(model.name)
            console.log(str(error))
    if len(failed) == len(models):
        raise UserError(f"{', '.join(failed)}: nothing was compared. The lines above give the reason of each model")


def labelled_parts(lake: Lake, model: Model, ds: dt.date) -> dict[str, Rows]:
    """Read the rows of each part, with the labels of a day.

    Raises:
        UserError: the day was never labelled, or a part has no confirmed incident.
    """
    table = catalog.labels(model.entity).name
    if not lake.has(table) or ds not in lake.days(table):
        raise UserError(f"{table}, {ds}: no rows. Expected the labels of a training of that day; "
                        f"run make train DS={ds}")
    rows = {part: training_set.read_rows(lake, model, ds, part) for part in PARTS}
    empty = [part for part, of_part in rows.items() if not of_part.positives]
    if empty:
        raise UserError(f"{table}, {ds}: no confirmed incident of {model.risk} in {' and '.join(empty)}, so there is "
                        "nothing to compare. Expected at least one in each part; land more verdicts, then make train")
    return rows


def trained_candidate(model: Model, train: Rows, validation: Rows, seed: int,
                      warm_start: ModelVersion | None = None) -> ModelVersion:
    """Train the model that `train` would register for these rows, in memory.

    Args:
        warm_start: a model version of other rows. The training continues from its trees, with its topics.
    """
    fitted = warm_start.topics if warm_start else fit_topics(train, seed)
    train, validation = (training_set.with_topics(rows, fitted) for rows in (train, validation))
    trained = train_model(model, train, validation, seed, warm_start.booster if warm_start else None)
    return ModelVersion(model, "unregistered", "", trained.booster, trained.calibration,
                        tuple(train.features.column_names), model.feature_set.hash, {}, fitted)


def filter_rows(rows: Rows, chosen: np.ndarray) -> Rows:
    """Return the chosen rows; `chosen` is bool (rows,)."""
    texts = rows.texts.filter(chosen) if rows.texts.num_columns else rows.texts
    arrays = (values[chosen] for values in (rows.label, rows.as_of, rows.entity, rows.loss, rows.cluster))
    return Rows(rows.features.filter(chosen), *arrays,
                {name: values[chosen] for name, values in rows.slices.items()}, texts)


def select_columns(rows: Rows, columns: Sequence[str], texts: Sequence[str]) -> Rows:
    """Return the rows with only the given feature columns and texts."""
    return dataclasses.replace(rows, features=rows.features.select(list(columns)),
                               texts=rows.texts.select(list(texts)))


def format_estimate(estimate: Estimate, sign: bool = False) -> str:
    """Format an estimate as `0.412 (0.351 to 0.470)`; a difference has a sign."""
    shown = [f"{v:+.3f}" if sign else f"{v:.3f}" for v in (estimate.value, estimate.low, estimate.high)]
    return f"{shown[0]} ({shown[1]} to {shown[2]})"
