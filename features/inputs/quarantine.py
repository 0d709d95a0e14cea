"""What is shown of a row that was put aside: enough to see what is wrong, and nobody's identifiers.

Quirks of `raw` in `quarantine`, a JSON object of column name to text:

- A private column is masked as in the lake, so the row can be matched. A column that the contract does
  not know is masked as well, since nobody knows what is in it.
- A value that is not what its column asks for (no number where a number belongs, a kind nobody knows,
  too long) is shown by its shape: `amount_cents: "99,99"`. It may be an identifier that slipped.
- In such a row other values may have slipped too. Its key, its closed sets and its booleans stay; other
  texts are masked, numbers and times shown by their shape.
- A line that its format could not take apart is shown by its shape alone.
- A row that breaks any other rule shows its other columns as they came. An identifier that was
  delivered as a well-formed value of a column that is not private is not recognised, here or in the lake.

The row as it came is in the landing folder, under the same table and day.
"""

from collections.abc import Sequence

from pyspark.sql import Column as SqlColumn
from pyspark.sql import functions as F

from features.inputs.casts import EARLIEST, LATEST
from features.inputs.contract import Column, Table
from features.inputs.masking import displayed_name, mask_pattern, masked_value

# A line that its file format could not take apart, as text. Readers that know none leave it out.
MALFORMED = "_malformed"
# Name of the rule that a record breaks by how it is written, as its reader found it; null where there is none.
FAULT = "_fault"

PLAIN, MASKED, SHAPED = "plain", "masked", "shaped"


def kind_rule(column: Column) -> str:
    """Name of the rule that a value can be read as what its column is."""
    return f"{column.name} is a {column.type}"


def years_rule(column: Column) -> str:
    """Name of the rule that a time lies where events can lie."""
    return f"{column.name} lies from {EARLIEST} to before {LATEST}"


def fitting_rules(table: Table, column: Column) -> list[str]:
    """Names of the rules that say what may stand in a column at all: its kind, its closed set, its length."""
    return [kind_rule(column), *(rule.name for rule in table.row_rules
                                 if rule.column == column.name and rule.kind in ("values", "length"))]


def quarantine_entry(table: Table, whole: SqlColumn, names: Sequence[str]) -> SqlColumn:
    """A raw row as JSON, over a frame with its `broken` rules and the key's blocks.

    What is decided of a value is decided in one place for all columns, by `_told`: an expression a column would
    make each of the night's queries some hundred times as long to plan.

    Args:
        whole: a struct of the row as it came.
        names: the struct's fields.
    """
    read = whole[MALFORMED].isNull() if MALFORMED in names else F.lit(True)
    # Columns of one shape have one place. A map takes no name twice.
    fields = {displayed_name(name) if name not in (*table.names, MALFORMED) else name: name for name in names}
    entries = F.array(*[_entry(table, label, whole[name].cast("string"), name) for label, name in fields.items()])
    there = F.filter(entries, lambda entry: entry["value"].isNotNull() & (read | (entry["name"] == MALFORMED)))
    rules = [rule for column in table.columns for rule in fitting_rules(table, column)]
    return F.to_json(F.map_from_entries(
        F.transform(there, lambda entry: F.struct(entry["name"], _entry_text(entry, rules)))))


def _entry(table: Table, label: str, value: SqlColumn, name: str) -> SqlColumn:
    """A value with the rules it may break, how it is shown if it breaks none, and how in a row that slipped."""
    way, in_slipped = _ways(table, name)
    plain = name in table.names and name not in table.private
    rules = fitting_rules(table, table.column(name)) if plain else []
    return F.struct(F.lit(label).alias("name"), value.alias("value"), _texts(rules).alias("rules"),
                    F.lit(way).alias("way"), F.lit(in_slipped).alias("in_slipped"))


def _ways(table: Table, name: str) -> tuple[str, str]:
    if name == MALFORMED:
        return SHAPED, SHAPED
    if name not in table.names or name in table.private:
        return MASKED, MASKED
    column = table.column(name)
    if column.name == table.key or column.values or column.type == "boolean":
        return PLAIN, PLAIN
    return PLAIN, MASKED if column.type == "string" else SHAPED


def _entry_text(entry: SqlColumn, rules: Sequence[str]) -> SqlColumn:
    """What is shown of a value. `rules` are all those by which a row is known to have slipped."""
    value, broken = entry["value"], F.col("broken")
    way = (F.when(F.arrays_overlap(broken, entry["rules"]), SHAPED)
           .when(F.arrays_overlap(broken, _texts(rules)), entry["in_slipped"]).otherwise(entry["way"]))
    return F.when(way == PLAIN, value).when(way == MASKED, masked_value(value)).otherwise(mask_pattern(value))


def _texts(texts: Sequence[str]) -> SqlColumn:
    return F.array(*[F.lit(text) for text in texts]).cast("array<string>")
