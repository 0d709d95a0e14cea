"""Training on a matrix that exceeds its memory budget: XGBoost reads rows from Parquet, one batch at a time.

XGBoost writes the quantised rows to files of its own and reads them once per level of a tree. Source: XGBoost's
External Memory Version, https://xgboost.readthedocs.io/en/stable/tutorials/external_memory.html
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xgboost as xgb

LABEL = "label"

# A smaller batch is mostly overhead. XGBoost has several batches in memory; larger parts would exceed the budget.
FEWEST_ROWS = 1_000
PART_OF_BUDGET = 8


class Batches(xgb.DataIter):
    """The row groups of a Parquet file, one after the other, for repeated passes of XGBoost.

    Args:
        file: columns of floats, and `label`.
        folder: the folder of XGBoost's pages; XGBoost deletes them with the matrix.
    """

    def __init__(self, file: Path, folder: Path) -> None:
        self._file, self._next = pq.ParquetFile(file), 0
        super().__init__(cache_prefix=str(folder / "page"), on_host=False)

    def next(self, input_data: Callable) -> bool:
        if self._next == self._file.num_row_groups:
            return False
        batch = self._file.read_row_group(self._next)
        self._next += 1
        input_data(data=batch.drop_columns(LABEL), label=batch[LABEL].combine_chunks())
        return True

    def reset(self) -> None:
        self._next = 0


def matrix(file: Path, folder: Path, max_bin: int) -> xgb.ExtMemQuantileDMatrix:
    """Return a matrix of a Parquet file's rows that has only a few row groups in memory at a time."""
    return xgb.ExtMemQuantileDMatrix(Batches(file, folder), max_bin=max_bin)


def exceeds(features: pa.Table, budget_mb: int | None) -> bool:
    """Return whether XGBoost's matrix of the rows exceeds the budget; False without a budget."""
    return budget_mb is not None and megabytes(features) > budget_mb


def megabytes(features: pa.Table) -> float:
    """Return the size of a matrix of the rows during its construction, at one 32-bit float a value."""
    return features.num_rows * features.num_columns * 4 / 1e6


def spooled(train: Callable[[xgb.DMatrix], xgb.Booster], features: pa.Table, label: np.ndarray | pa.Array,
            budget_mb: int, home: Path, max_bin: int) -> xgb.Booster:
    """Train on rows that are written to a scratch folder below `home`. The folder is removed at the end."""
    home.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="train-", dir=home) as folder:
        file = Path(folder) / "rows.parquet"
        write(features, label, file, budget_mb)
        # Only `train` has a reference to the matrix: its pages must be deleted before the folder.
        return train(matrix(file, Path(folder), max_bin))


def write(features: pa.Table, label: np.ndarray | pa.Array, file: Path, budget_mb: int) -> None:
    """Write rows with their label, in row groups of which `PART_OF_BUDGET` fit the budget."""
    rows = int(budget_mb * 1e6 / PART_OF_BUDGET / (4 * max(features.num_columns, 1)))
    pq.write_table(features.append_column(LABEL, pa.array(label)), file, row_group_size=max(rows, FEWEST_ROWS))
