"""Draw the house from its import statements: a box a room, an arrow from each room to those that it imports.

    python -m tests.house --out docs/house.svg
    python -m tests.house --tree ../old-checkout --out docs/house-before.svg

Reads source files and runs none. A room stands one floor above the highest that it imports. An arrow that follows from
others is left out: `a -> c` where `a -> b -> c` is drawn. An arrow that does not go down is red and part of a circle.
Run again, it draws the same picture.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from jobs.settings import REPOSITORY
from tests.house_rules.imports import Module, imports, modules

COLOURS = {"features": "#d7e8d4", "jobs": "#d6e4f0", "dags": "#f2e3c6", "benchmarks": "#e8e0ec"}
STEPS = "jobs: the steps"
ROW_BOXES = 14
ROW_HEIGHT, BOX_WIDTH, BOX_HEIGHT = 1.5, 1.9, 0.55


def parse(argv: Sequence[str] | None = None):
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", type=Path, default=REPOSITORY, metavar="DIR", help="the checkout to draw")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.svg", help="where the picture goes")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    found = modules(args.tree.resolve())
    edges = room_edges(found)
    rooms = sorted({room for edge in edges for room in edge})
    floors, circles = floors_of(rooms, edges)
    draw(rooms, without_shortcuts(edges, floors), floors, circles, args.out)
    up = sum(floors[a] <= floors[b] for a, b in edges)
    print(f"{args.out}: {len(rooms)} rooms on {max(floors.values()) + 1} floors, {len(edges)} arrows, "
          f"{up} not downwards, {len(circles)} circles")


def room_of(module: Module) -> str:
    """Return the room that a module is drawn in: its package; at the root of features/ and jobs/, the module itself."""
    parts = module.name.split(".")
    if module.path.name == "__init__.py" or len(parts) > 2:
        return ".".join(parts[:2])
    if parts[0] in ("dags", "benchmarks"):
        return parts[0]
    text = module.path.read_text(encoding="utf-8")
    return STEPS if '__name__ == "__main__"' in text and parts[0] == "jobs" else module.name


def room_edges(found: Mapping[str, Module]) -> dict[tuple[str, str], int]:
    """Return how many imports lead from one room to another. Imports for types alone are left out."""
    counts: dict[tuple[str, str], int] = {}
    for module in found.values():
        for each in imports(module, dict(found)):
            if each.imported in found and not each.is_for_types and each.imported not in ("features", "jobs"):
                pair = room_of(module), room_of(found[each.imported])
                if pair[0] != pair[1]:
                    counts[pair] = counts.get(pair, 0) + 1
    return counts


def floors_of(rooms: Sequence[str], edges: Mapping[tuple[str, str], int]) -> tuple[dict[str, int], list[set[str]]]:
    """Return each room's floor, and the circles: sets of rooms that import each other over any number of others."""
    number = {room: position for position, room in enumerate(rooms)}
    ends = np.array([[number[a], number[b]] for a, b in edges]).reshape(-1, 2).T
    _, circle = connected_components(
        coo_array((np.ones(ends.shape[1]), (ends[0], ends[1])), shape=(len(rooms), len(rooms))), connection="strong")
    floors = dict.fromkeys(rooms, 0)
    for _ in rooms:
        for a, b in edges:
            if circle[number[a]] != circle[number[b]]:
                floors[a] = max(floors[a], floors[b] + 1)
            else:
                floors[a] = floors[b] = max(floors[a], floors[b])
    groups = [{room for room in rooms if circle[number[room]] == each} for each in np.unique(circle)]
    return floors, [group for group in groups if len(group) > 1]


def without_shortcuts(edges: Mapping[tuple[str, str], int], floors: Mapping[str, int]) -> dict[tuple[str, str], int]:
    """Return the arrows that do not follow from others, and those that do not go down."""
    below: dict[str, set[str]] = {}
    for room in sorted(floors, key=floors.get):
        near = {b for a, b in edges if a == room and floors[b] < floors[a]}
        below[room] = near.union(*(below[b] for b in near)) if near else set()
    return {(a, b): count for (a, b), count in edges.items() if floors[b] >= floors[a] or not any(
        b in below[other] for start, other in edges if start == a and floors[other] < floors[a])}


def draw(rooms: Sequence[str], edges: Mapping[tuple[str, str], int], floors: Mapping[str, int],
         circles: Sequence[set[str]], out: Path) -> None:
    """Write the picture: the ground floor at the bottom, the arrows behind the boxes."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams.update({"svg.hashsalt": "house", "svg.fonttype": "none", "font.size": 7})
    from matplotlib import pyplot as plt

    place = places(rooms, edges, floors)
    height = max(y for _, y in place.values()) + ROW_HEIGHT
    width = max(abs(x) for x, _ in place.values()) * 2 + 2 * BOX_WIDTH
    figure, axes = plt.subplots(figsize=(max(7, width * 0.62), max(4, height * 0.62)))
    for (a, b), count in sorted(edges.items()):
        goes_down = floors[a] > floors[b]
        (from_x, from_y), (to_x, to_y) = place[a], place[b]
        axes.annotate("", xy=(to_x, to_y + BOX_HEIGHT / 2), xytext=(from_x, from_y - BOX_HEIGHT / 2), arrowprops={
            "arrowstyle": "-|>", "lw": 0.4 + 0.12 * min(count, 10), "alpha": 0.7 if goes_down else 1,
            "color": "#7a7a7a" if goes_down else "#c0392b", "shrinkA": 0, "shrinkB": 0, "mutation_scale": 6,
            "connectionstyle": "arc3" if goes_down else "arc3,rad=0.3"})
    for room, (x, y) in place.items():
        within = any(room in circle for circle in circles)
        axes.text(x, y, room.replace(".", "\n", 1) if len(room) > 16 else room, ha="center", va="center", bbox={
            "boxstyle": "round,pad=0.35", "facecolor": COLOURS[room.split(".")[0].split(":")[0]],
            "edgecolor": "#c0392b" if within else "#555555", "linewidth": 1.2 if within else 0.6})
    axes.set_xlim(-width / 2, width / 2)
    axes.set_ylim(-ROW_HEIGHT, height)
    axes.axis("off")
    figure.savefig(out, bbox_inches="tight", metadata={"Date": None} if out.suffix == ".svg" else None, dpi=150)


def places(rooms: Sequence[str], edges: Mapping[tuple[str, str], int],
           floors: Mapping[str, int]) -> dict[str, tuple[float, float]]:
    """Return the middle of each box: floors from the ground up, in rows of `ROW_BOXES`, near what they import."""
    place: dict[str, tuple[float, float]] = {}
    row = 0
    for floor in sorted(set(floors.values())):
        def middle(room: str) -> float:
            below = [place[b][0] for a, b in edges if a == room and b in place]
            return float(np.mean(below)) if below else 0.0

        here = sorted((room for room in rooms if floors[room] == floor), key=lambda room: (middle(room), room))
        for start in range(0, len(here), ROW_BOXES):
            some = here[start:start + ROW_BOXES]
            for position, room in enumerate(some):
                place[room] = ((position - (len(some) - 1) / 2) * (BOX_WIDTH + 0.35), row * ROW_HEIGHT)
            row += 1
    return place


if __name__ == "__main__":
    main()
