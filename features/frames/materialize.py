"""The type of functions that compute a frame once."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


Materialize = Callable[["DataFrame"], "DataFrame"]


