"""Conversion of Parquet values to the Arrow types that the engines read: one Arrow type for each Spark type."""

import json
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

UTC_INSTANT = pa.timestamp("us", tz="UTC")
FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799  # of the years 1 and 9999
FIRST_DAY, LAST_DAY = -719_162, 2_932_896
PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000}


class ConvertedValues(NamedTuple):
    """A converted array.

    Attributes:
        array: null where a value has no representation in the type.
        unrepresentable: true for these values; None where every value has a representation.
    """

    array: pa.Array
    unrepresentable: pa.Array | None = None


def arrow_type(name: str) -> pa.DataType:
    """Return the Arrow type of a Spark type that `spark_type` names."""
    if name.startswith("decimal"):
        return pa.decimal128(38, int(name.removeprefix("decimal(38,").removesuffix(")")))
    return {"string": pa.string(), "bigint": pa.int64(), "double": pa.float64(), "boolean": pa.bool_(),
            "timestamp": UTC_INSTANT, "date": pa.date32()}[name]


def plain_type(kind: pa.DataType) -> pa.DataType:
    """Return the type of the values themselves, without a dictionary or an extension around them."""
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType) and kind.extension_name != "arrow.uuid":
        return plain_type(kind.storage_type)
    return kind


def is_text_type(kind: pa.DataType) -> bool:
    """Return whether a type is declared as UTF-8 text."""
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def is_binary_type(kind: pa.DataType) -> bool:
    """Return whether a type is bytes of any length. Some writers do not declare their texts as text."""
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind)


def in_type(array: pa.Array, name: str, is_known: bool) -> ConvertedValues:
    """Convert an array's values to a Spark type.

    Args:
        is_known: whether the contract has the column. Bytes of an unknown column become hex digits.
    """
    array = _plain(array)
    if name == "timestamp":
        return _instants(array)
    if name == "date":
        return _dates(array)
    if name != "string":
        return ConvertedValues(array.cast(arrow_type(name)))
    if is_text_type(array.type) or (is_known and is_binary_type(array.type)):
        return _texts(array)
    return ConvertedValues(_written(array))


def _plain(array: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(array.type):
        return _plain(array.dictionary_decode())
    if isinstance(array, pa.ExtensionArray) and array.type.extension_name != "arrow.uuid":
        return _plain(array.storage)
    return array


def _texts(array: pa.Array) -> ConvertedValues:
    """Convert values to texts, null where the bytes are not UTF-8."""
    try:
        if is_binary_type(array.type):
            return ConvertedValues(array.cast(pa.string()))
        array.validate(full=True)
        return ConvertedValues(array.cast(pa.string()))
    except pa.ArrowInvalid:
        values = array.cast(pa.binary()).to_pylist()
    decoded = [value if value is None else _decoded(value) for value in values]
    not_utf8 = [text is None and value is not None for text, value in zip(decoded, values)]
    return ConvertedValues(pa.array(decoded, pa.string()), pa.array(not_utf8))


def _decoded(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def _instants(array: pa.Array) -> ConvertedValues:
    """Convert times to UTC instants in microseconds. A day becomes its first instant; a time without a zone is UTC."""
    if pa.types.is_date(array.type):
        days, out_of_range = _dates(array)
        return ConvertedValues(days.cast(pa.timestamp("us")).view(pa.int64()).view(UTC_INSTANT), out_of_range)
    converted = ConvertedValues(array)
    if array.type.unit in PER_SECOND:  # nanoseconds end in 2262
        times = PER_SECOND[array.type.unit]
        converted = _between(array, FIRST_SECOND * times, (LAST_SECOND + 1) * times - 1)
    # Digits below a microsecond are cut off.
    truncated = converted.array.view(pa.timestamp(array.type.unit)).cast(pa.timestamp("us"), safe=False)
    return ConvertedValues(truncated.view(UTC_INSTANT), converted.unrepresentable)


def _dates(array: pa.Array) -> ConvertedValues:
    """Convert values to days. A time becomes its day."""
    if pa.types.is_timestamp(array.type):
        instants = _instants(array)
        return ConvertedValues(instants.array.view(pa.timestamp("us")).cast(pa.date32(), safe=False),
                               instants.unrepresentable)
    return _between(array.cast(pa.date32(), safe=False), FIRST_DAY, LAST_DAY)


def _between(array: pa.Array, first: int, last: int) -> ConvertedValues:
    number = array.view(pa.int32() if pa.types.is_date32(array.type) else pa.int64())
    out_of_range = pc.or_(pc.less(number, first), pc.greater(number, last))
    if not pc.any(out_of_range).as_py():
        return ConvertedValues(array)
    return ConvertedValues(pc.if_else(out_of_range, pa.scalar(None, array.type), array),
                           pc.fill_null(out_of_range, False))


def _written(array: pa.Array) -> pa.Array:
    """Convert values of any type to readable text, for a text column or an undeclared column."""
    kind = array.type
    if pa.types.is_timestamp(kind):
        return _instants(array).array.view(pa.timestamp("us")).cast(pa.string())
    if pa.types.is_date(kind):
        return _dates(array).array.cast(pa.string())
    if any(is_type(kind)
           for is_type in (pa.types.is_null, pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean)):
        return array.cast(pa.string())
    return pa.array(map(_shown, array), pa.string())


def _shown(scalar: pa.Scalar) -> str | None:
    try:
        value = scalar.as_py()
    except (ValueError, OverflowError, pa.ArrowException):
        return "?"  # half a character or a time out of range, inside a list
    if value is None:
        return None
    if isinstance(value, (dict, list)):
        return json.dumps(value, default=_as_text, ensure_ascii=False, separators=(",", ":"))
    return _as_text(value)


def _as_text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
