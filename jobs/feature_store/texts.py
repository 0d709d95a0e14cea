"""Reads `<entity>_texts`: what was written by or about entities, as of a day."""

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from features.language.feature_set import FeatureSet
from jobs.storage import catalog
from jobs.storage.lake import Lake


def read_texts(lake: Lake, features: FeatureSet, names: Sequence[str], days: Sequence[dt.date]) -> pa.Table:
    """Some texts of some days: (ds, entity id, one string column per name).

    No rows where the table is not there; a text that is no column of it yet is null.
    """
    shape = pa.schema([("ds", pa.date32()), (features.id, pa.string()), *((name, pa.string()) for name in names)])
    table = catalog.texts(features.entity).name
    if not names or not lake.has(table):
        return shape.empty_table()
    there = set(lake.schema(table).names)
    found = lake.arrow(table, days).to_table(columns=[name for name in shape.names if name in there])
    columns = [found[name] if name in there else pa.nulls(found.num_rows, pa.string()) for name in shape.names]
    return pa.table(columns, names=shape.names).cast(shape)


def texts_of_rows(lake: Lake, features: FeatureSet, ds: dt.date, table: pa.Table) -> pa.Table:
    """The feature rows of one day, in their order, with a string column for each text of the entity."""
    names = [text.name for text in features.texts]
    texts = read_texts(lake, features, names, [ds])
    place = pc.index_in(table[features.id].cast(pa.string()), texts[features.id].combine_chunks())
    for name in names:
        table = table.append_column(name, texts[name].take(place))
    return table
