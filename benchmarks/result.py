"""The result of a benchmark: two sides timed alternately, their ratio against its aim, as JSON and as a picture.

Absolute times change with the machine and its load. Runs of the two sides therefore alternate (A B A B ...), and the
result is the median of the ratios of neighbouring runs: drift cancels.
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
class CostRatio:
    """The cost of one side divided by the cost of the other side.

    Attributes:
        aim: upper limit of the ratio; None for a ratio without an aim.
        seconds: one number a round for each side, by the side's name, the first side first.
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
    """The result of a benchmark. `conditions` and `details` are for readers; no code reads them."""

    name: str
    title: str
    conditions: Mapping[str, object]
    ratios: tuple[CostRatio, ...]
    details: Mapping[str, object] = field(default_factory=dict)


def time_interleaved(name: str, sides: Mapping[str, Callable[[], object]], aim: float | None = None, rounds: int = 3,
                     warm: int = 1) -> CostRatio:
    """Time two sides alternately.

    Args:
        sides: two functions by name; the ratio is the first side's time divided by the second side's.
        rounds: timed runs of each side.
        warm: earlier runs of each side, which are not timed.
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
    return CostRatio(name, round(statistics.median(a / b for a, b in zip(one, other)), 3), aim, seconds)


def save(result: BenchmarkResult, folder: Path, date: dt.date) -> None:
    """Write a result to `<name>.json` and `<name>.png`, and log its ratios."""
    folder.mkdir(parents=True, exist_ok=True)
    content = asdict(result) | {"date": str(date), "machine": machine(),
                                "ratios": [asdict(ratio) | {"met": ratio.met} for ratio in result.ratios]}
    (folder / f"{result.name}.json").write_text(json.dumps(content, indent=1, default=str) + "\n")
    subtitle = f"{date}, {content['machine']['cores']} cores, {content['machine']['memory_gib']} GiB"
    plots.ratios([(ratio.name, ratio.value, ratio.aim) for ratio in result.ratios], result.title, subtitle).savefig(
        folder / f"{result.name}.png")
    for ratio in result.ratios:
        aim = "" if ratio.aim is None else f", aim {ratio.aim:g}: {'met' if ratio.met else 'missed'}"
        console.log(f"  {ratio.name}: {ratio.value:.2f}{aim}")


def table(folder: Path) -> str:
    """Return the results of a folder as a Markdown table."""
    lines = ["| figure | ratio | value | aim | met |", "|---|---|---|---|---|"]
    for file in sorted(folder.glob("*.json")):
        result = json.loads(file.read_text())
        for ratio in result["ratios"]:
            aim, met = ("", "") if ratio["aim"] is None else (f"{ratio['aim']:g}", "yes" if ratio["met"] else "no")
            lines.append(f"| [{file.stem}]({file.name}) | {ratio['name']} | {ratio['value']:.2f} | {aim} | {met} |")
    return "\n".join(lines) + "\n"


def machine() -> dict[str, object]:
    """Return the machine and the package versions of a measurement."""
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cores": os.cpu_count(), "memory_gib": round(memory / 2**30),
            "system": f"{platform.system()} {platform.machine()}", "load_at_the_end": round(os.getloadavg()[0], 1),
            "python": platform.python_version(), **versions}
