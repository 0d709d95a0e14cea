"""Training, validation and test rows of a model, read as Arrow without Spark, and the input columns of a model."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.feature_store import texts
from jobs.storage import catalog
from jobs.storage.lake import Lake
from jobs.storage.query import connect
from jobs.training import topics
from jobs.training.model_version import ModelVersion
from jobs.training.models import Model
from jobs.training.topics import Topics

ROWS_PER_BATCH = 4_096  # rows that `matrix` converts at a time

# Bands of columns that results are broken down by: dimension -> column, and (exclusive upper limit, name of the band).
BY_TENURE_AND_SIZE = {
    "tenure": ("account_age_days", ((30, "under 30 days"), (180, "30 to 179 days"), (None, "180 days and more"))),
    "size": ("order_count_30d", ((1, "no orders"), (10, "1 to 9 orders"), (100, "10 to 99 orders"),
                                 (None, "100 orders and more"))),
}
BANDS = {
    "seller": BY_TENURE_AND_SIZE, "user": BY_TENURE_AND_SIZE, "creator": BY_TENURE_AND_SIZE,
    "order": {
        "amount": ("amount", ((2_000, "under 20.00"), (10_000, "20.00 to 99.99"), (None, "100.00 and more"))),
        "card": ("payment_order_count_30d", ((2, "first order in 30 days"), (5, "2 to 4 orders"),
                                             (None, "5 orders and more"))),
    },
}


@dataclass(frozen=True, eq=False)
class Rows:
    """Labelled rows of one part of the split, ordered by as_of and entity.

    Attributes:
        features: Arrow table, one float column per feature of the model.
        label: int8 (rows,); `as_of` datetime64[D]; `entity` str; `loss` int64 minor units.
        cluster: str (rows,), the bootstrap cluster; rows of one cluster are not independent.
        slices: dimensions that results are broken down by: name -> str (rows,).
        texts: Arrow table, one string column per text of the model, null without a text.
    """

    features: pa.Table
    label: np.ndarray
    as_of: np.ndarray
    entity: np.ndarray
    loss: np.ndarray
    cluster: np.ndarray
    slices: dict[str, np.ndarray]
    texts: pa.Table = field(default_factory=lambda: pa.table({}))

    def __len__(self) -> int:
        return len(self.label)

    @property
    def positives(self) -> int:
        return int(self.label.sum())

    @property
    def table(self) -> pa.Table:
        """Return features and texts in one table: all possible inputs of a model."""
        parts = (self.features, self.texts)
        return pa.table({name: part[name] for part in parts for name in part.column_names})


def read_rows(lake: Lake, model: Model, cutoff: dt.date, part: str) -> Rows:
    """Read one part (train, validation or test) of a model's rows, with labels as of `cutoff`."""
    identifier = model.feature_set.id
    labelled = _labelled(lake, model, cutoff, part)
    days = labelled["as_of"].unique().to_pylist()
    features = lake.arrow(catalog.features(model.entity).name, days).to_table(
        columns=["ds", identifier, *_columns(model)])
    row_texts = texts.read_texts(lake, model.feature_set, model.text, days)
    with connect() as db:
        db.register("labelled", labelled)
        db.register("features", _with_row_numbers(features, identifier))
        db.register("texts", _with_row_numbers(row_texts, identifier))
        # SQL joins row numbers only: `take` of a hundred columns is twice as fast as a join with them.
        rows = db.sql(f"SELECT l.*, l.{identifier} AS entity, f.row_number AS feature_row, t.row_number AS text_row "
                      f"FROM labelled l JOIN features f ON f.ds = l.as_of AND f.{identifier} = l.{identifier} "
                      f"LEFT JOIN texts t ON t.ds = l.as_of AND t.{identifier} = l.{identifier} "
                      "ORDER BY l.as_of, entity").to_arrow_table()
    features = features.take(rows["feature_row"])
    entity = rows["entity"].to_numpy().astype(str)
    return Rows(as_features(features, model.columns), *(rows[name].to_numpy() for name in ("label", "as_of")),
                entity, rows["loss_cents"].to_numpy(), _cluster(features, model, entity), _slices(features, model),
                row_texts.select(list(model.text)).take(rows["text_row"]))


def _labelled(lake: Lake, model: Model, cutoff: dt.date, part: str) -> pa.Table:
    """Read (as_of, entity id, label, loss_cents) of one part."""
    columns = ["as_of", model.feature_set.id, "label", "loss_cents"]
    chosen = (pc.field("ds") == cutoff) & (pc.field("risk") == model.risk) & (pc.field("part") == part)
    return lake.arrow(catalog.labels(model.entity).name).to_table(columns=columns, filter=chosen)


def _with_row_numbers(table: pa.Table, identifier: str) -> pa.Table:
    """Return (ds, entity id, row_number)."""
    return table.select(["ds", identifier]).append_column("row_number", pa.array(np.arange(table.num_rows)))


def inputs(model_version: ModelVersion, table: pa.Table) -> pa.Table:
    """Return the inputs of a model version: its columns in its order, as 32-bit floats, with topics.

    Args:
        model_version: the model version, whose topics are applied to the rows' texts.
        table: a column for each feature of the model version, and a string column for each of its texts. A missing
            text column counts as null.
    """
    topic_columns = topics.applied(model_version.topics, table)
    features = as_features(table, tuple(c for c in model_version.columns if c not in topic_columns.column_names))
    return pa.table({c: (topic_columns if c in topic_columns.column_names else features)[c]
                     for c in model_version.columns})


def columns_of_model(model_version: ModelVersion, rows: Rows) -> Rows:
    """Return the rows with the input columns of a model version, to measure it on them."""
    return dataclasses.replace(rows, features=inputs(model_version, rows.table))


def with_topics(rows: Rows, fitted: Mapping[str, Topics]) -> Rows:
    """Return the rows with the topics of their texts after the features, to train on them."""
    added = topics.applied(fitted, rows.table)
    columns = {c: rows.features[c] for c in rows.features.column_names}
    return dataclasses.replace(rows, features=pa.table(columns | {c: added[c] for c in added.column_names}))


def concat_rows(*parts: Rows) -> Rows:
    """Concatenate the rows of several parts."""
    arrays = ("label", "as_of", "entity", "loss", "cluster")
    return Rows(pa.concat_tables(rows.features for rows in parts),
                *(np.concatenate([getattr(rows, name) for rows in parts]) for name in arrays),
                {name: np.concatenate([rows.slices[name] for rows in parts]) for name in parts[0].slices},
                pa.concat_tables(rows.texts for rows in parts))


def _columns(model: Model) -> tuple[str, ...]:
    """Return the model's columns, then the columns that results are broken down by."""
    features = model.feature_set
    banded = (column for column, _ in BANDS[model.entity].values())
    slicing = (*banded, *features.slice_columns, *([features.cluster_column] if features.cluster_column else []))
    return (*model.columns, *(c for c in slicing if c not in model.columns))


def as_features(table: pa.Table, columns: tuple[str, ...]) -> pa.Table:
    """Return the columns as 32-bit floats, the type that XGBoost compares in."""
    return pa.table({c: _in_32_bits(table[c]) for c in columns})


def matrix(features: pa.Table) -> np.ndarray:
    """Convert a table of numbers to a row-major array (rows, columns), float32.

    The conversion takes one block of rows at a time, which fits a core's cache. One column at a time over all rows
    takes four times as long.
    """
    columns = [column.to_numpy() for column in features.columns]
    rows = np.empty((len(columns[0]), len(columns)), np.float32)
    for first in range(0, len(rows), ROWS_PER_BATCH):
        block = slice(first, first + ROWS_PER_BATCH)
        np.stack([column[block] for column in columns], axis=1, out=rows[block])
    return rows


def _in_32_bits(column: pa.ChunkedArray) -> pa.ChunkedArray:
    # A sum of whole numbers may exceed the exact range of doubles; the cast then rounds it.
    wide = column if column.type == pa.float32() else column.cast(pa.float64(), safe=False)
    return wide.cast(pa.float32(), safe=False)


def _slices(table: pa.Table, model: Model) -> dict[str, np.ndarray]:
    sliced = {name: np.array([v or "unknown" for v in table[name].to_pylist()], dtype=str)
              for name in model.feature_set.slice_columns}
    return sliced | {name: _banded(table[column], bands) for name, (column, bands) in BANDS[model.entity].items()}


def _cluster(table: pa.Table, model: Model, entity: np.ndarray) -> np.ndarray:
    """Return the bootstrap cluster of each row: the cluster column's value, or the entity where it is null."""
    column = model.feature_set.cluster_column
    if not column:
        return entity
    return np.array([value or identifier for value, identifier in zip(table[column].to_pylist(), entity)], dtype=str)


def _banded(values: pa.ChunkedArray, bands: tuple) -> np.ndarray:
    limits = np.array([limit for limit, _ in bands if limit is not None])
    names = np.array([*(name for _, name in bands), "unknown"])
    numbers = values.cast(pa.float64(), safe=False).to_numpy()
    known = ~np.isnan(numbers)
    band = np.where(known, np.searchsorted(limits, np.nan_to_num(numbers), side="right"), len(bands))
    return names[band]
