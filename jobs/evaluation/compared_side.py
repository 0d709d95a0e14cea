"""The two sides of a comparison: runs of MLflow with their models, and both scored on the same test rows."""

import datetime as dt
from dataclasses import dataclass

import pyarrow as pa

from jobs.errors import DamagedStore, UserError
from jobs.evaluation import paired_runs, predictions, scored_rows
from jobs.settings import Settings
from jobs.storage import catalog
from jobs.storage.lake import Lake
from jobs.training import registry, run_records, training_set
from jobs.training.model_version import ModelVersion
from jobs.training.models import MODELS, Model
from jobs.training.run_records import RunRecord
from jobs.training.training_set import Rows


@dataclass(frozen=True)
class Side:
    """A run under comparison.

    Attributes:
        name: for people, such as `version 2`.
        model_version: the run's registered model; None for a run without one, as those of studies.
    """

    name: str
    record: RunRecord
    model: Model
    model_version: ModelVersion | None

    @property
    def title(self) -> str:
        """Return the name with the day of the training."""
        return f"{self.name} of {self.ds}"

    @property
    def ds(self) -> dt.date:
        return dt.date.fromisoformat(self.record.tags["vigil.ds"])


def of_run(settings: Settings, run_id: str) -> Side:
    """Read a run by its id.

    Raises:
        UserError: there is no such run, or it is not the training of a model.
    """
    record = run_records.find_run(settings, run_id)
    if record is None:
        raise UserError(f"{registry.location(settings)}: no run {run_id}. Expected the id of a training run, 32 signs; "
                        "make ui shows it on the run's page")
    names = {model.name: model for model in MODELS}
    model = names.get(record.experiment) or names.get(record.params.get("model", ""))
    if model is None or "vigil.ds" not in record.tags:
        raise UserError(f"run {run_id} of the experiment {record.experiment} is not the training of a model. Expected "
                        f"a run of one of {', '.join(names)}")
    version = registry.version_of_run(settings, model, run_id)
    return _side(settings, record, model, version)


def of_version(settings: Settings, model: Model, version: str) -> Side:
    """Read the run of a model's version, by number or alias.

    Raises:
        UserError: there is no such version.
    """
    number = registry.resolve(settings, model, version)
    if number is None:
        raise UserError(f"{model.name}: no version {version}. Expected a version's number, champion or challenger; "
                        "train one with make train, or name two with VERSIONS=1,2")
    run_id = registry.run_of_version(settings, model, number)
    record = run_records.find_run(settings, run_id)
    if record is None:
        raise UserError(f"{model.name}, version {number}: its run {run_id} is not in {registry.location(settings)}. "
                        "Expected the run that trained it; restore it in MLflow, or train again: make train")
    return _side(settings, record, model, number)


def both_scored(settings: Settings, lake: Lake, first: Side,
                second: Side) -> tuple[pa.Table, pa.Table, str, pa.Table | None]:
    """Return the predictions of both sides on the same test rows.

    Rows are the test rows of the later run: no older training has seen them. Where the lake has them no more, rows
    that were test rows of both runs are compared by their stored predictions.

    Returns:
        predictions of the first and of the second, a sentence about the rows, and the features and texts of the rows
        or None.

    Raises:
        UserError: the two are of different models, or no test row can be scored by both.
    """
    if first.model != second.model:
        raise UserError(f"{first.name} is a run of {first.model.name} and {second.name} of {second.model.name}. "
                        "Expected two runs of one model")
    later = max(first, second, key=lambda side: side.ds)
    rows = _test_rows(lake, later.model, later.ds) if first.model_version and second.model_version else None
    if rows is not None:
        one, two = (predictions.table(rows, scored_rows.score_rows(side.model_version, rows))
                    for side in (first, second))
        return one, two, f"Both score the {_described(two)}, the test rows of {later.name}.", rows.table
    stored = [run_records.read_predictions(settings, side.record.run_id) for side in (first, second)]
    if any(table is None for table in stored):
        raise UserError(f"{later.name}: no test rows to compare on. The lake has no labels of {later.ds}, and a run "
                        f"has no {run_records.PREDICTIONS_FILE}. Run make train DS={later.ds}")
    one, two = paired_runs.common_rows(*stored)
    if not len(one):
        raise UserError(f"{first.name} and {second.name} have no test row in common, and the lake has no labels of "
                        f"{later.ds}. Expected trainings of near days; run make train DS={later.ds}")
    return one, two, f"Both have predictions of the {_described(two)}, test rows of both.", None


def _side(settings: Settings, record: RunRecord, model: Model, version: str | None) -> Side:
    name = f"version {version}" if version else f"{record.name}, run {record.run_id[:8]}"
    try:
        model_version = registry.load(settings, model, version) if version else None
    except DamagedStore:  # its stored predictions can still be compared
        model_version = None
    return Side(name, record, model, model_version)


def _test_rows(lake: Lake, model: Model, ds: dt.date) -> Rows | None:
    table = catalog.labels(model.entity).name
    if not lake.has(table) or ds not in lake.days(table):
        return None
    rows = training_set.read_rows(lake, model, ds, "test")
    return rows if len(rows) else None


def _described(table: pa.Table) -> str:
    days = table["as_of"].to_pylist()
    return f"{len(table):,} rows of {min(days)} to {max(days)}, {sum(table['label'].to_pylist()):,} positive"
