"""The environment of a local Spark. Variables of another Spark on the machine are left out."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobs.engines.java import java_home
from jobs.settings import REPOSITORY, Settings

# Variables by which another Spark, Hadoop or Java would change ours.
FOREIGN = ("SPARK_", "PYSPARK_", "HADOOP_", "YARN_", "HIVE_")
FOREIGN_JAVA = ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPTS", "CLASSPATH")
# Settings of Vigil, and the folder for rows that do not fit into Spark's memory.
OURS = ("SPARK_REMOTE", "SPARK_MASTER", "SPARK_DRIVER_MEMORY", "SPARK_LOCAL_DIRS")
# Variables by which Spark reaches an object store.
OF_THE_STORE = ("SPARK_CONF_DIR", "HADOOP_CONF_DIR", "HADOOP_HOME")
# In the C locale, Java would write `?` for every letter of a file's name that is not ASCII.
UTF_8 = {"LC_ALL": "C.UTF-8"} if sys.platform == "linux" else {}


def local_environment(config: Settings) -> dict[str, str]:
    """Return the environment of a Spark on this machine alone, by the settings and the PySpark wheel."""
    import pyspark

    allowed = OURS + (OF_THE_STORE if "://" in config.lake else ())
    inherited = {name: value for name, value in os.environ.items()
                 if name in allowed or not (name.startswith(FOREIGN) or name in FOREIGN_JAVA)}
    return {**inherited, "JAVA_HOME": java_home(config), "SPARK_HOME": str(Path(pyspark.__file__).parent),
            # Python functions run in the workers' interpreter, which must be this one to find pyarrow.
            "PYSPARK_PYTHON": sys.executable, "PYTHONPATH": str(REPOSITORY), **UTF_8, "TZ": "UTC"}


@contextmanager
def started_in(environment: dict[str, str]) -> Iterator[None]:
    """Start the block's processes in an environment."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
