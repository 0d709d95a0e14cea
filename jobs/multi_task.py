"""One model over all risks of users, against the separate ones on the same rows.

Reads the labelled rows of the day. Rows are those labelled for every risk: an account already confirmed for one risk
has no label for it and is left out for all. Trains trees that answer for every risk at once (XGBoost's
`multi_output_tree`) on all columns that any of the models sees, and each model by itself on its own columns. Writes
MLflow runs under one parent run of `user/multi_task`; registers nothing. With --out it writes the section `multitask`
of a Markdown page.
"""

import dataclasses
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from jobs import evaluate, experiments, metrics, models, ranking, step, training_set, trials
from jobs.boosting import boost, matrix
from jobs.errors import Refused
from jobs.lake import Lake
from jobs.metrics import Scored
from jobs.models import Model
from jobs.reporting.markdown_sections import format_table, write_section
from jobs.settings import settings
from jobs.topics import Topics
from jobs.train import fit_topics, seed
from jobs.training_set import Rows

ENTITY = "user"
NAME = f"{ENTITY}/multi_task"


@dataclasses.dataclass(frozen=True, eq=False)
class Shared:
    """Rows of one part that every risk has labelled: the union model's rows, and labels (rows, risks)."""

    rows: Rows
    labels: np.ndarray

    def of(self, risk: int, model: Model) -> Rows:
        """The rows as one risk's own model sees them."""
        return dataclasses.replace(trials.seeing(self.rows, model.columns, model.text), label=self.labels[:, risk])

    def joined(self, other: "Shared") -> "Shared":
        """These rows, then the other's."""
        return Shared(training_set.together(self.rows, other.rows), np.concatenate([self.labels, other.labels]))

    def with_topics(self, fitted: Mapping[str, Topics]) -> "Shared":
        return dataclasses.replace(self, rows=training_set.with_topics(self.rows, fitted))


def parse(argv: Sequence[str] | None = None):
    """Arguments of the job."""
    parser = step.parser(__doc__)
    parser.add_argument("--out", type=Path, metavar="FILE.md", help="write the section `multitask` of this page")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    places = settings()
    tasks = models.of_entity(ENTITY)
    lake = Lake(places.lake, args.run_id)
    labelled = [trials.parts(lake, union(tasks, task), args.ds) for task in tasks]
    parts = {part: shared([own[part] for own in labelled]) for part in trials.PARTS}
    _refuse_without_positives(tasks, parts, args)
    fitted = fit_topics(any_positive(parts["train"]), seed(tasks[0], args.ds))
    train, validation, test = (parts[part].with_topics(fitted) for part in trials.PARTS)
    together = fit(tasks[0], train, validation, seed(tasks[0], args.ds))
    scores = together.predict(matrix(test.rows), output_margin=True)
    rows: list[list[str]] = []
    with experiments.parent(places, NAME, args):
        step.say(f"{NAME}: {together.num_boosted_rounds()} trees for {len(tasks)} risks from "
                 f"{len(parts['train'].rows):,} rows; average precision on {len(parts['test'].rows):,} test rows")
        for number, task in enumerate(tasks):
            with experiments.child(task.name, {"risk": task.risk, "trees": together.num_boosted_rounds()}):
                rows.append(_compare(task, number, parts, scores[:, number], seed(task, args.ds)))
    if args.out:
        write_section(args.out, "multitask", "Rows labelled for every risk: "
                      + ", ".join(f"{len(own.rows):,} of {part}" for part, own in parts.items()) + ".\n\n"
                      + format_table(("model", "one model", "separate models", "one model is ahead by"), rows))


def union(tasks: Sequence[Model], task: Model) -> Model:
    """A model of one task's risk that sees what any of the tasks does."""
    return dataclasses.replace(task, features=tuple(dict.fromkeys(f for t in tasks for f in t.features)),
                               text=tuple(dict.fromkeys(name for t in tasks for name in t.text)))


def any_positive(own: Shared) -> Rows:
    """The rows, positive where any risk's label is: what topics for all of them are fitted on."""
    return dataclasses.replace(own.rows, label=own.labels.max(axis=1))


def shared(labelled: Sequence[Rows]) -> Shared:
    """The rows that are labelled for every risk, in the order of the first."""
    keys = [np.rec.fromarrays((rows.as_of.astype(np.int64), rows.entity)) for rows in labelled]
    common = keys[0]
    for other in keys[1:]:
        common = np.intersect1d(common, other)
    # Rows are ordered by day and entity, so the common ones come in one order for all.
    chosen = [np.isin(own, common) for own in keys]
    return Shared(trials.only(labelled[0], chosen[0]),
                  np.column_stack([rows.label[inside] for rows, inside in zip(labelled, chosen)]))


def fit(model: Model, train: Shared, validation: Shared, seed: int):
    """Trees over all risks: stopped where their mean average precision gets no better, then trained on both parts.

    Source: Multi-output trees of XGBoost 2.0,
    https://xgboost.readthedocs.io/en/stable/tutorials/multioutput.html
    """
    import xgboost as xgb

    ahead = xgb.DMatrix(validation.rows.features, label=validation.labels)
    stop = xgb.callback.EarlyStopping(rounds=model.patience, metric_name="mean_average_precision", maximize=True)
    stopped = _boost(model, train, model.rounds, seed, evals=[(ahead, "validation")], callbacks=[stop],
                     custom_metric=_mean_average_precision)
    return _boost(model, train.joined(validation), stopped.best_iteration + 1, seed)


def _boost(model: Model, shared: Shared, *given, **watched):
    parameters = {name: value for name, value in model.parameters.items() if name != "eval_metric"}
    return boost(parameters | {"multi_strategy": "multi_output_tree", "disable_default_eval_metric": True},
                 shared.rows.features, shared.labels, *given, **watched)


def _mean_average_precision(scores: np.ndarray, data) -> tuple[str, float]:
    labels = data.get_label().reshape(scores.shape)
    return "mean_average_precision", float(np.mean([ranking.average_precision(labels[:, i], scores[:, i])
                                                    for i in range(scores.shape[1])]))


def _compare(task: Model, number: int, parts: dict[str, Shared], together: np.ndarray, seed: int) -> list[str]:
    """Train one risk by itself on the same rows; log the common model's lead, and return the cells of the risk."""
    train, validation, test = (parts[part].of(number, task) for part in trials.PARTS)
    alone: Scored = evaluate.score_rows(trials.candidate(task, train, validation, seed), test)
    one, other, ahead = metrics.compare(test.label, together, alone.score, test.entity, evaluate.seed(task))
    experiments.log(one.named("average_precision") | other.named("separate_average_precision")
                    | ahead.named("multi_task_ahead") | {"positives": test.positives, "rows": len(test)})
    step.say(f"  {task.name:<28}together {trials.told(one)}   alone {trials.told(other)}   "
             f"ahead {trials.told(ahead, sign=True)}")
    return [task.name, *map(trials.told, (one, other)), trials.told(ahead, sign=True)]


def _refuse_without_positives(tasks: Sequence[Model], parts: dict[str, Shared], args) -> None:
    for part, own in parts.items():
        for task, positives in zip(tasks, own.labels.sum(axis=0)):
            if not positives:
                raise Refused(f"{ENTITY}_labels, {args.ds}: no confirmed incident of {task.risk} among the rows of "
                              f"{part} that every risk has labelled. Expected at least one; land more verdicts, "
                              "then make train")


if __name__ == "__main__":
    sys.exit(step.run(main))
