"""The type of functions that compute a frame once."""

from collections.abc import Callable

from pyspark.sql import DataFrame

Materialize = Callable[[DataFrame], DataFrame]


