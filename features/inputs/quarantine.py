"""Quarantine entries: a quarantined row as JSON that shows what is wrong and shows no identifiers.

`raw` in the table `quarantine` is a JSON object of column name to text:

- A private column is masked as in the lake, so that the row can be matched. A column that the contract does not have is
  masked as well, because its content is unknown.
- A value that does not fit its column is shown as its mask pattern: `amount_cents: "99,99"`. It is no number, it is not
  in the closed set, or it is too long, and it may be an identifier in the wrong column.
- Other values of such a row may be in the wrong column too. Its key, its closed sets and its booleans are shown. Other
  texts are masked, and numbers and times are shown as mask patterns.
- A line that its file format cannot split into values is shown as its mask pattern alone.
- The other columns of a row that breaks any other rule are shown as delivered. An identifier that was delivered as a
  well-formed value of a column that is not private is not recognised, neither here nor in the lake.

The row as delivered is in the landing folder, under the same table and day.
"""

from collections.abc import Sequence

from pyspark.sql import Column as SqlColumn
from pyspark.sql import functions as F

from features.inputs.casts import EARLIEST, LATEST
from features.inputs.contract import Column, Table
from features.inputs.masking import displayed_name, mask_pattern, masked_value

# Column of a line that its file format cannot split into values. A reader without such lines leaves the column out.
MALFORMED = "_malformed"
# Column of the name of the rule that the written form of a record breaks, as its reader reports it; null without one.
FAULT = "_fault"

PLAIN, MASKED, SHAPED = "plain", "masked", "shaped"


def kind_rule(column: Column) -> str:
    """Return the name of the rule that a value can be read as the type of its column."""
    return f"{column.name} is a {column.type}"


def years_rule(column: Column) -> str:
    """Return the name of the rule that a time lies in the years of events."""
    return f"{column.name} lies from {EARLIEST} to before {LATEST}"


def fitting_rules(table: Table, column: Column) -> list[str]:
    """Return the names of the rules that decide whether a value fits its column: type, closed set, pattern, length."""
    return [kind_rule(column), *(rule.name for rule in table.row_rules
                                 if rule.column == column.name and rule.kind in ("values", "pattern", "length"))]


def quarantine_entry(table: Table, row: SqlColumn, names: Sequence[str]) -> SqlColumn:
    """Return a raw row as JSON, over a frame with its `broken` rules and the key's blocks.

    One shared expression, `_entry_text`, decides how the value of any column is shown. An expression per column would
    make every query plan of the night some hundred times as long.

    Args:
        row: a struct of the row as delivered.
        names: the fields of the struct.
    """
    is_readable = row[MALFORMED].isNull() if MALFORMED in names else F.lit(True)
    # Columns whose displayed names are equal share one entry: a map does not allow duplicate names.
    fields = {displayed_name(name) if name not in (*table.names, MALFORMED) else name: name for name in names}
    entries = F.array(*[_entry(table, label, row[name].cast("string"), name) for label, name in fields.items()])
    present = F.filter(entries, lambda entry: entry["value"].isNotNull() & (is_readable | (entry["name"] == MALFORMED)))
    rules = [rule for column in table.columns for rule in fitting_rules(table, column)]
    return F.to_json(F.map_from_entries(
        F.transform(present, lambda entry: F.struct(entry["name"], _entry_text(entry, rules)))))


def _entry(table: Table, label: str, value: SqlColumn, name: str) -> SqlColumn:
    """Return a value with its fitting rules, its display, and its display in a row with a value that does not fit."""
    display, display_if_misaligned = _ways(table, name)
    plain = name in table.names and name not in table.private
    rules = fitting_rules(table, table.column(name)) if plain else []
    return F.struct(F.lit(label).alias("name"), value.alias("value"), _texts(rules).alias("rules"),
                    F.lit(display).alias("way"), F.lit(display_if_misaligned).alias("in_slipped"))


def _ways(table: Table, name: str) -> tuple[str, str]:
    """Return how the values of a column are shown, and how they are shown in a row with a value that does not fit."""
    if name == MALFORMED:
        return SHAPED, SHAPED
    if name not in table.names or name in table.private:
        return MASKED, MASKED
    column = table.column(name)
    if column.name == table.key or column.values or column.type == "boolean":
        return PLAIN, PLAIN
    return PLAIN, MASKED if column.type == "string" else SHAPED


def _entry_text(entry: SqlColumn, rules: Sequence[str]) -> SqlColumn:
    """Return the text that is shown of a value.

    Args:
        rules: of all columns; a row that breaks one of them has a value that does not fit its column.
    """
    value, broken = entry["value"], F.col("broken")
    display = (F.when(F.arrays_overlap(broken, entry["rules"]), SHAPED)
               .when(F.arrays_overlap(broken, _texts(rules)), entry["in_slipped"]).otherwise(entry["way"]))
    return F.when(display == PLAIN, value).when(display == MASKED, masked_value(value)).otherwise(mask_pattern(value))


def _texts(texts: Sequence[str]) -> SqlColumn:
    return F.array(*[F.lit(text) for text in texts]).cast("array<string>")
