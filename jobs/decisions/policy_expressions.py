"""Checks of conditions and worth expressions, by DuckDB's own parser and binder over score rows that nobody has."""

import json
import math
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

import duckdb
import pyarrow as pa

from features.risks import of_entity
from jobs.decisions.policy_keys import spelled
from jobs.decisions.score_row import DERIVED, LEVEL, RISK, score_row
from jobs.storage import catalog
from jobs.storage.query import connect

# A name that no expression spells by chance, so that columns are named by their names alone.
RELATION = '"the score row of {}"'
BEFORE = "SELECT (\n"
# Kinds of nodes of DuckDB's tree that compute one value from one row.
SCALAR = ("BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION",
          "LAMBDA", "OPERATOR", "TYPE")
OTHERS = {"SUBQUERY": "a subquery", "WINDOW": "a window function", "STAR": "a star", "PARAMETER": "a parameter"}
NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
           "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL")
MAX_KEPT = 1_000  # answers
MAX_MESSAGE = 400  # characters of a message of DuckDB
LARGE = {pa.int64(): 10 ** 12, pa.float64(): 1e12}
# One thread: the connection stays open beside whatever the process does later.
CLOSED = ("SET threads = 1", "SET autoinstall_known_extensions = false", "SET autoload_known_extensions = false",
          "SET enable_external_access = false", "SET lock_configuration = true")


@lru_cache(MAX_KEPT)
def condition_fault(entity: str, sql: str) -> str | None:
    """Return what is wrong with a condition over an entity's score rows; None for a good one."""
    return _database().fault(entity, sql, ("BOOLEAN",), "a condition that is true or false (BOOLEAN)")


@lru_cache(MAX_KEPT)
def worth_fault(entity: str, sql: str) -> str | None:
    """Return what is wrong with a worth expression over an entity's score rows; None for a good one."""
    return _database().fault(entity, sql, NUMBERS, "a number")


class _Database:
    """A database in memory with the score row of each entity. It reads no file and loads no extension."""

    def __init__(self) -> None:
        self._db = connect()
        for statement in CLOSED:
            self._db.execute(statement)
        self._functions: dict[str, set[tuple]] = {}
        for name, *facts in self._db.execute("SELECT function_name, function_type, stability, macro_definition "
                                             "FROM duckdb_functions()").fetchall():
            self._functions.setdefault(name.lower(), set()).add(tuple(facts))
        self._entities: set[str] = set()

    def fault(self, entity: str, sql: str, types: tuple[str, ...], expected: str) -> str | None:
        """Return what is wrong with an expression over an entity's score rows; None for a good one."""
        relation = self._relation(entity)
        query = f"{BEFORE}{sql}\n) AS value FROM {relation}"
        try:
            tree, fault = self._tree(query, sql)
            fault = fault or self._fault_of_tree(tree)
            if fault:
                return fault
            found = self._db.execute(f"DESCRIBE {query}").fetchall()[0][1]
            if found.split("(")[0] not in types:
                return f"it returns {found}, expected {expected}."
            return self._fault_of_names(tree, entity) or self._fault_of_values(query)
        except duckdb.Error as failure:
            return _sentence(failure)
        except RecursionError:
            return "it is nested too deeply, expected a shorter expression."

    def _relation(self, entity: str) -> str:
        """Return the view of an entity's score rows. A view has no `rowid`, which a table would."""
        relation = RELATION.format(entity)
        if entity not in self._entities:
            self._entities.add(entity)
            schema, staging = score_row(entity), f"staging_{entity}"
            self._db.register(staging, schema.empty_table())
            self._db.execute(f'CREATE TABLE "rows of {entity}" AS FROM {staging}')
            self._db.unregister(staging)
            self._db.execute(f'CREATE VIEW {relation} AS FROM "rows of {entity}"')
            for row in (_nulls(schema), _zeros(schema, entity), _large(schema, entity)):
                self._db.execute(f'INSERT INTO "rows of {entity}" VALUES ({", ".join("?" * len(row))})', row)
        return relation

    def _tree(self, query: str, sql: str) -> tuple[Any, str | None]:
        """Return DuckDB's tree of the one expression of a query, or why there is no such tree."""
        answer = json.loads(self._db.execute("SELECT json_serialize_sql(?)", [query]).fetchall()[0][0])
        if answer["error"]:
            return None, _syntax_fault(sql, answer)
        nodes = [statement["node"] for statement in answer["statements"]]
        if len(nodes) != 1 or nodes[0]["type"] != "SELECT_NODE" or len(nodes[0]["select_list"]) != 1:
            return None, "more than one expression, expected one without a comma or semicolon outside of brackets."
        return nodes[0]["select_list"][0], None

    def _fault_of_tree(self, tree: Any) -> str | None:
        """Return why a tree does not compute one value from one row, the same at any time; None where it does."""
        for node in _nodes(tree):
            if node["class"] not in SCALAR:
                found = OTHERS.get(node["class"], node["class"].replace("_", " ").lower())
                return f"found {found}, expected an expression over the columns of one row."
            if node["class"] == "FUNCTION" and (reason := self._fault_of_function(node["function_name"].lower())):
                return f"found the function {node['function_name']}, {reason}."
        return None

    def _fault_of_function(self, name: str) -> str | None:
        found = self._functions.get(name, set())
        if any(kind == "scalar" and stability != "CONSISTENT" for kind, stability, _ in found):
            return "which gives other values at other times or acts on the session; expected the same value at any time"
        if not found or any(kind == "scalar" for kind, _, _ in found):
            return None  # the binder knows whether there is such a function
        if any(kind in ("aggregate", "window") for kind, _, _ in found):
            return "which reads several rows; expected a function of one row"
        if all(kind == "macro" and self._is_scalar(definition) for kind, _, definition in found):
            return None
        return "which gives a table or asks the database; expected a function of one row"

    def _is_scalar(self, definition: str) -> bool:
        tree, fault = self._tree(f"SELECT ({definition})", definition)
        return fault is None and self._fault_of_tree(tree) is None

    def _fault_of_names(self, tree: Any, entity: str) -> str | None:
        """Return the fault of a name that DuckDB knows beside columns, or of a level or risk that never occurs."""
        columns = {name.lower() for name in score_row(entity).names}
        parameters = {name.lower() for node in _nodes(tree) if node["class"] == "LAMBDA"
                      for inner in _nodes(node["lhs"]) for name in inner.get("column_names", [])}
        for node in _nodes(tree):
            first = node.get("column_names", [""])[0]
            if first and first.lower() not in columns | parameters:
                return f"found {first}, expected only columns of the score row."
        values = {LEVEL.name: catalog.find(f"{catalog.risk_daily(entity)}").column("risk_level").values,
                  RISK.name: tuple(risk.name for risk in of_entity(entity))}
        for column, text, by_alphabet in _compared_texts(tree):
            if column in values and by_alphabet:
                return f"{column} is compared with {text!r} by the alphabet, expected =, <> or IN, or the score."
            if column in values and text not in values[column]:
                return f"{column} is never {text!r}, expected one of {', '.join(values[column])}."
        return None

    def _fault_of_values(self, query: str) -> str | None:
        """Return the fault of an expression on rows of nulls, of zeros and of large numbers."""
        for (value,) in self._db.execute(query).fetchall():
            if value is not None and not (math.isfinite(value) and value >= 0):
                return f"it gives {value} for a row of nulls, zeros or large numbers, expected a number from 0 on."
        return None


@cache
def _database() -> _Database:
    """Return the database of this process. Its tables take longer to make than an expression to check."""
    return _Database()


def _nodes(tree: Any) -> Iterator[dict]:
    """Yield the nodes of a tree, each before its children."""
    if isinstance(tree, dict):
        if "class" in tree:
            yield tree
        for value in tree.values():
            yield from _nodes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _nodes(value)


def _compared_texts(tree: Any) -> Iterator[tuple[str, str, bool]]:
    """Yield (column, text, whether by the alphabet) wherever a column is compared with a text."""
    for node in _nodes(tree):
        if node["class"] == "COMPARISON":
            sides = [node["left"], node["right"]]
        elif node["type"] in ("COMPARE_IN", "COMPARE_NOT_IN"):
            sides = node["children"]
        else:
            continue
        columns = [side["column_names"][0].lower() for side in sides if side["class"] == "COLUMN_REF"]
        texts = [side["literal"]["text"] for side in sides
                 if side["class"] == "CONSTANT" and side["literal"]["kind"] == "STRING"]
        by_alphabet = "LESS" in node["type"] or "GREATER" in node["type"]
        yield from ((column, text, by_alphabet) for column in columns[:1] for text in texts)


def _syntax_fault(sql: str, answer: dict[str, str]) -> str:
    """Return where the parser stopped, in the person's own text. Positions are bytes of the whole query."""
    place = int(answer.get("position") or 0) - len(BEFORE)
    rest = sql.encode()[max(place, 0):].decode(errors="replace").strip()
    if "position" not in answer:
        return f"{_one_line(answer['error_message'])}, expected one SQL expression."
    return (f"it cannot be parsed from {spelled(rest)} on, expected one SQL expression." if rest else
            "it ends too early, expected one whole SQL expression.")


def _sentence(failure: duckdb.Error) -> str:
    """Return DuckDB's message as a sentence: which name is wrong, and which ones it suggests."""
    text = _one_line(str(failure)).replace("not found in FROM clause!", "is no column of the score row.")
    if len(text) > MAX_MESSAGE:
        text = f"{text[:MAX_MESSAGE]}..."
    if "Candidate bindings:" in text:
        return text.replace("Candidate bindings:", "Expected one such as") + "."
    return f"{text.rstrip('.!')}; expected an expression that DuckDB can compute for every row."


def _one_line(message: str) -> str:
    """Return the message without its kind and without the excerpt of a query that the person did not write."""
    return " ".join(re.sub(r"^[A-Z][\w ]* Error: ", "", message.split("\nLINE ")[0]).split())


def _nulls(schema: pa.Schema) -> list:
    return [None] * len(schema)


def _zeros(schema: pa.Schema, entity: str) -> list:
    return _row(schema, entity, {pa.string(): "", pa.int64(): 0, pa.float64(): 0.0, pa.bool_(): False}, "medium", 0.1)


def _large(schema: pa.Schema, entity: str) -> list:
    return _row(schema, entity, LARGE | {pa.string(): "x", pa.bool_(): True}, "critical", 1.0)


def _row(schema: pa.Schema, entity: str, values: dict[pa.DataType, Any], level: str, score: float) -> list:
    of_name = {RISK.name: of_entity(entity)[0].name, LEVEL.name: level, DERIVED[1].name: score}
    return [of_name.get(field.name, values.get(field.type)) for field in schema]
