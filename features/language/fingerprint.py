"""The canonical form of a definition: the fields that decide its values, and so the hash of a feature set."""

import re
from dataclasses import asdict

from features.inputs.contract import Source, Table
from features.language.feature import Attribute, Change, Definition, Feature, Ratio

# Raised when the same definitions have other values (`features.aggregation.tiles`, `features.aggregation.windows`).
FORMAT_VERSION = 3


def canonical_form(definition: Definition) -> dict[str, object]:
    """Return the fields of a definition that decide its values, written in one way only; `meaning` is left out."""
    d = definition
    if isinstance(d, Feature):
        return {"kind": "feature", "name": d.name, "source": _source(d.source), "aggregation": d.aggregation,
                "expression": canonical_sql(d.expression), "where": canonical_sql(d.where or ""),
                "windows": sorted(d.windows)} | _non_default_fields(d, "at", "by", "delay", "risk")
    if isinstance(d, Ratio):
        return {"kind": "ratio", "name": d.name, "of": d.of, "to": d.to,
                "windows": sorted(d.windows)} | _non_default_fields(d, "delay", "if_denominator_zero")
    if isinstance(d, Change):
        return {"kind": "change", "name": d.name, "of": d.of, "short": d.short, "long": d.long}
    if isinstance(d, Attribute):
        return {"kind": "attribute", "name": d.name, "source": d.source.name, "value": canonical_sql(d.value)}
    fields = {key: value for key, value in asdict(d).items() if key != "meaning"}
    return {"kind": type(d).__name__.lower()} | fields


def _non_default_fields(d: Definition, *fields: str) -> dict[str, object]:
    """Return the fields whose value differs from the default."""
    return {name: getattr(d, name) for name in fields if getattr(d, name) != getattr(type(d), name)}


def canonical_sql(text: str) -> str:
    """Return SQL with one space between tokens and everything except quoted text in lower case."""
    # Spark reads "text" as a string literal too.
    tokens = re.findall(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\w+|[<>=!]+|[^\s\w]", text)
    return " ".join(token if token[0] in "'\"" else token.lower() for token in tokens)


def _source(source: Source) -> object:
    """Return the name of a table, and of an as-of join everything that decides its rows."""
    if isinstance(source, Table):
        return source.name
    return [source.left.name, source.right.name, source.on, list(source.take), source.days]
