"""Reader of `<entity>_texts`: texts by or about entities, as of a day."""

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from features.language.feature_set import FeatureSet
from jobs.storage import catalog
from jobs.storage.lake import Lake


def read_texts(lake: Lake, features: FeatureSet, names: Sequence[str], days: Sequence[dt.date]) -> pa.Table:
    """Return some texts of some days.

    Returns:
        Columns `ds`, the entity's id, one string column per name. No rows where the table does not exist; null where
        the table has no such column yet.
    """
    schema = pa.schema([("ds", pa.date32()), (features.id, pa.string()), *((name, pa.string()) for name in names)])
    table = catalog.texts(features.entity).name
    if not names or not lake.has(table):
        return schema.empty_table()
    stored_columns = set(lake.schema(table).names)
    rows = lake.arrow(table, days).to_table(columns=[name for name in schema.names if name in stored_columns])
    columns = [rows[name] if name in stored_columns else pa.nulls(rows.num_rows, pa.string()) for name in schema.names]
    return pa.table(columns, names=schema.names).cast(schema)


def texts_of_rows(lake: Lake, features: FeatureSet, ds: dt.date, table: pa.Table) -> pa.Table:
    """Return the feature rows of one day, in their order, with a string column for each text of the entity."""
    names = [text.name for text in features.texts]
    texts = read_texts(lake, features, names, [ds])
    positions = pc.index_in(table[features.id].cast(pa.string()), texts[features.id].combine_chunks())
    for name in names:
        table = table.append_column(name, texts[name].take(positions))
    return table
