"""The layers: a room imports only rooms below it, and nothing imports a step."""

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter

from tests.house_rules.imports import Import, Module, imports
from tests.house_rules.rooms import ALLOWED, ALSO_STEPS, ROOT, STEPS, TRUTH_READERS

STEP = "a step"


def floors() -> dict[str, int]:
    """Return the floor of each declared room: 0 for a room without imports, else one above the highest room it imports.

    Raises:
        graphlib.CycleError: the declared rooms import each other in a cycle.
    """
    by_room: dict[str, int] = {}
    for room in TopologicalSorter(ALLOWED).static_order():
        by_room[room] = 1 + max((by_room[other] for other in ALLOWED[room]), default=-1)
    return by_room


def room_of(module: str) -> str:
    """Return the declared room of a module, `STEP` for a step, else its top folders."""
    if module in STEPS:
        return STEP
    part = module
    while part and part not in ALLOWED:
        part = part.rpartition(".")[0]
    return part or ".".join(module.split(".")[:2 if module.startswith("jobs.") else 1])


def upward_imports(modules: Mapping[str, Module]) -> Iterator[str]:
    """Yield a sentence for each import that does not go down, with the fix."""
    for module in modules.values():
        for statement in imports(module, modules):
            if statement.imported in modules and (message := _fault(statement)):
                yield f"{module.path}:{statement.line}: {statement.importer} imports {statement.imported}: {message}"


def _fault(statement: Import) -> str | None:
    room, other = room_of(statement.importer), room_of(statement.imported)
    if other == STEP and statement.importer in ALSO_STEPS:
        return None
    if other == STEP and room != STEP:
        return "nothing imports a step; move the shared function to a room or pass it as an argument"
    if other == STEP and room == STEP and statement.importer != statement.imported:
        return "a step never imports a step; move the shared function to a room"
    if statement.imported == "jobs.evaluation.ground_truth" and statement.importer not in TRUTH_READERS:
        return "only reports and studies may know the ground truth"
    if statement.importer.startswith("features.") and not statement.imported.startswith("features"):
        return "features/ imports features/ alone; pass other values as arguments"
    if statement.importer.startswith("jobs.") and statement.imported.startswith(("dags", "benchmarks")):
        return "jobs/ imports neither dags/ nor benchmarks/; move the shared function into jobs/"
    if room not in ALLOWED or room == other or statement.imported in ("features", "jobs"):
        return None
    if other.startswith("features") and room.startswith("jobs") and room != "jobs.simulate":
        return None
    if other not in ALLOWED[room]:
        return (f"{room} stands below {other}; move the shared function down, or declare the room in "
                "tests/house_rules/rooms.py if it does belong above")
    return None


def strangers_at_the_root(modules: Mapping[str, Module]) -> Iterator[str]:
    """Yield the files at the root of jobs/ that are neither a step nor one of the modules that all steps share."""
    for name, module in modules.items():
        is_at_root = name.startswith("jobs.") and name.count(".") == 1 and module.path.name != "__init__.py"
        if is_at_root and name not in (*STEPS, *ROOT):
            yield f"{module.path}: the root of jobs/ holds steps alone; put it into a room, or name it among STEPS"
