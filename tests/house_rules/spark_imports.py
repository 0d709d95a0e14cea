"""Where a module may import PySpark on loading: the import takes half a second, and most processes do not need it."""

from collections.abc import Iterator, Mapping

from tests.house_rules.imports import Module, imports

ROOMS = ("features.frames", "features.aggregation", "features.graph", "jobs.quality")
MODULES = ("features.labels", "features.case_labels", "features.case.near_copies", *(
    f"features.inputs.{name}" for name in ("validation", "quarantine", "deduplication", "as_of_join", "masking",
                                           "casts")))

# Modules that processes without a computation load again and again.
LIGHT = ("dags.risk_nightly", "dags.risk_training", "features.language", "features.entities", "jobs.training.models",
         "jobs.storage.lake", "jobs.storage.catalog", "dags.runner.run")


def misplaced(modules: Mapping[str, Module]) -> Iterator[str]:
    """Yield the imports of PySpark that run on loading a module outside of the rooms that compute frames."""
    for module in modules.values():
        if module.name in MODULES or module.name.rpartition(".")[0] in ROOMS:
            continue
        for name in _on_loading(module, modules):
            if _is_spark(name):
                yield (f"{module.path}: imports {name} on loading; import it within the function that needs it, or "
                       "move the function to a room that computes frames")


def path_to_spark(modules: Mapping[str, Module], start: str) -> str | None:
    """Return the path by which loading a module loads PySpark, as `a -> b -> pyspark`; None without one."""
    pending, visited = [(start, start)], {start}
    while pending:
        name, path = pending.pop()
        for imported in [*_on_loading(modules[name], modules), *_packages(name, modules)]:
            if _is_spark(imported):
                return f"{path} -> {imported}"
            if imported in modules and imported not in visited:
                visited.add(imported)
                pending.append((imported, f"{path} -> {imported}"))
    return None


def _on_loading(module: Module, modules: Mapping[str, Module]) -> list[str]:
    return [statement.imported for statement in imports(module, modules)
            if not statement.is_lazy and not statement.is_for_types]


def _packages(name: str, modules: Mapping[str, Module]) -> list[str]:
    """Return the packages that are loaded before a module of theirs."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts)) if ".".join(parts[:end]) in modules]


def _is_spark(name: str) -> bool:
    return name.split(".")[0] == "pyspark"
