"""Trainings that are measured and never registered: what comparisons of models are made of."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from jobs import step, training_set
from jobs.boosting import learn
from jobs.errors import Refused
from jobs.lake import Lake
from jobs.metrics import Estimate
from jobs.models import MODELS, Model, find_model
from jobs.registry import Candidate
from jobs.train import fit_topics
from jobs.training_set import Rows

PARTS = ("train", "validation", "test")


def parse(doc: str | None, argv: Sequence[str] | None):
    """Arguments of a job that compares trainings of some models, or of all."""
    parser = step.parser(doc)
    parser.add_argument("--model", action="append", choices=[m.name for m in MODELS],
                        help="which model, or several; without one, all of them")
    parser.add_argument("--out", type=Path, metavar="FILE.md", help="write the command's section of this page")
    args = parser.parse_args(argv)
    args.models = [find_model(name) for name in args.model] if args.model else list(MODELS)
    return args


def each(models: Sequence[Model], compare: Callable[[Model], None]) -> None:
    """Compare every model; one that cannot be compared is told of, and the others are compared all the same.

    Raises:
        Refused: no model could be.
    """
    refused = []
    for model in models:
        try:
            compare(model)
        except Refused as refusal:
            refused.append(model.name)
            step.say(str(refusal))
    if len(refused) == len(models):
        raise Refused(f"{', '.join(refused)}: nothing was compared. What each one lacks is said above")


def parts(lake: Lake, model: Model, ds: dt.date) -> dict[str, Rows]:
    """The rows of each part, as labelled on a day.

    Raises:
        Refused: the day was never labelled, or a part has no confirmed incident.
    """
    table = f"{model.entity}_labels"
    if not lake.has(table) or ds not in lake.days(table):
        raise Refused(f"{table}, {ds}: no rows. Expected the labels of a training of that day; run make train DS={ds}")
    rows = {part: training_set.read(lake, model, ds, part) for part in PARTS}
    empty = [part for part, found in rows.items() if not found.positives]
    if empty:
        raise Refused(f"{table}, {ds}: no confirmed incident of {model.risk} in {' and '.join(empty)}, so there is "
                      "nothing to compare. Expected at least one in each part; land more verdicts, then make train")
    return rows


def candidate(model: Model, train: Rows, validation: Rows, seed: int, after: Candidate | None = None) -> Candidate:
    """The model that `train` would register for these rows, kept in memory.

    Args:
        after: a model of other rows that this one goes on from, with its trees and its topics.
    """
    fitted = after.topics if after else fit_topics(train, seed)
    train, validation = (training_set.with_topics(rows, fitted) for rows in (train, validation))
    learnt = learn(model, train, validation, seed, after.booster if after else None)
    return Candidate(model, "unregistered", "", learnt.booster, learnt.calibration, tuple(train.features.column_names),
                     model.feature_set.hash, {}, fitted)


def only(rows: Rows, chosen: np.ndarray) -> Rows:
    """Some of the rows; `chosen` is bool (rows,)."""
    texts = rows.texts.filter(chosen) if rows.texts.num_columns else rows.texts
    arrays = (values[chosen] for values in (rows.label, rows.as_of, rows.entity, rows.loss, rows.together))
    return Rows(rows.features.filter(chosen), *arrays,
                {name: values[chosen] for name, values in rows.slices.items()}, texts)


def seeing(rows: Rows, columns: Sequence[str], texts: Sequence[str]) -> Rows:
    """The same rows with some of their feature columns and of their texts."""
    return dataclasses.replace(rows, features=rows.features.select(list(columns)),
                               texts=rows.texts.select(list(texts)))


def told(estimate: Estimate, sign: bool = False) -> str:
    """`0.412 (0.351 to 0.470)`; with a sign for a difference."""
    shown = [f"{v:+.3f}" if sign else f"{v:.3f}" for v in (estimate.value, estimate.low, estimate.high)]
    return f"{shown[0]} ({shown[1]} to {shown[2]})"
