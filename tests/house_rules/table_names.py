"""Rule: only the catalog puts a table name together."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from jobs.storage import catalog

PREFIX = "<entity>_"
# Ends of the names that begin with an entity: features, risk_daily, ...
KINDS = frozenset(table.pattern.removeprefix(PREFIX) for table in catalog.tables() if table.pattern.startswith(PREFIX))
CATALOG = Path(catalog.__file__).parent


def table_names_spelled(paths: Iterable[Path]) -> list[str]:
    """Return the lines that put a table name together, as `file:line: code: the replacement`.

    Args:
        paths: files, and folders whose Python files are read. The catalog itself is left out.
    """
    faults = []
    for file in sorted({file for path in paths for file in _files(path)}):
        nodes = sorted(ast.walk(ast.parse(file.read_text())), key=lambda node: getattr(node, "lineno", 0))
        faults += [f"{file}:{node.lineno}: {ast.unparse(node)[:80]}: write {replacement}"
                   for node in nodes for replacement in _spelled(node)]
    return faults


def _files(path: Path) -> Iterator[Path]:
    files = path.rglob("*.py") if path.is_dir() else [path]
    return (file for file in files if CATALOG not in file.resolve().parents)


def _spelled(node: ast.AST) -> Iterator[str]:
    """Yield the replacement of each table name that an expression puts together."""
    if isinstance(node, ast.JoinedStr):
        yield from _in_f_string(node.values)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and _kind(node.right):
        yield f"catalog.{_kind(node.right)}({ast.unparse(node.left)}).name"


def _in_f_string(parts: list[ast.expr]) -> Iterator[str]:
    for part, next_part in zip(parts, parts[1:]):
        if isinstance(part, ast.FormattedValue) and _kind(next_part):
            yield f"catalog.{_kind(next_part)}({ast.unparse(part.value)}).name"
    if len(parts) == 3 and _is_entity(parts[0]) and _text(parts[1]) == "_" and _is_variable(parts[2]):
        yield f"<function of the catalog>({ast.unparse(parts[0].value)}).name, such as catalog.TILE_TABLES[kind]"


def _kind(node: ast.AST) -> str | None:
    """Return the kind of table that a text behind an entity begins with."""
    text = _text(node)
    rest = text[1:] if text.startswith("_") else ""
    matches = [kind for kind in KINDS if rest.startswith(kind) and not _goes_on(rest[len(kind):])]
    return max(matches, key=len, default=None)


def _goes_on(rest: str) -> bool:
    return rest[:1].isalnum() or rest[:1] == "_"


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_entity(node: ast.AST) -> bool:
    return isinstance(node, ast.FormattedValue) and ast.unparse(node.value).lower().split(".")[-1] == "entity"


def _is_variable(node: ast.AST) -> bool:
    return isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.Name)
