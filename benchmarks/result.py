"""One figure of a benchmark: two sides timed in turns, their ratio against its aim, as JSON and as a picture.

Absolute times move with the machine and with whatever else it does. Sides are therefore timed one after the other,
again and again (A B A B ...), and what counts is the median of the ratios of neighbouring runs: drift cancels.
"""

import datetime as dt
import importlib.metadata
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from jobs.reporting import plots
from jobs.runtime import console

PACKAGES = ("duckdb", "numpy", "pyarrow", "pysail", "pyspark", "xgboost-cpu")


@dataclass(frozen=True)
class Ratio:
    """What one side cost over what the other did. `aim` is the most it should be, None where there is no aim.

    `seconds` has one number a round for each of both sides, by its name, the first side first.
    """

    name: str
    value: float
    aim: float | None = None
    seconds: Mapping[str, list[float]] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        return None if self.aim is None else self.value <= self.aim


@dataclass(frozen=True)
class BenchmarkResult:
    """What was measured, on what, and what came out. `conditions` and `beside` are for people to read."""

    name: str
    title: str
    conditions: Mapping[str, object]
    ratios: tuple[Ratio, ...]
    beside: Mapping[str, object] = field(default_factory=dict)


def in_turns(name: str, sides: Mapping[str, Callable[[], object]], aim: float | None = None, rounds: int = 3,
             warm: int = 1) -> Ratio:
    """Time two sides in turns.

    Args:
        sides: two functions by what they are called; the ratio is of the first to the second.
        rounds: timed runs of each.
        warm: runs of each before, which are not counted.
    """
    assert len(sides) == 2, "a ratio has two sides"
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    for number in range(-warm, rounds):
        for side, work in sides.items():
            began = time.perf_counter()
            work()
            if number >= 0:
                seconds[side].append(round(time.perf_counter() - began, 4))
    one, other = seconds.values()
    return Ratio(name, round(statistics.median(a / b for a, b in zip(one, other)), 3), aim, seconds)


def keep(figure: BenchmarkResult, folder: Path, date: dt.date) -> None:
    """Write a figure to `<name>.json` and `<name>.png`, and say what came out."""
    folder.mkdir(parents=True, exist_ok=True)
    told = asdict(figure) | {"date": str(date), "machine": machine(),
                             "ratios": [asdict(ratio) | {"met": ratio.met} for ratio in figure.ratios]}
    (folder / f"{figure.name}.json").write_text(json.dumps(told, indent=1, default=str) + "\n")
    what = f"{date}, {told['machine']['cores']} cores, {told['machine']['memory_gib']} GiB"
    plots.ratios([(ratio.name, ratio.value, ratio.aim) for ratio in figure.ratios], figure.title, what).savefig(
        folder / f"{figure.name}.png")
    for ratio in figure.ratios:
        aim = "" if ratio.aim is None else f", aim {ratio.aim:g}: {'met' if ratio.met else 'missed'}"
        console.log(f"  {ratio.name}: {ratio.value:.2f}{aim}")


def table(folder: Path) -> str:
    """Every figure of a folder as a Markdown table."""
    lines = ["| figure | ratio | value | aim | met |", "|---|---|---|---|---|"]
    for file in sorted(folder.glob("*.json")):
        figure = json.loads(file.read_text())
        for ratio in figure["ratios"]:
            aim, met = ("", "") if ratio["aim"] is None else (f"{ratio['aim']:g}", "yes" if ratio["met"] else "no")
            lines.append(f"| [{file.stem}]({file.name}) | {ratio['name']} | {ratio['value']:.2f} | {aim} | {met} |")
    return "\n".join(lines) + "\n"


def machine() -> dict[str, object]:
    """What a figure was measured with."""
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cores": os.cpu_count(), "memory_gib": round(memory / 2**30),
            "system": f"{platform.system()} {platform.machine()}", "load_at_the_end": round(os.getloadavg()[0], 1),
            "python": platform.python_version(), **versions}
