"""Checks the columns of an input against its contract, before any row is read."""

import datetime as dt
import re

from features.inputs.contract import Table
from features.inputs.masking import displayed_name
from jobs.errors import UserError

# Column name -> type, as Arrow or Spark spells it.
Schema = dict[str, str]

# What each contract type may be given as. A timestamp given as a whole number, or a number as a
# boolean, could be cast and would mean something else.
WHOLE = r"u?int\d*|bigint|smallint|tinyint|long"
TEXT = r"(large_)?string(_view)?|dictionary.*|varchar.*|null|void"
ACCEPTED = {
    "string": rf"{TEXT}|{WHOLE}",
    "bigint": rf"{TEXT}|{WHOLE}|float|double|decimal.*",
    "timestamp": rf"{TEXT}|timestamp.*|date.*",
    "date": rf"{TEXT}|date.*|timestamp.*",
    "boolean": rf"{TEXT}|bool(ean)?",
}


def check_schema(shape: Schema, table: Table, where: str, ds: dt.date) -> None:
    """Refuse an input that lacks a column it must have, or has one of a type that cannot be meant.

    A column of the contract that is missing while an unknown one is there is taken for a renamed
    column: empty values would silently change every feature made of it.

    Raises:
        UserError: with every difference at once.
    """
    missing = [c for c in table.columns if c.name not in shape]
    unknown = [name for name in shape if name not in (*table.names, "ds")]
    wrong = [f"{c.name} is {shape[c.name]}, expected {c.type}" for c in table.columns
             if c.name in shape and not re.fullmatch(ACCEPTED[c.type], shape[c.name].lower())]
    said = []
    if [c for c in missing if c.required] or (missing and unknown):
        said.append(f"missing {', '.join(c.name for c in missing)}")
        said += _unknown_columns(unknown, header=any(name in shape for name in table.names))
    said += wrong
    if said:
        raise UserError(f"{table.name}, {ds}: {'; '.join(said)} in {where}. Expected "
                        f"{', '.join(table.names)}. Mend the file or the SELECT, then run the day again.")


def _unknown_columns(unknown: list[str], header: bool) -> list[str]:
    """A file without a header has its first row for names: those are not repeated."""
    if not unknown:
        return []
    return [f"unknown {', '.join(map(displayed_name, unknown))} (renamed?)" if header
            else f"{len(unknown)} unknown and none known (is there a header?)"]
