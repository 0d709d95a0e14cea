"""The first night again on a Spark cluster of two workers, told by settings alone: the same rows as on Sail."""

import os
from pathlib import Path

import pytest

from features.inputs.tables import FEATURE_INPUTS
from jobs.engines.ports import LOOPBACK
from jobs.ingestion.ingest_log import LOG
from jobs.settings import REPOSITORY, load_settings
from jobs.storage.lake import Lake
from jobs.storage.row_checksum import row_checksum
from tests.support.loopback_cluster import cluster
from tests.support.prepared_night import DAY, PUBLISHED, call, no_java, share_models

pytestmark = pytest.mark.end_to_end


def cluster_conf(folder: Path) -> Path:
    """What the operator of a cluster says of it. Here code runs too seldom to be worth compiling well."""
    folder.mkdir()
    log = (REPOSITORY / "jobs" / "log4j2.properties").as_uri()
    (folder / "spark-defaults.conf").write_text(
        "spark.sql.shuffle.partitions 3\nspark.sql.codegen.wholeStage false\nspark.executor.extraJavaOptions "
        f"-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dlog4j2.configurationFile={log}\n")
    return folder


def test_a_night_on_a_cluster_of_two_workers_writes_the_same_rows_to_every_table(first_night, tmp_path):
    """Every table of the lake, events and quarantine among them; features as the night needs them, one day.

    The first night found the features that its training had built; this one builds them.
    """
    share_models(first_night, tmp_path)
    with cluster(load_settings({**os.environ, "VIGIL_HOME": str(tmp_path)}), tmp_path) as master:
        told = call(tmp_path, "dags.runner.run", "nightly", "--ds", DAY, VIGIL_LANDING=str(first_night / "landing"),
                    SPARK_MASTER=master, SPARK_LOCAL_IP=LOOPBACK,
                    SPARK_CONF_DIR=str(cluster_conf(tmp_path / "conf")))
        master_log = (tmp_path / "master.log").read_text()
    assert "training first" not in told and f"using Spark at {master}" in told
    assert master_log.count("Registered app vigil") == master_log.count("Received unregister request") == 1
    for worker in range(2):
        assert "Asked to launch executor" in (tmp_path / f"worker{worker}.log").read_text()
    assert no_java(tmp_path)
    by_spark, by_sail = Lake(str(tmp_path / "lake")), Lake(str(first_night / "lake"))
    assert {"quarantine", LOG, *FEATURE_INPUTS, *PUBLISHED} <= set(by_spark.tables()) <= set(by_sail.tables())
    days = {table: by_spark.days(table) for table in by_spark.tables()}
    found = {table: (row_checksum(by_spark, table, own), row_checksum(by_sail, table, own)) for table,
             own in days.items()}
    assert {table: both for table, both in found.items() if both[0] != both[1]} == {}
