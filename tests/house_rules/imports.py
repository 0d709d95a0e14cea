"""The imports of source files, read without running them."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

HOUSES = ("features", "jobs", "dags", "benchmarks")


@dataclass(frozen=True)
class Import:
    """One import statement.

    Attributes:
        importer: the module of the statement.
        imported: the module or name that it imports.
        line: its line.
        is_lazy: whether it runs inside a function only.
        is_for_types: whether it stands below `if TYPE_CHECKING`.
    """

    importer: str
    imported: str
    line: int
    is_lazy: bool
    is_for_types: bool


@dataclass(frozen=True)
class Module:
    """One source file, by its dotted name."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree of the file."""
        return ast.parse(self.path.read_text(encoding="utf-8"))

    @property
    def room(self) -> str:
        """The package of the module; for an `__init__` the package itself."""
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]


def modules(root: Path, houses: tuple[str, ...] = HOUSES) -> dict[str, Module]:
    """Return every source file below the named folders of a checkout, by dotted name."""
    by_name = {}
    for house in houses:
        for path in sorted((root / house).rglob("*.py")):
            name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            by_name[name] = Module(name, path)
    return by_name


def imports(module: Module, ours: Mapping[str, Module]) -> Iterator[Import]:
    """Yield the imports of one module.

    A name that is itself a module of ours is given in full, any other name by its module.
    """
    for node, is_lazy, is_for_types in _statements(module.tree.body):
        for target in _targets(node, ours):
            yield Import(module.name, target, node.lineno, is_lazy, is_for_types)


def _targets(node: ast.Import | ast.ImportFrom, ours: Mapping[str, Module]) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    full_names = {f"{node.module}.{alias.name}" for alias in node.names}
    return {name if name in ours else node.module or "" for name in full_names}


def _statements(body: list[ast.stmt], is_lazy: bool = False,
                is_for_types: bool = False) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool, bool]]:
    """Yield import statements: lazy within a function, for types below `if TYPE_CHECKING`."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, is_lazy, is_for_types
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _statements(node.body, True, is_for_types)
        else:
            types = is_for_types or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
            for block in ("body", "orelse", "finalbody", "handlers"):
                yield from _statements(getattr(node, block, []), is_lazy, types)
