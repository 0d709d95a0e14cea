"""Each module has a test at the mirrored path, or a line in tested_elsewhere.py."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.house_rules.imports import Module
from tests.house_rules.tested_elsewhere import TESTED_ELSEWHERE


def untested(root: Path, modules: Mapping[str, Module]) -> Iterator[str]:
    """Yield the modules without a test of their name, and the superfluous lines of tested_elsewhere.py."""
    for name, module in modules.items():
        if module.path.name == "__init__.py":
            continue
        folder, _, last = name.rpartition(".")
        mirrored = root / "tests" / folder.replace(".", "/") / f"test_{last}.py"
        listed = TESTED_ELSEWHERE.get(name) or TESTED_ELSEWHERE.get(f"{folder}.*")
        if mirrored.is_file() and name in TESTED_ELSEWHERE:
            yield f"{name} has {mirrored.relative_to(root)}: delete its line in tests/house_rules/tested_elsewhere.py"
        elif not mirrored.is_file() and not listed:
            yield (f"{name}: write {mirrored.relative_to(root)}, or name the test of the module in "
                   "tests/house_rules/tested_elsewhere.py")
        elif not mirrored.is_file() and not (root / "tests" / listed).exists():
            yield f"{name}: tests/{listed} does not exist; name the test of the module"
