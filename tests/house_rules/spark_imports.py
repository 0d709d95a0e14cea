"""Where PySpark may be imported when a module is loaded: it takes half a second, and most processes need none."""

from collections.abc import Iterator, Mapping

from tests.house_rules.imports import Module, imports

ROOMS = ("features.frames", "features.aggregation", "features.graph", "jobs.quality")
MODULES = ("features.labels", *(f"features.inputs.{name}" for name in (
    "validation", "quarantine", "deduplication", "as_of_join", "masking", "casts")))

# What is loaded again and again, by processes that compute nothing.
LIGHT = ("dags.risk_nightly", "dags.risk_training", "features.language", "features.entities", "jobs.training.models",
         "jobs.storage.lake", "jobs.storage.catalog", "dags.runner.run")


def misplaced(modules: Mapping[str, Module]) -> Iterator[str]:
    """Yield the imports of PySpark that run on loading a module outside of the rooms that compute frames."""
    for module in modules.values():
        if module.name in MODULES or module.name.rpartition(".")[0] in ROOMS:
            continue
        for found in _on_loading(module, modules):
            if _is_spark(found):
                yield (f"{module.path}: imports {found} on loading; import it within the function that needs it, or "
                       "move the function to a room that computes frames")


def path_to_spark(modules: Mapping[str, Module], start: str) -> str | None:
    """Return how loading a module loads PySpark, as `a -> b -> pyspark`; None where it does not."""
    waiting, seen = [(start, start)], {start}
    while waiting:
        name, path = waiting.pop()
        for found in [*_on_loading(modules[name], modules), *_packages(name, modules)]:
            if _is_spark(found):
                return f"{path} -> {found}"
            if found in modules and found not in seen:
                seen.add(found)
                waiting.append((found, f"{path} -> {found}"))
    return None


def _on_loading(module: Module, modules: Mapping[str, Module]) -> list[str]:
    return [found.imported for found in imports(module, dict(modules)) if not found.is_lazy and not found.is_for_types]


def _packages(name: str, modules: Mapping[str, Module]) -> list[str]:
    """The packages that are loaded before a module of theirs."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts)) if ".".join(parts[:end]) in modules]


def _is_spark(name: str) -> bool:
    return name.split(".")[0] == "pyspark"
