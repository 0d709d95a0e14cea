"""A model that reads texts, from training to score: what MLflow keeps of it, and what comes back."""

import dataclasses
import datetime as dt
import json
from pathlib import Path

import mlflow
import numpy as np
import pyarrow as pa
import pytest

from features.entities import FEATURE_SETS
from jobs import promote, train
from jobs.feature_store import texts
from jobs.scoring import predict
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from jobs.training import (
    dataset_inputs,
    experiments,
    registry,
    run_records,
    seeds,
    topic_training,
    topics,
    training_set,
)
from jobs.training.boosting import matrix, train_model
from jobs.training.models import ReleaseCriteria
from tests.support import synthetic_home
from tests.support.trained_home import DS, MODEL, train_and_promote, trained

USER = FEATURE_SETS["user"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with trained(tmp_path_factory.mktemp("home")) as place:
        yield place


@pytest.fixture(scope="module")
def lake(home) -> Lake:
    return Lake(str(home / "lake"))


@pytest.fixture(scope="module")
def champion(home):
    return registry.load(load_settings(), MODEL, registry.CHAMPION)


def test_a_model_sees_its_features_and_then_the_topics_of_its_texts(champion):
    expected = tuple(f"topic_complaints_{number}" for number in range(topics.TOPICS_PER_TEXT))
    assert champion.columns == (*MODEL.columns, *expected)
    assert tuple(champion.booster.feature_names) == champion.columns


def test_a_loaded_model_has_the_topics_fitted_on_its_training_rows(champion, lake):
    rows = training_set.read_rows(lake, MODEL, synthetic_home.CUT, "train")
    fitted = train.fit_topics(rows, train.training_seed(MODEL, DS))["complaints"]
    found = champion.topics["complaints"]
    assert found.ngrams == fitted.ngrams and np.array_equal(found.components, fitted.components)
    assert "never came" in found.ngrams and "zebra" not in found.ngrams


def test_the_model_that_comes_back_scores_as_the_one_that_was_trained(champion, lake):
    train_rows, validation = (training_set.read_rows(lake, MODEL, synthetic_home.CUT, part)
                              for part in ("train", "validation"))
    fitted = topic_training.fit_topics(train_rows, seeds.training_seed(MODEL, DS))
    seen = training_set.with_topics(validation, fitted)
    booster = train_model(MODEL, training_set.with_topics(train_rows, fitted), seen,
                          seeds.training_seed(MODEL, DS)).booster
    again = champion.booster.predict(matrix(training_set.columns_of_model(champion, validation)), output_margin=True)
    assert np.array_equal(booster.predict(matrix(seen), output_margin=True), again)
    assert not np.isnan(seen.features["topic_complaints_0"].to_numpy()).all()


def test_mlflow_keeps_no_pickle_and_tells_what_topics_are_about(champion, home):
    kept = [path.name for path in (home / "mlartifacts").rglob("*") if path.is_file()]
    assert {"model.ubj", "topics_complaints.json", "topics_complaints.npz", "topics.json"} <= set(kept)
    assert not [name for name in kept if name.endswith((".pkl", ".pickle", ".joblib"))]
    words = mlflow.artifacts.load_dict(f"runs:/{champion.run_id}/topics.json")["complaints"]
    assert words == [list(champion.topics["complaints"].words(number)) for number in range(topics.TOPICS_PER_TEXT)]


def test_an_experiment_says_what_is_positive_and_opens_as_model_training(champion):
    experiment = registry.connect(load_settings()).get_experiment_by_name(MODEL.name)
    said = experiment.tags[experiments.DESCRIPTION]
    for words in ("refunds and returns claimed in bad faith", "the 7 days after", "10 days", "50 a day"):
        assert words in said
    assert experiment.tags["mlflow.experimentKind"] == "custom_model_development"


def test_an_edited_description_of_an_experiment_stays_and_ours_follows_the_base_rate(champion):
    config, client = load_settings(), registry.connect(load_settings())
    number = client.get_experiment_by_name(MODEL.name).experiment_id
    before = client.get_experiment(number).tags[experiments.DESCRIPTION]
    try:
        experiments.find_or_create(client, config, MODEL.name, experiments.describe(MODEL, 1000, 20))
        assert "2.00% of the last 1,000" in client.get_experiment(number).tags[experiments.DESCRIPTION]
        client.set_experiment_tag(number, experiments.DESCRIPTION, "edited by a person")
        experiments.find_or_create(client, config, MODEL.name, experiments.describe(MODEL, 1000, 30))
        assert client.get_experiment(number).tags[experiments.DESCRIPTION] == "edited by a person"
    finally:
        client.set_experiment_tag(number, experiments.DESCRIPTION, before)


def test_a_run_has_its_datasets_with_versions_digests_and_counts(champion, lake):
    inputs = mlflow.MlflowClient().get_run(champion.run_id).inputs.dataset_inputs
    found = {entry.tags[0].value: entry.dataset for entry in inputs}
    assert set(found) == {"training", "validation", "test"} and len(inputs) == 3
    for context, part in (("training", "train"), ("validation", "validation"), ("test", "test")):
        rows = training_set.read_rows(lake, MODEL, synthetic_home.CUT, part)
        digest = dataset_inputs.rows_digest(training_set.with_topics(rows, champion.topics))
        profile, source = json.loads(found[context].profile), json.loads(found[context].source)
        assert (profile["rows"], profile["positives"]) == (len(rows), rows.positives)
        assert source["delta_table_version"] == profile["versions"]["user_labels"] == 1
        assert found[context].digest == (dataset_inputs.rows_digest(rows) if part == "test" else digest)


def test_a_digest_follows_each_value_of_the_rows(lake):
    rows = training_set.read_rows(lake, MODEL, synthetic_home.CUT, "test")
    digest, column = dataset_inputs.rows_digest(rows), rows.features.column_names[3]
    flipped = rows.label.copy()
    flipped[0] = 1 - flipped[0]
    values = rows.features[column].to_numpy().copy()
    values[7] += 1
    changed = rows.features.set_column(3, column, pa.array(values))
    assert dataset_inputs.rows_digest(training_set.read_rows(lake, MODEL, synthetic_home.CUT, "test")) == digest
    for other in (dataclasses.replace(rows, label=flipped), dataclasses.replace(rows, features=changed),
                  dataclasses.replace(rows, entity=rows.entity[::-1])):
        assert dataset_inputs.rows_digest(other) != digest


def test_a_run_has_few_metrics_and_its_slices_as_a_table_and_a_picture(champion, home):
    run = mlflow.MlflowClient().get_run(champion.run_id)
    assert len(run.data.metrics) <= 60 and not [name for name in run.data.metrics if "slice" in name]
    assert {"average_precision_low", "average_precision_high"} <= set(run.data.metrics)
    assert run.data.tags["mlflow.source.name"] == "jobs/train.py"
    kept = {path.name for path in (home / "mlartifacts").rglob("*") if path.is_file()}
    assert {"slices.json", "slices.png", "predictions.parquet"} <= kept
    table = mlflow.MlflowClient().load_table(run.info.experiment_id, run_records.SLICES_FILE, [champion.run_id])
    assert set(table["dimension"]) == {"region", "tenure", "size"} and table["rows"].sum() == 3 * 800


def test_the_run_the_version_and_the_model_are_described(champion):
    client = registry.connect(load_settings())
    run = client.get_run(champion.run_id)
    assert run.info.run_name == f"v1 first, promoted, {DS}"
    assert "**Version 1: promoted, because: first version to meet" in run.data.tags[experiments.DESCRIPTION]
    assert "**Known misses.**" in client.get_model_version(MODEL.registered_name, "1").description
    assert "version 1 is the champion" in client.get_registered_model(MODEL.registered_name).description


def test_a_version_tells_its_run_its_data_and_what_became_of_it(champion):
    assert (champion.version, champion.tags["vigil.run_id"], champion.tags["vigil.ds"]) == ("1", "r", DS)
    assert champion.tags["vigil.data.user_texts"] == "0" and champion.tags["vigil.promoted"] == "true"
    assert registry.load(load_settings(), MODEL, "1").run_id == champion.run_id
    assert registry.load(load_settings(), MODEL, "2") is None
    assert registry.load(load_settings(), MODEL, "nobody") is None


def test_the_learning_curve_is_logged_every_ten_rounds(champion):
    run = mlflow.MlflowClient().get_run(champion.run_id)
    curve = mlflow.MlflowClient().get_metric_history(champion.run_id, "validation_average_precision")
    assert [point.step for point in curve] == list(range(0, 10 * len(curve), 10)) and len(curve) > 3
    assert {point.timestamp for point in curve} == {run.info.start_time}


def test_tonights_scores_read_tonights_texts(champion, lake):
    ds = dt.date.fromisoformat(synthetic_home.DAYS["test"][0])
    rows = predict.features_of(lake, "user", ds)
    assert rows["complaints"].to_pylist()[:3] == ["never came, 0 days\nno answer zebra", None, None]
    seen = training_set.inputs(champion, rows)
    assert seen.column_names == list(champion.columns) and set(seen.schema.types) == {pa.float32()}
    assert np.isnan(seen["topic_complaints_0"].to_numpy()[:3]).tolist() == [False, True, True]
    # A day on which nobody has written anything.
    none = training_set.inputs(champion, rows.drop_columns("complaints"))
    assert np.isnan(none["topic_complaints_0"].to_numpy()).all()


def test_a_missing_text_column_is_null_and_a_missing_table_is_empty(lake):
    days = [dt.date.fromisoformat(synthetic_home.DAYS["test"][0])]
    found = texts.read_texts(lake, USER, ("reviews", "complaints"), days)
    assert found.column_names == ["ds", "user_id", "reviews", "complaints"]
    assert found["reviews"].null_count == len(found) == 134 and found["complaints"].null_count == 0
    assert len(texts.read_texts(lake, FEATURE_SETS["seller"], ("reviews",), days)) == 0
    sellers = pa.table({"seller_id": ["s2", "s1"]})
    assert texts.texts_of_rows(lake, FEATURE_SETS["seller"], days[0], sellers)["reviews"].to_pylist() == [None, None]


@pytest.fixture
def damaged(tmp_path):
    """A home of its own whose champion, version 1, cannot be loaded."""
    with trained(tmp_path):
        damage_champion()
        yield


def damage_champion() -> None:
    """Cut the file that the champion is loaded from."""
    version = registry.champion_versions(load_settings())[MODEL.name]
    run = registry.connect(load_settings()).get_model_version(MODEL.registered_name, version).source
    folder = registry.connect(load_settings()).get_logged_model(run.removeprefix("models:/")).artifact_location
    file = Path(folder.removeprefix("file://")) / "model.ubj"
    file.write_bytes(file.read_bytes()[:100])


@pytest.mark.slow
def test_training_anew_replaces_a_champion_whose_files_are_damaged(damaged, capsys):
    """What the message of the damage tells a person to do must work."""
    train_and_promote("again")
    assert registry.load(load_settings(), MODEL, registry.CHAMPION).version == "2"
    told = capsys.readouterr().out
    assert "warning, user/refund_abuse, version 1, challenger and champion: " in told or "version 1, champion: " in told
    assert "version 2 is the new champion" in told and "the champion before cannot be loaded" in told


@pytest.mark.slow
def test_a_damaged_champion_loses_the_alias_when_the_challenger_fails_its_gate(damaged, monkeypatch, capsys):
    strict = dataclasses.replace(MODEL, release=ReleaseCriteria(positives=10**6))
    monkeypatch.setattr(promote, "find_model", lambda name: strict)
    train_and_promote("strict")
    assert registry.champion_versions(load_settings()) == {MODEL.name: None}
    assert "version 2 stays challenger" in capsys.readouterr().out


@pytest.mark.slow
def test_a_damaged_champion_loses_the_alias_when_no_challenger_was_trained(damaged, capsys):
    promote.main(["--ds", DS, "--model", MODEL.name, "--run-id", "untrained"])
    assert registry.champion_versions(load_settings()) == {MODEL.name: None}
    assert "no challenger, so no champion" in capsys.readouterr().out
