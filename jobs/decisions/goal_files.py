"""Goals: what the platform wants to reach, by when, and who answers for it.

docs/goals.md explains every key of `policies/goals.toml`.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from features.risks import BY_VERDICT
from jobs.decisions.policy_digest import digest, number
from jobs.decisions.policy_documents import Document
from jobs.decisions.policy_keys import DAY, LARGEST, NAMED, TABLE, TEXT, TEXTS, Kind, alternatives, key_faults, spelled

METRICS = {
    "net_per_trade": "net loss of the last complete month, divided by the amount of its orders",
    "friction_per_trade": "what errors cost in the last complete month, divided by the amount of its orders",
    "prevalence": "share of guilty rows, by random reviews of 13 weeks",
    "recall": "share of guilty rows with a level of medium or above, by random reviews of 13 weeks",
    "intervened": "share of the confirmed incidents of 90 days with an action that was carried out",
    "effective": "share of the confirmed incidents of 90 days that had no day after the action",
    "upheld_appeals": "share of the appeals decided within 28 days that were upheld",
}
OF_ONE_RISK = "prevalence", "recall"  # their samples are of one risk
OF_ALL_RISKS = ("upheld_appeals",)  # an appeal names no risk
BOUND = Kind("a number", lambda value: isinstance(value, int | float) and not isinstance(value, bool)
             and abs(value) <= LARGEST)
ALL = [f"{risk.entity}/{risk.name}" for risk in BY_VERDICT]  # no verdict and no review measures another
OF_GOAL = {"metric": TEXT, "risks": TEXTS, "owner": TEXT, "green": BOUND, "red": BOUND, "due": DAY}


@dataclass(frozen=True)
class Goal:
    """One goal.

    Attributes:
        metric: one of METRICS.
        risks: `entity/risk`; none: all of them.
        owner: who answers for it.
        green, red: bounds of the metric. With green below red, less is better: green is at most `green`, red above
            `red`, amber between. With green above red, more is better.
        due: the day by which it shall be green.
    """

    name: str
    metric: str
    risks: tuple[str, ...]
    owner: str
    green: float
    red: float
    due: dt.date

    @property
    def version(self) -> str:
        """Twelve hex digits of a hash of the goal; its owner is no part of it."""
        return digest([self.metric, sorted(self.risks), number(self.green), number(self.red), str(self.due)])


def goals(document: Document | None) -> tuple[Goal, ...]:
    """Return the goals of a document without mistakes, in the order of the file; none without a file."""
    return tuple(
        Goal(name, values["metric"], tuple(values.get("risks", ())), values["owner"], float(values["green"]),
             float(values["red"]), values["due"]) for name, values in (document.values if document else {}).items())


def goal_faults(values: Mapping[str, Any]) -> Iterator[tuple]:
    """Yield (key, sentence) for each mistake in a file of goals."""
    for name, goal in values.items():
        if not NAMED.fits(name):
            yield name, f"no name of a goal, expected {NAMED.expected}."
        elif not TABLE.fits(goal):
            yield name, f"found {spelled(goal)}, expected a table, such as [{name}]."
        else:
            yield from ((f"{name}.{key}", sentence) for key, sentence in _faults(goal))


def _faults(goal: Mapping[str, Any]) -> Iterator[tuple]:
    yield from key_faults(goal, OF_GOAL, ("risks",))
    metric, risks = goal.get("metric"), goal.get("risks", [])
    if TEXT.fits(metric) and metric not in METRICS:
        yield "metric", f"found {spelled(metric)}, expected a metric of goals ({alternatives(metric, METRICS)})."
    if TEXTS.fits(risks):
        yield from (("risks", f"found {spelled(risk)}, expected entity/risk ({alternatives(risk, ALL)}).")
                    for risk in risks if risk not in ALL)
    if metric in OF_ONE_RISK and (not isinstance(risks, list) or len(risks) != 1):
        yield "risks", f"expected one risk, because random reviews are of one, such as [{ALL[0]!r}]."
    if metric in OF_ALL_RISKS and risks:
        yield "risks", "expected none, because an appeal names no risk."
    bounds = goal.get("green"), goal.get("red")
    if all(map(BOUND.fits, bounds)) and bounds[0] == bounds[1]:
        yield "red", "found the bound of green, expected another one: less is better if red is above it."
