"""How often intervals from random reviews hold the planted prevalence, over many re-draws of the design.

The population is every scored row of a risk over some days of some simulated marketplaces. Each re-draw is a sample
that `jobs.decisions.sampling` could have drawn, with reviewers who are right, or err as in the simulation.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from jobs.decisions import sampling
from jobs.effects import prevalence
from jobs.effects.prevalence import Interval, Plan, Sums

SIZES = (25, 50, 100, 200, 400, 800)  # expected number of drawn rows of a risk
REDRAWS = 500
SENSITIVITY = SPECIFICITY = 0.97  # of the simulation's reviewers (`Conduct.sample_right`)
CHUNK = 100  # re-draws at once, so that memory does not grow with them
MOST = 0.5  # share of a population that a sample may have

PERFECT, UNCORRECTED, CORRECTED = REVIEWERS = ("perfect", "erring", "erring, corrected")


@dataclasses.dataclass(frozen=True)
class Population:
    """Every row of a risk in one marketplace: whether it is guilty, its score and its size in the design."""

    guilty: np.ndarray
    score: np.ndarray
    size: np.ndarray

    @property
    def prevalence(self) -> float:
        """The planted share of guilty rows."""
        return float(self.guilty.mean())


@dataclasses.dataclass(frozen=True)
class Coverage:
    """Means over all re-draws.

    Attributes:
        covered: share of intervals that hold the truth.
        width: of the interval; bias: of the estimate; effective: size of the sample (Kish).
        guilty: drawn rows that the review finds guilty.
    """

    covered: float
    width: float
    effective: float
    bias: float
    guilty: float


METHODS: Mapping[str, Callable[[Sums, int, Plan], Interval]] = {
    "Wald": lambda of, rows, plan: prevalence.wald(*prevalence.horvitz_thompson(of, rows)),
    "log-odds": lambda of, rows, plan: prevalence.log_odds(*prevalence.hajek(of)),
    "Wilson": lambda of, rows, plan: prevalence.wilson(prevalence.hajek(of)[0], of.effective),
    "Clopper-Pearson": lambda of, rows, plan: prevalence.clopper_pearson(prevalence.hajek(of)[0], of.effective),
    "gamma": lambda of, rows, plan: prevalence.gamma(of, rows),
    "score": prevalence.score,
}
CHOSEN = "score"


def coverage(populations: Sequence[Population], expected: float, reviewers: str, redraws: int = REDRAWS,
             seed: int = 1) -> dict[str, Coverage]:
    """Return the coverage of each method over re-draws in each population.

    Args:
        expected: drawn rows of a sample, on average.
        reviewers: one of REVIEWERS.
    """
    found: dict[str, list[tuple]] = {name: [] for name in METHODS}
    for number, population in enumerate(populations):
        rng = np.random.default_rng([seed, number, round(expected)])
        errs = reviewers != PERFECT
        inclusion = sampling.inclusion_probabilities(population.size, expected)
        of = redrawn(population.guilty, inclusion, redraws, rng, errs)
        likely = population.score * SENSITIVITY + (1 - population.score) * (1 - SPECIFICITY)
        plan = prevalence.plan(inclusion, likely if errs else population.score, errs)
        for name, method in METHODS.items():
            interval = method(of, len(population.guilty), plan)
            if reviewers == CORRECTED:
                interval = prevalence.rogan_gladen(interval, SENSITIVITY, SPECIFICITY)
            truth = population.prevalence
            found[name] += zip((interval.low <= truth) & (truth <= interval.high), interval.high - interval.low,
                               of.effective, interval.value - truth, of.positives)
    return {name: Coverage(*np.mean(np.array(rows, float), axis=0)) for name, rows in found.items()}


def redrawn(guilty: np.ndarray, inclusion: np.ndarray, redraws: int, rng: np.random.Generator, errs: bool) -> Sums:
    """Return the sums of many samples of a population, an entry a sample."""
    weight = 1 / inclusion
    columns = np.stack([np.ones(len(weight)), weight, (1 - inclusion) * weight ** 2, weight ** 2], axis=1)
    parts = []
    for begin in range(0, redraws, CHUNK):
        shape = min(CHUNK, redraws - begin), len(weight)
        drawn = rng.random(shape) < inclusion
        verdict = np.broadcast_to(guilty, shape)
        if errs:
            verdict = verdict ^ (rng.random(shape) >= np.where(guilty, SENSITIVITY, SPECIFICITY))
        parts.append(np.concatenate([drawn @ columns, (drawn & verdict) @ columns], axis=1))
    rows, total, spread, squares, positives, positive, positive_spread, positive_squares = np.concatenate(parts).T
    return Sums(rows, positives, total, positive, spread, positive_spread, squares, positive_squares,
                np.full(redraws, weight.max()))
