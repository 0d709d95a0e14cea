"""Arrow types of declared columns."""

import re

import pyarrow as pa

from jobs.storage.catalog.table import OutputTable

PRIMITIVES = {"string": pa.string(), "date": pa.date32(), "timestamp": pa.timestamp("us", "UTC"), "boolean": pa.bool_(),
              "int": pa.int32(), "bigint": pa.int64(), "double": pa.float64()}
LEVEL = re.compile(r"[<>,]")


def arrow_schema(table: OutputTable) -> pa.Schema:
    """Return the Arrow schema of a table."""
    return pa.schema([(column.name, arrow_type(column.type)) for column in table.columns])


def arrow_type(name: str) -> pa.DataType:
    """Return the Arrow type that files in the lake have for a Spark SQL type name.

    Raises:
        ValueError: no column in the lake has such a type.
    """
    name = name.strip()
    if name in PRIMITIVES:
        return PRIMITIVES[name]
    if name.startswith("array<") and name.endswith(">"):
        return pa.list_(pa.field("element", arrow_type(name[len("array<"):-1])))
    if name.startswith("struct<") and name.endswith(">"):
        fields = (field.split(":", 1) for field in _split(name[len("struct<"):-1]))
        return pa.struct([(field.strip(), arrow_type(of)) for field, of in fields])
    raise ValueError(f"{name}: expected array<...>, struct<...> or one of {', '.join(PRIMITIVES)}")


def _split(fields: str) -> list[str]:
    """Return the fields of a struct, split at the commas outside of nested types."""
    parts, depth, start = [], 0, 0
    for sign in LEVEL.finditer(fields):
        depth += {"<": 1, ">": -1, ",": 0}[sign[0]]
        if sign[0] == "," and not depth:
            parts.append(fields[start:sign.start()])
            start = sign.end()
    return [*parts, fields[start:]]
