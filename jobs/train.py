"""Train one model on the rows labelled for a day, and register it as the challenger.

Reads `<entity>_labels` of the day, and the features and texts of the labelled rows. Writes to MLflow: parameters, data
versions, the learning curve and the model with its calibration and its topics. Run again, it registers another version
that scores the same.
"""

import sys
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from jobs import step
from jobs.evaluation import baseline
from jobs.evaluation.baseline import SingleFeatureRule
from jobs.runtime import console
from jobs.settings import Settings, load_settings
from jobs.storage import catalog, run_manifest
from jobs.storage.lake import Lake
from jobs.training import dataset_inputs, model_arguments, registry, run_logging, run_records, training_set
from jobs.training.boosting import TrainedModel, train_model
from jobs.training.models import Model, find_model
from jobs.training.seeds import training_seed
from jobs.training.topic_training import fit_topics
from jobs.training.topics import Topics
from jobs.training.training_set import Rows


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    return model_arguments.parse(__doc__, argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config, model = load_settings(), find_model(args.model)
    lake = Lake(config.lake, args.run_id)
    if not lake.has(catalog.labels(model.entity).name) or args.ds not in lake.days(catalog.labels(model.entity).name):
        console.log(f"{model.name}, {args.ds}: no labelled rows, so no model")
        return
    train, validation = (training_set.read_rows(lake, model, args.ds, part) for part in ("train", "validation"))
    if not (train.positives and validation.positives):
        console.log(f"{model.name}, {args.ds}: {train.positives} confirmed incidents in training and "
                    f"{validation.positives} in validation, so no model")
        return
    _train_and_register(config, lake, model, args, train, validation)


def _train_and_register(config: Settings, lake: Lake, model: Model, args, train: Rows,
                        validation: Rows) -> None:
    tags = {"vigil.run_id": args.run_id, "vigil.ds": str(args.ds), "vigil.code": run_manifest.code_version(),
            "vigil.feature_set": model.feature_set.hash,
            **{f"vigil.data.{name}": str(version) for name, version in lake.versions().items()}}
    rule = best_rule(train, validation)
    fitted = fit_topics(train, training_seed(model, args.ds))
    train, validation = (training_set.with_topics(rows, fitted) for rows in (train, validation))
    with registry.start_run(config, model, f"{args.ds}", tags, (len(train), train.positives)):
        trained = train_model(model, train, validation, training_seed(model, args.ds))
        _log(model, train, validation, trained, training_seed(model, args.ds))
        _log_inputs(train, fitted, rule)
        dataset_inputs.log_inputs(lake, model, {"train": train, "validation": validation})
        version = registry.register(config, model, trained.booster, trained.calibration,
                                    train.features.column_names, model.feature_set.hash, tags, fitted)
    console.log(f"{model.name}: version {version}, {trained.booster.num_boosted_rounds()} trees from {len(train):,} "
                f"training rows, {train.positives} positive, and {len(validation):,} validation rows, "
                f"{validation.positives} positive")


def best_rule(*parts: Rows) -> SingleFeatureRule:
    """Choose the best rule of one feature on training and validation rows."""
    return baseline.choose(pa.concat_tables(rows.features for rows in parts),
                           np.concatenate([rows.label for rows in parts]))


def _log(model: Model, train: Rows, validation: Rows, trained: TrainedModel, seed: int) -> None:
    run_logging.log_params({**model.parameters, "rounds": model.rounds, "patience": model.patience, "seed": seed,
                            "features": train.features.num_columns, "horizon_days": model.declared_risk.horizon_days,
                            "delay_days": model.declared_risk.delay_days,
                            "train_from": str(train.as_of.min()), "train_to": str(train.as_of.max()),
                            "validation_from": str(validation.as_of.min()),
                            "validation_to": str(validation.as_of.max()),
                            "calibration_slope": trained.calibration.slope,
                            "calibration_intercept": trained.calibration.intercept})
    run_logging.log_metrics({"train_rows": len(train), "train_positives": train.positives,
                             "validation_rows": len(validation), "validation_positives": validation.positives,
                             "trees": trained.booster.num_boosted_rounds()})
    run_logging.log_curve("validation_average_precision", list(enumerate(trained.curve))[::10])


def _log_inputs(train: Rows, fitted: Mapping[str, Topics], rule: SingleFeatureRule) -> None:
    """Log the input columns of the booster, the strongest words of its topics, and its baseline rule."""
    run_logging.log_params({"rule_feature": rule.column, "rule_direction": rule.direction})
    run_logging.log_json({"columns": train.features.column_names}, run_records.COLUMNS_FILE)
    if fitted:
        run_logging.log_json({name: [of_text.words(number) for number in range(of_text.count)]
                              for name, of_text in fitted.items()}, "topics.json")


if __name__ == "__main__":
    sys.exit(step.run(main))
