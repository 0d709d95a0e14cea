"""Python functions that Spark's workers run over the rows of one partition (Arrow UDFs)."""

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from types import ModuleType

import numpy as np
import pyarrow as pa

ROWS_PER_BATCH = 65_536  # of the batches that a worker returns


def partition_udf(work: Callable[[pa.Table], pa.Table], *modules: ModuleType) -> Callable:
    """Return a function for `mapInArrow` that calls `work` once with all rows of a partition.

    An empty partition yields no rows, and `work` is not called.

    Args:
        work: takes the rows of a partition and returns rows.
        modules: the modules of this repository that `work` uses. Spark ships them with the function, because workers
            need not have them installed. A module is shipped with everything that it imports: `work` therefore imports
            single functions by name from a module that imports others.
    """
    pickle_by_value(sys.modules[__name__], *modules)

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        if filled := [batch for batch in batches if batch.num_rows]:
            yield from work(pa.Table.from_batches(filled)).to_batches(ROWS_PER_BATCH)

    return run


def pickle_by_value(*modules: ModuleType) -> None:
    """Ship modules of this repository with the functions that workers run: workers need not have them installed."""
    from pyspark import cloudpickle

    for module in modules:
        cloudpickle.register_pickle_by_value(module)


def dictionary_codes(*columns: pa.ChunkedArray) -> np.ndarray:
    """Return a whole number for every row, equal for rows with equal values in all columns. No value may be null."""
    parts = [column.combine_chunks().dictionary_encode() for column in columns]
    return reduce(lambda code, part: code * len(part.dictionary) + part.indices.to_numpy().astype(np.int64), parts,
                  np.zeros(len(columns[0]), np.int64))
