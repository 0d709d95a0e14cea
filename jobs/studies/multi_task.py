"""Compare one model over all risks of users with separate models, on the same rows.

Reads the labelled rows of the day. The study uses rows with a label for every risk. An account with one confirmed risk
has no label for that risk, and the study leaves it out for all risks. Trains trees that predict every risk at once
(XGBoost's `multi_output_tree`) on the columns of all models, and each separate model on its own columns. Writes MLflow
runs under one parent run of `user/multi_task`; registers nothing. With --out it writes the section `multitask` of a
Markdown page. Run again, it logs the same numbers under a new parent.
"""

import dataclasses
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from jobs import step
from jobs.errors import UserError
from jobs.evaluation import metrics, ranking, scored_rows
from jobs.evaluation.metrics import Scored
from jobs.reporting.markdown_sections import format_table, write_section
from jobs.runtime import arguments, console
from jobs.settings import load_settings
from jobs.storage import catalog
from jobs.storage.lake import Lake
from jobs.studies import comparison, mlflow_runs
from jobs.training import models, run_logging, seeds, training_set
from jobs.training.boosting import boost, matrix
from jobs.training.models import Model
from jobs.training.seeds import training_seed
from jobs.training.topic_training import fit_topics
from jobs.training.topics import Topics
from jobs.training.training_set import Rows

ENTITY = "user"
NAME = f"{ENTITY}/multi_task"


@dataclasses.dataclass(frozen=True, eq=False)
class SharedRows:
    """Rows of one part with a label for every risk.

    Attributes:
        rows: the rows, with the columns of all models.
        labels: (rows, risks).
    """

    rows: Rows
    labels: np.ndarray

    def of(self, risk: int, model: Model) -> Rows:
        """Return the rows with the columns and labels of one risk's separate model."""
        return dataclasses.replace(comparison.select_columns(self.rows, model.columns, model.text),
                                   label=self.labels[:, risk])

    def all_rows(self, other: "SharedRows") -> "SharedRows":
        """Return these rows, followed by the other rows."""
        return SharedRows(training_set.concat_rows(self.rows, other.rows), np.concatenate([self.labels, other.labels]))

    def with_topics(self, fitted: Mapping[str, Topics]) -> "SharedRows":
        return dataclasses.replace(self, rows=training_set.with_topics(self.rows, fitted))


def parse(argv: Sequence[str] | None = None):
    """Arguments of the study."""
    parser = arguments.parser(__doc__)
    parser.add_argument("--out", type=Path, metavar="FILE.md", help="write the section `multitask` of this page")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    tasks = models.of_entity(ENTITY)
    lake = Lake(config.lake, args.run_id)
    labelled = [comparison.labelled_parts(lake, union(tasks, task), args.ds) for task in tasks]
    parts = {part: shared([by_part[part] for by_part in labelled]) for part in comparison.PARTS}
    _require_positives(tasks, parts, args)
    fitted = fit_topics(any_positive(parts["train"]), training_seed(tasks[0], args.ds))
    train, validation, test = (parts[part].with_topics(fitted) for part in comparison.PARTS)
    multi_task = fit(tasks[0], train, validation, training_seed(tasks[0], args.ds))
    scores = multi_task.predict(matrix(test.rows), output_margin=True)
    rows: list[list[str]] = []
    with mlflow_runs.parent(config, NAME, args, __doc__):
        console.log(f"{NAME}: {multi_task.num_boosted_rounds()} trees for {len(tasks)} risks from "
                    f"{len(parts['train'].rows):,} rows; average precision on {len(parts['test'].rows):,} test rows")
        for number, task in enumerate(tasks):
            with mlflow_runs.child(task.name, {"risk": task.risk, "trees": multi_task.num_boosted_rounds()}):
                rows.append(_compare(task, number, parts, scores[:, number], training_seed(task, args.ds)))
    if args.out:
        write_section(args.out, "multitask", "Rows labelled for every risk: "
                      + ", ".join(f"{len(of_part.rows):,} of {part}" for part, of_part in parts.items()) + ".\n\n"
                      + format_table(("model", "one model", "separate models", "one model is ahead by"), rows))


def union(tasks: Sequence[Model], task: Model) -> Model:
    """Return a model of one task's risk with the features and texts of all tasks."""
    return dataclasses.replace(task, features=tuple(dict.fromkeys(f for t in tasks for f in t.features)),
                               text=tuple(dict.fromkeys(name for t in tasks for name in t.text)))


def any_positive(rows: SharedRows) -> Rows:
    """Return the rows to fit common topics on; a row is positive if any risk's label is positive."""
    return dataclasses.replace(rows.rows, label=rows.labels.max(axis=1))


def shared(labelled: Sequence[Rows]) -> SharedRows:
    """Return the rows with a label for every risk, in the order of the first risk's rows."""
    keys = [np.rec.fromarrays((rows.as_of.astype(np.int64), rows.entity)) for rows in labelled]
    common = keys[0]
    for other in keys[1:]:
        common = np.intersect1d(common, other)
    # Rows are ordered by day and entity, so the common rows have one order for all risks.
    chosen = [np.isin(of_risk, common) for of_risk in keys]
    return SharedRows(comparison.filter_rows(labelled[0], chosen[0]),
                      np.column_stack([rows.label[inside] for rows, inside in zip(labelled, chosen)]))


def fit(model: Model, train: SharedRows, validation: SharedRows, seed: int):
    """Train trees over all risks: stop by their mean average precision on validation, then train on both parts.

    Source: Multi-output trees of XGBoost 2.0,
    https://xgboost.readthedocs.io/en/stable/tutorials/multioutput.html
    """
    import xgboost as xgb

    validation_matrix = xgb.DMatrix(validation.rows.features, label=validation.labels)
    stop = xgb.callback.EarlyStopping(rounds=model.patience, metric_name="mean_average_precision", maximize=True)
    stopped = _boost(model, train, model.rounds, seed, evals=[(validation_matrix, "validation")], callbacks=[stop],
                     custom_metric=_mean_average_precision)
    return _boost(model, train.all_rows(validation), stopped.best_iteration + 1, seed)


def _boost(model: Model, shared: SharedRows, *arguments, **early_stopping):
    parameters = {name: value for name, value in model.parameters.items() if name != "eval_metric"}
    return boost(parameters | {"multi_strategy": "multi_output_tree", "disable_default_eval_metric": True},
                 shared.rows.features, shared.labels, *arguments, **early_stopping)


def _mean_average_precision(scores: np.ndarray, data) -> tuple[str, float]:
    labels = data.get_label().reshape(scores.shape)
    return "mean_average_precision", float(np.mean([ranking.average_precision(labels[:, i], scores[:, i])
                                                    for i in range(scores.shape[1])]))


def _compare(task: Model, number: int, parts: dict[str, SharedRows], scores: np.ndarray, seed: int) -> list[str]:
    """Train a separate model of one risk on the same rows, log the comparison, and return the cells of the risk."""
    train, validation, test = (parts[part].of(number, task) for part in comparison.PARTS)
    separate: Scored = scored_rows.score_rows(comparison.trained_candidate(task, train, validation, seed), test)
    one, other, ahead = metrics.compare(test.label, scores, separate.score, test.entity, seeds.bootstrap_seed(task))
    run_logging.log_metrics(one.named("average_precision") | other.named("separate_average_precision")
                            | ahead.named("multi_task_ahead") | {"positives": test.positives, "rows": len(test)})
    console.log(f"  {task.name:<28}one model {comparison.format_estimate(one)}   separate "
                f"{comparison.format_estimate(other)}   ahead {comparison.format_estimate(ahead, sign=True)}")
    return [task.name, *map(comparison.format_estimate, (one, other)), comparison.format_estimate(ahead, sign=True)]


def _require_positives(tasks: Sequence[Model], parts: dict[str, SharedRows], args) -> None:
    for part, of_part in parts.items():
        for task, positives in zip(tasks, of_part.labels.sum(axis=0)):
            if not positives:
                raise UserError(f"{catalog.labels(ENTITY)}, {args.ds}: no confirmed incident of {task.risk} among the "
                                f"rows of {part} that every risk has labelled. Expected at least one; land more "
                                "verdicts, then make train")


if __name__ == "__main__":
    sys.exit(step.run(main))
