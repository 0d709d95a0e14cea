"""Java is told how to run by how much there is to read."""

import shutil
import subprocess

import pytest

from jobs.engines.java import LITTLE_BYTES, QUICK, java_home, java_options
from jobs.settings import load_settings


@pytest.fixture
def config(tmp_path):
    return load_settings({"VIGIL_HOME": str(tmp_path)})


def landed(config, size):
    """A file of that many bytes, none of them on the disk."""
    file = config.landing / "orders" / "ds=2026-11-20" / "part-0.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as empty:
        empty.truncate(size)


def quick(config):
    return set(QUICK) <= set(java_options(config).split())


def test_little_is_worked_on_with_quickly_compiled_code(config):
    assert quick(config)  # nothing has landed yet
    landed(config, LITTLE_BYTES - 1)
    assert quick(config)


def test_much_is_compiled_to_the_last_degree(config):
    landed(config, LITTLE_BYTES)
    assert not quick(config)


def test_of_a_source_its_raw_files_are_what_there_is_to_read(config, tmp_path):
    landed(config, LITTLE_BYTES)
    elsewhere = load_settings({"VIGIL_HOME": str(tmp_path), "VIGIL_SOURCES": "examples/handbook", "VIGIL_RAW":
                               str(tmp_path / "raw")})
    assert quick(elsewhere)


@pytest.mark.parametrize("size", (0, LITTLE_BYTES))
def test_the_java_there_is_knows_every_option(config, size):
    landed(config, size)
    java = f"{java_home(config)}/bin/java"
    assert shutil.which(java)
    command = [java, *java_options(config).split(), "-version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "ignor" not in done.stderr.lower(), done.stderr
