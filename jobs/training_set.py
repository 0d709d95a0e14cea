"""The rows a model is trained and tested on, read as Arrow without Spark."""

import datetime as dt
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from jobs.lake import Lake
from jobs.models import Model

SLICES_OF_TENURE = ((30, "under 30 days"), (180, "30 to 179 days"), (None, "180 days and more"))
SLICES_OF_SIZE = ((1, "no orders"), (10, "1 to 9 orders"), (100, "10 to 99 orders"), (None, "100 orders and more"))


@dataclass(frozen=True, eq=False)
class Rows:
    """Labelled rows of one part of the split, ordered by as_of and entity.

    Attributes:
        features: Arrow table, one float column per feature of the model.
        label: int8 (rows,); `as_of` datetime64[D]; `entity` str; `loss` int64 minor units.
        slices: what results are broken down by: name -> str (rows,).
    """

    features: pa.Table
    label: np.ndarray
    as_of: np.ndarray
    entity: np.ndarray
    loss: np.ndarray
    slices: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.label)

    @property
    def positives(self) -> int:
        return int(self.label.sum())


def read(lake: Lake, model: Model, cut: dt.date, part: str) -> Rows:
    """One part (train, validation or test) of a model's rows, as labelled on the day `cut`."""
    identifier = model.feature_set.id
    with duckdb.connect() as db:
        db.register("labels", lake.arrow(f"{model.entity}_labels", [cut]))
        wanted = db.execute(f"SELECT as_of, {identifier}, label, loss_cents FROM labels "
                            "WHERE risk = ? AND part = ?", [model.risk, part]).to_arrow_table()
        db.register("wanted", wanted)
        db.register("features", lake.arrow(f"{model.entity}_features", set(wanted["as_of"].to_pylist())))
        table = db.execute(f"SELECT w.as_of, w.{identifier} AS entity, w.label, w.loss_cents, "
                           f"{', '.join(f'f.{c}' for c in _columns(model))} "
                           f"FROM wanted w JOIN features f ON f.ds = w.as_of AND f.{identifier} = w.{identifier} "
                           "ORDER BY w.as_of, entity").to_arrow_table()
    return Rows(as_features(table, model.columns), *(table[name].to_numpy() for name in ("label", "as_of")),
                table["entity"].to_numpy().astype(str), table["loss_cents"].to_numpy(), _slices(table, model))


def _columns(model: Model) -> tuple[str, ...]:
    """What the model sees, then what results are broken down by."""
    slicing = ("account_age_days", "order_count_30d", *model.feature_set.slices)
    return (*model.columns, *(c for c in slicing if c not in model.columns))


def as_features(table: pa.Table, columns: tuple[str, ...]) -> pa.Table:
    """The columns in the model's order, as 32-bit floats, which is what XGBoost compares in anyway."""
    return pa.table({c: table[c].cast(pa.float64()).cast(pa.float32(), safe=False) for c in columns})


def _slices(table: pa.Table, model: Model) -> dict[str, np.ndarray]:
    found = {name: np.array([v or "unknown" for v in table[name].to_pylist()], dtype=str)
             for name in model.feature_set.slices}
    found["tenure"] = _banded(table["account_age_days"], SLICES_OF_TENURE)
    found["size"] = _banded(table["order_count_30d"], SLICES_OF_SIZE)
    return found


def _banded(values: pa.ChunkedArray, bands: tuple) -> np.ndarray:
    limits = np.array([limit for limit, _ in bands if limit is not None])
    names = np.array([*(name for _, name in bands), "unknown"])
    numbers = values.cast(pa.float64()).to_numpy()
    known = ~np.isnan(numbers)
    place = np.where(known, np.searchsorted(limits, np.nan_to_num(numbers), side="right"), len(bands))
    return names[place]
