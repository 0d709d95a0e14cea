"""The design of a switchback: which arm a region has in which block of days, by a hash and nothing else.

Blocks come in sets of as many as there are arms. Within a set each region has every arm once, in an order that the salt
draws. So both arms meet the same weeks in the same region. Where its level wanders, that can halve the variance of a
design that draws each block by itself.
"""

import datetime as dt
from collections.abc import Sequence

from jobs.decisions import random_assignment
from jobs.decisions.experiment_files import Arm, Experiment

SEPARATOR = "|"  # between a region and the first day of a block in the name of a unit


def block_number(experiment: Experiment, ds: dt.date) -> int:
    """Return the number of a day's block, from 0."""
    return (ds - experiment.first_day).days // experiment.block_days


def first_day(experiment: Experiment, ds: dt.date) -> dt.date:
    """Return the first day of a day's block."""
    return experiment.first_day + dt.timedelta(days=block_number(experiment, ds) * experiment.block_days)


def unit(region: str, first: dt.date) -> str:
    """Return the name of a region in a block."""
    return f"{region}{SEPARATOR}{first}"


def region_of(name: str) -> str:
    """Return the region of a unit. It may contain the separator itself."""
    return name.rpartition(SEPARATOR)[0]


def arm(experiment: Experiment, region: str, ds: dt.date) -> Arm:
    """Return the arm of a region on a day.

    The arms of a set of blocks are in the order of `unit_interval` of `<region>|<first day of the set>|<arm>`.
    """
    arms = experiment.arms
    number = block_number(experiment, ds)
    start = experiment.first_day + dt.timedelta(days=number // len(arms) * len(arms) * experiment.block_days)
    drawn = random_assignment.unit_interval(
        experiment.salt, [f"{unit(region, start)}{SEPARATOR}{each.name}" for each in arms])
    return arms[sorted(range(len(arms)), key=lambda place: (drawn[place], place))[number % len(arms)]]


def rows(experiment: Experiment, ds: dt.date, regions: Sequence[str], run_id: str) -> list[dict]:
    """Return the units of regions in the block of a day, as rows of `experiment_units`, in order of region."""
    first = first_day(experiment, ds)
    return [{"ds": ds, "experiment": experiment.name, "experiment_version": experiment.version,
             "unit": unit(region, first), "entity": experiment.entity, "members": [],
             "arm": arm(experiment, region, ds).name, "propensity": 1 / len(experiment.arms), "first_ds": first,
             "stratum": 0, "expected_loss_cents": 0.0, "covariates": [], "run_id": run_id}
            for region in sorted(regions)]
