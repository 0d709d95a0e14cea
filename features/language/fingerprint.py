"""What decides a definition's numbers, and so the hash of a set of them."""

import re
from dataclasses import asdict

from features.inputs.contract import Source, Table
from features.language.feature import Attribute, Change, Definition, Feature, Ratio

# Raised when the same definition comes to mean other numbers (tiles.py, windows.py).
FORMAT_VERSION = 3


def canonical_form(definition: Definition) -> dict[str, object]:
    """What decides a definition's numbers, written in one way only."""
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
    meaning = {key: value for key, value in asdict(d).items() if key != "meaning"}
    return {"kind": type(d).__name__.lower()} | meaning


def _non_default_fields(d: Definition, *fields: str) -> dict[str, object]:
    """Those of some fields that say something else than they do by default."""
    return {name: getattr(d, name) for name in fields if getattr(d, name) != getattr(type(d), name)}


def canonical_sql(text: str) -> str:
    """SQL with one space between tokens and everything but quoted text in lower case."""
    # Spark reads "text" as a text too.
    tokens = re.findall(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\w+|[<>=!]+|[^\s\w]", text)
    return " ".join(token if token[0] in "'\"" else token.lower() for token in tokens)


def _source(source: Source) -> object:
    """A table by its name; a join by everything that decides its rows."""
    if isinstance(source, Table):
        return source.name
    return [source.left.name, source.right.name, source.on, list(source.take), source.days]
