"""Checks of an input's columns against its contract, before any row is read."""

import datetime as dt
import re

from features.inputs.contract import Table
from features.inputs.masking import displayed_name
from jobs.errors import UserError

# Column name -> type, in the spelling of Arrow or Spark.
Schema = dict[str, str]

NAMES_SHOWN, NAME_LENGTH = 5, 64  # of unknown columns: a file of another format has any number of names, of any length

# Input types that each contract type accepts. A whole number could be cast to a timestamp, and a boolean to a number,
# but the result would mean something else.
WHOLE = r"u?int\d*|bigint|smallint|tinyint|long"
FRACTION = r"float|double|decimal.*"
TEXT = r"(large_)?string(_view)?|dictionary.*|varchar.*|null|void"
ACCEPTED = {
    "string": rf"{TEXT}|{WHOLE}",
    "bigint": rf"{TEXT}|{WHOLE}|{FRACTION}",
    "double": rf"{TEXT}|{WHOLE}|{FRACTION}",
    "timestamp": rf"{TEXT}|timestamp.*|date.*",
    "date": rf"{TEXT}|date.*|timestamp.*",
    "boolean": rf"{TEXT}|bool(ean)?",
}


def check_schema(schema: Schema, table: Table, where: str, ds: dt.date) -> None:
    """Check that an input has the required columns, in types that the contract accepts.

    A missing column beside an unknown column counts as renamed: null values would silently change every feature of the
    column. A column that the contract added later may be missing: inputs of before it lack it.

    Raises:
        UserError: the message has every difference at once.
    """
    missing = [c for c in table.columns if c.name not in schema and not c.added]
    unknown = [name for name in schema if name not in (*table.names, "ds")]
    wrong = [f"{c.name} is {schema[c.name]}, expected {c.type}" for c in table.columns
             if c.name in schema and not re.fullmatch(ACCEPTED[c.type], schema[c.name].lower())]
    differences = []
    if [c for c in missing if c.required] or (missing and unknown):
        differences.append(f"missing {', '.join(c.name for c in missing)}")
        differences += _unknown_columns(unknown, header=any(name in schema for name in table.names))
    differences += wrong
    if differences:
        raise UserError(f"{table.name}, {ds}: {'; '.join(differences)} in {where}. Expected "
                        f"{', '.join(table.names)}. Mend the file or the SELECT, then run the day again.")


def _unknown_columns(unknown: list[str], header: bool) -> list[str]:
    """Return the difference of unknown columns. Without a header the names are values, so they are not printed."""
    if not unknown:
        return []
    if not header:
        return [f"{len(unknown)} unknown and none known (is there a header?)"]
    more = f" and {len(unknown) - NAMES_SHOWN} more" if len(unknown) > NAMES_SHOWN else ""
    shown = ", ".join(displayed_name(name)[:NAME_LENGTH] for name in unknown[:NAMES_SHOWN])
    return [f"unknown {shown}{more} (renamed?)"]
