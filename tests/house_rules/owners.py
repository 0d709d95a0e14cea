"""Which rooms may import a library, and which modules may read the environment."""

import ast
from collections.abc import Iterator, Mapping

from tests.house_rules.imports import Module, imports

# Library -> the modules and rooms that may import it, except for types. Benchmarks compare with the bare libraries.
OWNERS = {
    "deltalake": ("jobs.storage",),
    "great_expectations": ("jobs.quality",),
    "mlflow": ("jobs.training", "jobs.studies.mlflow_runs"),
    "xgboost": ("jobs.training", "jobs.scoring", "jobs.after_sales", "jobs.studies", "benchmarks"),
    "airflow": ("dags",),
    "rich": ("jobs.runtime",),
    "psycopg": ("dags.runner",),
}

# Readers of values that are no settings: a process passes its environment to a child, and libraries have switches.
READERS = ("jobs", "jobs.settings", "jobs.runtime.packages", "jobs.runtime.terminal", "jobs.engines",
           "jobs.training.registry", "jobs.quality.great_expectations_runner", "jobs.commands.serve", "dags.runner",
           "benchmarks")


def foreign_imports(modules: Mapping[str, Module]) -> Iterator[str]:
    """Yield a sentence for each import of a library by a module that does not own it."""
    for module in modules.values():
        for statement in imports(module, modules):
            owners = OWNERS.get(statement.imported.split(".")[0])
            if owners and not statement.is_for_types and not _is_in(module.name, owners):
                yield (f"{module.path}:{statement.line}: {statement.imported.split('.')[0]} belongs to "
                       f"{' and '.join(owners)}; call a function of theirs")


def environment_reads(modules: Mapping[str, Module]) -> Iterator[str]:
    """Yield the lines outside of `READERS` that read or set environment variables."""
    for module in modules.values():
        if module.name in READERS or _is_in(module.name, READERS[1:]):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv"):
                yield f"{module.path}:{node.lineno}: settings.py alone reads the environment; add a field to Settings"


def _is_in(module: str, rooms: tuple[str, ...]) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in rooms)
