"""Training on a Spark cluster of two workers, as good as training here; and what a cluster is not asked for."""

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from jobs import spark_server
from jobs.engines.spark import own_conf
from jobs.errors import UserError
from jobs.evaluation import ranking
from jobs.settings import REPOSITORY, load_settings
from jobs.training import boosting
from jobs.training.boosting import matrix, train_model
from jobs.training.models import MODELS
from jobs.training.spark_boosting import fit_on_cluster
from jobs.training.training_set import Rows
from tests.support.loopback_cluster import cluster
from tests.support.training_rows import rows

MODEL = dataclasses.replace(MODELS[0], rounds=30, patience=10)


def narrow(rows: Rows) -> Rows:
    """The rows with the first columns alone, of which the first decides."""
    return dataclasses.replace(rows, features=rows.features.select(rows.features.column_names[:8]))


def parts() -> tuple[Rows, Rows, Rows]:
    """Rows to train, to stop and to test on."""
    return narrow(rows(1, 3_000)), narrow(rows(2, 1_500)), narrow(rows(3, 3_000))


@pytest.mark.end_to_end
def test_two_workers_learn_a_model_as_good_as_this_process_does(tmp_path):
    config = load_settings({**os.environ, "VIGIL_HOME": str(tmp_path)})
    with cluster(config, tmp_path) as master:
        told = subprocess.run(
            [sys.executable, "tests/support/trained_on_cluster.py", tmp_path / "scores.npy"], cwd=REPOSITORY, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            env={**os.environ, "SPARK_MASTER": master, "VIGIL_HOME": str(tmp_path), "SPARK_DRIVER_MEMORY": "1g",
                 "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'tests'}"})
        assert told.returncode == 0, told.stdout
        assert told.stdout.count(f"trained on the cluster at {master}") == 2  # to stop, then on all rows
    train, validation, test = parts()
    here = train_model(MODEL, train, validation, seed=7).booster.predict(matrix(test))
    there = np.load(tmp_path / "scores.npy")
    assert ranking.average_precision(test.label, there) == pytest.approx(
        ranking.average_precision(test.label, here), abs=0.01)


@pytest.mark.parametrize(("env", "on_cluster"), [
    ({}, False), ({"SPARK_MASTER": "local[2]"}, False), ({"SPARK_MASTER": "spark://127.0.0.1:7077"}, True),
    ({"SPARK_MASTER": "spark://127.0.0.1:7077", "SPARK_REMOTE": "sc://127.0.0.1:15002"}, False)])
def test_a_cluster_is_one_that_spark_master_names_and_spark_connect_does_not_hide(env, on_cluster):
    assert load_settings(env).on_cluster == on_cluster


def test_labels_of_several_risks_and_trees_to_go_on_from_stay_in_this_process(monkeypatch):
    monkeypatch.setattr(boosting, "load_settings", lambda: load_settings({"SPARK_MASTER": "spark://127.0.0.1:7077"}))
    assert boosting._uses_cluster(np.zeros(4), None)
    assert not boosting._uses_cluster(np.zeros((4, 2)), None) and not boosting._uses_cluster(
        np.zeros(4), object()
    )


@pytest.mark.engine("spark")
def test_spark_connect_and_several_labels_a_row_are_refused_before_anything_is_sent(spark):
    from pyspark.sql.connect.session import SparkSession as Remote

    train = (pa.table({"a": [1.0, 2.0]}), np.array([0, 1]))
    with pytest.raises(UserError, match="one of Spark Connect"):
        fit_on_cluster(object.__new__(Remote), MODEL.parameters, train, 5, seed=1)
    with pytest.raises(UserError, match="2 labels a row. Expected one"):
        fit_on_cluster(spark, MODEL.parameters, (train[0], np.zeros((2, 2))), 5, seed=1)


@pytest.mark.parametrize(("master", "here"), [(None, True), ("local[4]", True), ("spark://10.0.0.5:7077", False),
                                              ("yarn", False)])
def test_only_a_local_spark_is_told_its_address_and_its_number_of_partitions(master, here):
    """What a job sets would win over the cluster's spark-defaults.conf, and no executor elsewhere reaches loopback."""
    told = own_conf(load_settings({"SPARK_MASTER": master or ""}))
    assert [name in told for name in ("spark.driver.host", "spark.driver.bindAddress", "spark.sql.shuffle.partitions")
            ] == [here] * 3


def test_the_last_step_of_a_run_gives_the_cores_back(monkeypatch):
    closed = []
    monkeypatch.setenv("SPARK_MASTER", "spark://127.0.0.1:7077")
    monkeypatch.setattr(spark_server, "close", lambda: closed.append("closed"))
    spark_server.main(["start", "--run-id", "r1"])
    assert closed == []
    spark_server.main(["stop", "--run-id", "r1"])
    assert closed == ["closed"]
