"""Airflow's commands share one process, and how each of them ended is told."""

import dataclasses
from importlib.metadata import version

import pytest

from dags.runner.airflow_client import airflow
from jobs.settings import load_settings


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    home = tmp_path_factory.mktemp("vigil")
    with airflow(dataclasses.replace(load_settings({}), home=home)) as process:
        yield process
    assert process._process.returncode is not None


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("logs") / "airflow.log"


def test_a_command_ends_well_and_everything_it_says_is_kept(process, log):
    assert process.run(["version"], log) == (True, {})
    assert log.read_text().splitlines()[-2:] == [version("apache-airflow"), "vigil: [ended] 0"]


@pytest.mark.parametrize("command", [["no-such-command"], ["dags", "test", "no_such_dag", "2026-11-20"]])
def test_a_command_that_fails_says_so_and_leaves_the_process_to_the_next(process, log, command):
    assert process.run(command, log)[0] is False
    assert process.run(["version"], log)[0] is True


def test_our_dags_are_what_commands_see(process, log):
    process.run(["config", "get-value", "core", "dags_folder"], log)
    assert log.read_text().splitlines()[-2].endswith("/dags")


def test_a_process_that_is_gone_is_a_failure_and_no_hang(tmp_path, log):
    with airflow(dataclasses.replace(load_settings({}), home=tmp_path)) as gone:
        gone._process.kill()
        assert gone.run(["version"], log) == (False, {})
