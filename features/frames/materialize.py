"""The type of functions that compute a frame once.

A function that takes a `materialize: Materialize` calls it on every frame that it reads more than once. A frame that it
takes and reads more than once says "read more than once" in its `Args`: the caller materializes such a frame first if
its plan is expensive.
"""

from collections.abc import Callable

from pyspark.sql import DataFrame

# Computes a frame and returns a frame of the same rows, which later plans read without computing them again. On Spark
# it is a checkpoint.
Materialize = Callable[[DataFrame], DataFrame]
