"""What runs beside the rows, in the Python of Spark's workers."""

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from types import ModuleType

import numpy as np
import pyarrow as pa

ROWS_PER_BATCH = 65_536  # rows handed back


def partition_udf(work: Callable[[pa.Table], pa.Table], *modules: ModuleType) -> Callable:
    """A function for `mapInArrow`: `work` on all rows of a partition at once, and nothing where there are none.

    Args:
        modules: those of this package that the work is made of. They are sent along: workers need not have them. What
            the work uses of one that imports others is to be imported by name: a module is sent with all it imports.
    """
    pickle_by_value(sys.modules[__name__], *modules)

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        if some := [batch for batch in batches if batch.num_rows]:
            yield from work(pa.Table.from_batches(some)).to_batches(ROWS_PER_BATCH)

    return run


def pickle_by_value(*modules: ModuleType) -> None:
    """Send modules of this package along with the functions that workers run: workers need not have them."""
    from pyspark import cloudpickle

    for module in modules:
        cloudpickle.register_pickle_by_value(module)


def dictionary_codes(*columns: pa.ChunkedArray) -> np.ndarray:
    """A whole number for each different combination of what stands in a row of the columns, none of which is null."""
    parts = [column.combine_chunks().dictionary_encode() for column in columns]
    return reduce(lambda code, part: code * len(part.dictionary) + part.indices.to_numpy().astype(np.int64), parts,
                  np.zeros(len(columns[0]), np.int64))
