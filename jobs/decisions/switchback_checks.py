"""The mistakes that only a switchback can have: its days, its metrics, and what acts beside it."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from jobs.decisions.experiment_files import Experiment
from jobs.decisions.experiment_metrics import HONEST, RATIOS
from jobs.decisions.policy_documents import BESIDE, LIVE, Document, shown
from jobs.decisions.policy_keys import DAY, TABLE, whole

DAYS = whole(10_000, "days")


def faults(values: Mapping[str, Any]) -> Iterator[tuple]:
    """Yield (key, sentence) for each mistake in the values of a switchback's file."""
    block, burn_in = values.get("block_days"), values.get("burn_in_days")
    if DAYS.fits(block) and DAYS.fits(burn_in) and 0 < block <= burn_in:
        yield "burn_in_days", f"found {burn_in}, expected fewer than block_days, {block}: the others count."
    first, last, arms = values.get("first_day"), values.get("last_day"), values.get("arms")
    if (DAYS.fits(block) and block and all(map(DAY.fits, (first, last))) and first <= last
            and TABLE.fits(arms) and arms):
        length, days = block * len(arms), (last - first).days + 1
        if days % length:
            fits = first + dt.timedelta(days=(days // length + 1) * length - 1)
            yield "last_day", (f"found {last}, {days} days from first_day on; expected a multiple of {length}, such as "
                               f"{fits}: a block of {block} days of each of {len(arms)} arms.")
    for key, names in (("metric", [values.get("metric")]), ("guard_rails", values.get("guard_rails"))):
        for name in names if isinstance(names, list) else []:
            if isinstance(name, str) and name in RATIOS:
                yield key, (f"found {name!r}, a ratio; expected metrics that are sums, because a switchback adds up "
                            f"the days of a region. Name {' and '.join(RATIOS[name])}.")
            if isinstance(name, str) and name in HONEST:
                yield key, (f"found {name!r}, which asks who is guilty; expected a metric of a whole region. "
                            f"Name {HONEST[name]}.")


def overlaps(experiments: list[Experiment], policies: Mapping[str, Document | None]) -> list[str]:
    """Return a sentence for each live experiment, or holdout of a policy, beside a live switchback on one row.

    Args:
        experiments: without mistakes of their own.
        policies: the documents of the folder of policies, by the stem of their file.
    """
    live = [each for each in experiments if each.status == LIVE]
    found = []
    for one in (each for each in live if each.is_switchback):
        others = [(shown(other.path), other.first_day, other.last_day_in_force) for other in live
                  if other is not one and other.entity == one.entity and set(other.risks) & set(one.risks)
                  and not (other.is_switchback and live.index(other) < live.index(one))]
        holdouts = [_holdout(document, one) for name, document in policies.items() if name not in BESIDE and document]
        found += [f"{shown(one.path)} and {name}: first_day: both give arms to rows of {one.entity}/"
                  f"{f', {one.entity}/'.join(one.risks)} on {max(first, one.first_day)}, expected a switchback alone: "
                  "all rows of a region have its arm. Choose other days, or retire the other one."
                  for name, first, last in [*others, *filter(None, holdouts)]
                  if max(first, one.first_day) <= min(last, one.last_day)]
    return found


def _holdout(document: Document, experiment: Experiment) -> tuple[str, dt.date, dt.date] | None:
    """Return the name, the first and the last day of a policy's holdout of rows of an experiment."""
    values = document.values
    risks, days = values.get("risks"), [values.get("first_day"), values.get("last_day", dt.date.max)]
    if (values.get("status") != LIVE or values.get("entity") != experiment.entity or not isinstance(risks, list)
            or not set(map(str, risks)) & set(experiment.risks) or not all(map(DAY.fits, days))
            or not isinstance(values.get("holdout"), int | float) or not values["holdout"] > 0):
        return None
    return f"{shown(document.path)} (holdout)", *days
