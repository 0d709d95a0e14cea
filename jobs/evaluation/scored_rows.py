"""Calibrated scores of labelled rows, by the models under comparison."""

from jobs.errors import UserError
from jobs.evaluation.baseline import SingleFeatureRule
from jobs.evaluation.metrics import Scored
from jobs.settings import Settings
from jobs.training import registry, training_set
from jobs.training.boosting import matrix
from jobs.training.model_version import ModelVersion
from jobs.training.models import Model
from jobs.training.training_set import Rows


def challenger_of(config: Settings, model: Model, run_id: str) -> ModelVersion | None:
    """Load the challenger that this run trained; None if it trained none."""
    # Tags are read before files: the files of an earlier run's challenger may be damaged.
    if registry.tags_of(config, model, registry.CHALLENGER).get("vigil.run_id") != run_id:
        return None
    return registry.load(config, model, registry.CHALLENGER)


def score_rows(model_version: ModelVersion, rows: Rows) -> Scored:
    """Compute a model version's calibrated scores of labelled rows."""
    inputs = matrix(training_set.columns_of_model(model_version, rows))
    margin = model_version.booster.predict(inputs, output_margin=True)
    return Scored(rows.label, model_version.calibration.apply(margin), rows.as_of, rows.cluster, rows.loss)


def rule_of(config: Settings, model_version: ModelVersion) -> SingleFeatureRule:
    """Read the baseline rule of a model version from its MLflow run.

    Raises:
        UserError: the training of the model version chose no rule.
    """
    params = registry.connect(config).get_run(model_version.run_id).data.params
    if "rule_feature" not in params:
        raise UserError(f"{model_version.model.name}: version {model_version.version} was trained without a rule "
                        "to compare it with; run make train")
    return SingleFeatureRule(params["rule_feature"], params["rule_direction"])
