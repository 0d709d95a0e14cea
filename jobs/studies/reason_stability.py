"""Measure how much reasons change when a model is trained again on the next week.

Reads the labels of the day and of the same weekday a week before. It makes missing labels of the earlier day first,
with Spark. Trains every model on both, and explains the rows of the last test day with both model versions. Neither
training reads these rows. Writes MLflow runs under one parent run of the experiment `stability`; registers nothing.
With --out it writes the section `stability` of a Markdown page. Run again, it logs the same numbers under a new parent.
"""

import datetime as dt
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jobs import step
from jobs.engines.spark import session
from jobs.evaluation import metrics, scored_rows
from jobs.evaluation.metrics import Scored
from jobs.reporting.markdown_sections import format_table, write_section
from jobs.runtime import console
from jobs.scoring import contributions, reason_families, risk_levels
from jobs.settings import Settings, load_settings
from jobs.storage import catalog
from jobs.storage.lake import Lake
from jobs.studies import comparison, mlflow_runs
from jobs.training import label_tables, run_logging, training_set
from jobs.training.model_version import ModelVersion
from jobs.training.models import Model
from jobs.training.seeds import training_seed
from jobs.training.training_set import Rows

EXPERIMENT = "stability"


@dataclass(frozen=True, eq=False)
class RowExplanations:
    """Explanations of rows by one training, each (rows,): score, strongest family and strongest column."""

    score: np.ndarray
    family: np.ndarray
    column: np.ndarray


def parse(argv: Sequence[str] | None = None):
    """Arguments of the study."""
    return comparison.parse(__doc__, argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    before = args.ds - dt.timedelta(days=7)
    _label(config, args.models, before)
    lake = Lake(config.lake, args.run_id)
    console.log(f"trained on {before} and on {args.ds}: share of rows whose strongest reason changed")
    rows: list[list[str]] = []
    with mlflow_runs.parent(config, EXPERIMENT, args, __doc__):
        comparison.for_each_model(args.models, lambda model: rows.append(_compare(lake, model, before, args.ds)))
    if args.out:
        write_section(args.out, "stability", format_table(("model", "rows", "family", "feature"), rows))


def explanations(model_version: ModelVersion, rows: Rows) -> RowExplanations:
    """Compute scores and strongest reasons of rows; the family is empty if no family raises the score."""
    parts = contributions.contributions(model_version, training_set.inputs(model_version, rows.table))
    families = [reason_families.family(model_version.model.feature_set, column) for column in model_version.columns]
    causes = contributions.top_contributions(parts, families)
    raised, first = np.unique(causes.row, return_index=True)
    strongest = np.full(len(parts), "", dtype=np.array(families).dtype)
    strongest[raised] = np.array(families)[causes.column[first]]
    columns = np.array(model_version.columns)[np.argmax(parts[:, :-1], axis=1)]
    return RowExplanations(scored_rows.score_rows(model_version, rows).score, strongest, columns)


def changes(old: RowExplanations, new: RowExplanations, chosen: np.ndarray, name: str) -> dict[str, float]:
    """Return the shares of chosen rows with another strongest family, and another column; NaN without a row."""
    def share(before: np.ndarray, after: np.ndarray) -> float:
        return float(np.mean(before[chosen] != after[chosen])) if chosen.any() else float("nan")

    return {f"{name}_rows": float(chosen.sum()), f"{name}_family_changed": share(old.family, new.family),
            f"{name}_column_changed": share(old.column, new.column)}


def _label(config: Settings, chosen: Sequence[Model], day: dt.date) -> None:
    """Label the training rows of an earlier day, for entities without labels of that day."""
    lake = Lake(config.lake)
    missing = {m.entity for m in chosen if day not in lake.days(catalog.labels(m.entity).name)}
    if missing:
        console.log(f"{day}: labelling rows as of that day, for {', '.join(sorted(missing))}")
        run = Lake(config.lake, f"stability-{day}")
        run.discard_staged()
        label_tables.build_and_commit(session(config, run.run_id), run, day)


def _compare(lake: Lake, model: Model, before: dt.date, ds: dt.date) -> list[str]:
    """Train twice, explain the rows of one day with both, log the changes; return the cells of rows above `low`."""
    parts = {day: comparison.labelled_parts(lake, model, day) for day in (before, ds)}
    test = parts[ds]["test"]
    rows = comparison.filter_rows(test, test.as_of == test.as_of.max())
    old, new = (explanations(comparison.trained_candidate(model, of_day["train"], of_day["validation"],
                                                          training_seed(model, day)), rows)
                for day, of_day in parts.items())
    scored = Scored(rows.label, new.score, rows.as_of, rows.cluster, rows.loss)
    shares = (changes(old, new, new.score >= risk_levels.lowest_explained(), "above_low")
              | changes(old, new, metrics.reviewed_rows(scored, model.declared_risk.capacity), "at_capacity"))
    with mlflow_runs.child(model.name, {"before": before, "as_of": rows.as_of.max()}):
        run_logging.log_metrics(shares)
    console.log(f"  {model.name:<28}" + "   ".join(
        f"{name.replace('_', ' ')} ({shares[f'{name}_rows']:.0f} rows): family {shares[f'{name}_family_changed']:.0%}, "
        f"feature {shares[f'{name}_column_changed']:.0%}" for name in ("above_low", "at_capacity")))
    return [model.name, f"{shares['above_low_rows']:.0f}", f"{shares['above_low_family_changed']:.0%}",
            f"{shares['above_low_column_changed']:.0%}"]


if __name__ == "__main__":
    sys.exit(step.run(main))
