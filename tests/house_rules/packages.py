"""Docstrings of packages and runnable files, and names of modules."""

import ast
import re
from collections.abc import Iterator, Mapping

from tests.house_rules.imports import Module

NO_SUBJECT = ("utils", "util", "helpers", "helper", "common", "shared", "misc", "tools", "base", "core")


def without_docstring(modules: Mapping[str, Module]) -> Iterator[str]:
    """Yield the packages whose `__init__` docstring does not begin with one to three sentences on its purpose."""
    for module in modules.values():
        if module.path.name != "__init__.py":
            continue
        text = (ast.get_docstring(module.tree) or "").split("\n\nplan(")[0]  # the attacks explain their functions
        if not 1 <= _sentences(text.partition("\n\n")[0]) <= 3 or _sentences(text) > 8:
            yield f"{module.path}: say in one to three sentences what the package is for"


def _sentences(text: str) -> int:
    return len(re.findall(r"[.:](?:\s|$)", text))


def without_contract(modules: Mapping[str, Module]) -> Iterator[str]:
    """Yield the runnable files of jobs/ without `parse`, `main` or a docstring of what they read and write."""
    for module in modules.values():
        if not module.name.startswith("jobs.") or module.name.startswith("jobs.simulate"):
            continue
        if not any(isinstance(node, ast.If) and "__main__" in ast.unparse(node.test) for node in module.tree.body):
            continue
        text = " ".join((ast.get_docstring(module.tree) or "").split())
        defined = {node.name for node in module.tree.body if isinstance(node, ast.FunctionDef)}
        for name in {"parse", "main"} - defined:
            yield f"{module.path}: a runnable file has `{name}`"
        for word in ("Reads", "Writes", "Run again"):
            if word.lower() not in text.lower():
                yield f"{module.path}: its docstring says what it {word.lower()}" if word != "Run again" else \
                    f"{module.path}: its docstring says what happens when it is run again"


def dumping_grounds(modules: Mapping[str, Module]) -> Iterator[str]:
    """Yield modules and packages whose name has no subject."""
    for module in modules.values():
        if module.name.rpartition(".")[2] in NO_SUBJECT:
            yield f"{module.path}: name it after its subject; a function without one belongs where it is used"
