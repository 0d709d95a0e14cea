"""Which room may import which: a room imports only what stands below it, and a step is imported by nobody."""

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter

from tests.house_rules.imports import Import, Module, imports
from tests.house_rules.rooms import ALLOWED, ALSO_STEPS, ROOT, STEPS, TRUTH_READERS

STEP = "a step"


def floors() -> dict[str, int]:
    """Return the floor of each declared room: 0 for one that imports no other, else one above the highest of those.

    Raises:
        graphlib.CycleError: the declared rooms import each other in a circle.
    """
    found: dict[str, int] = {}
    for room in TopologicalSorter(ALLOWED).static_order():
        found[room] = 1 + max((found[other] for other in ALLOWED[room]), default=-1)
    return found


def room_of(module: str) -> str:
    """Return the declared room that a module lies in, `STEP` for a step, else its top folders."""
    if module in STEPS:
        return STEP
    part = module
    while part and part not in ALLOWED:
        part = part.rpartition(".")[0]
    return part or ".".join(module.split(".")[:2 if module.startswith("jobs.") else 1])


def upward_imports(modules: Mapping[str, Module]) -> Iterator[str]:
    """Yield a sentence for each import that does not go down, with the fix."""
    for module in modules.values():
        for found in imports(module, dict(modules)):
            if found.imported in modules and (message := _fault(found)):
                yield f"{module.path}:{found.line}: {found.importer} imports {found.imported}: {message}"


def _fault(found: Import) -> str | None:
    room, other = room_of(found.importer), room_of(found.imported)
    if other == STEP and found.importer in ALSO_STEPS:
        return None
    if other == STEP and room != STEP:
        return "a step is imported by nobody; move the shared function to a room or pass it as an argument"
    if other == STEP and room == STEP and found.importer != found.imported:
        return "a step never imports a step; move the shared function to a room"
    if found.imported == "jobs.evaluation.ground_truth" and found.importer not in TRUTH_READERS:
        return "only reports and studies may know the ground truth"
    if found.importer.startswith("features.") and not found.imported.startswith("features"):
        return "features/ imports nothing of ours but features/; pass what it needs as an argument"
    if found.importer.startswith("jobs.") and found.imported.startswith(("dags", "benchmarks")):
        return "jobs/ imports neither dags/ nor benchmarks/; move the shared function into jobs/"
    if room not in ALLOWED or room == other or found.imported in ("features", "jobs"):
        return None
    if other.startswith("features") and room.startswith("jobs") and room != "jobs.simulate":
        return None
    if other not in ALLOWED[room]:
        return (f"{room} stands below {other}; move the shared function down, or declare the room in "
                "tests/house_rules/rooms.py if it does belong above")
    return None


def strangers_at_the_root(modules: Mapping[str, Module]) -> Iterator[str]:
    """Yield the files at the root of jobs/ that are neither a step nor one of the three that all steps share."""
    for name, module in modules.items():
        is_at_root = name.startswith("jobs.") and name.count(".") == 1 and module.path.name != "__init__.py"
        if is_at_root and name not in (*STEPS, *ROOT):
            yield f"{module.path}: the root of jobs/ holds steps alone; put it into a room, or name it among STEPS"
