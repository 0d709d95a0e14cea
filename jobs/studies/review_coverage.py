"""How often intervals from random reviews hold the planted prevalence, over many re-draws of the design.

The population is every scored row of a risk over some days of some simulated marketplaces. Each re-draw is a sample
that `jobs.decisions.sampling` could have drawn, with reviewers who are right, or err as in the simulation.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from jobs.decisions import sampling
from jobs.effects import prevalence
from jobs.effects.prevalence import Plan, Sums
from jobs.statistics import shares
from jobs.statistics.shares import Interval

SIZES = (25, 50, 100, 200, 400, 800)  # expected number of drawn rows of a risk
REDRAWS = 4_000  # of one size and risk, over all marketplaces: coverage is known to 0.3 points
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


@dataclasses.dataclass(frozen=True)
class Drawn:
    """Samples of a population: the sums of all rows and of each stratum, with what the design says of each."""

    of: Sums
    plan: Plan
    parts: Sequence[Sums]
    plans: Sequence[Plan]
    population: int


METHODS: Mapping[str, Callable[[Drawn], Interval]] = {
    "Wald": lambda drawn: prevalence.wald(*prevalence.horvitz_thompson(drawn.of, drawn.population)),
    "log-odds": lambda drawn: prevalence.log_odds(*prevalence.hajek(drawn.of)),
    "Wilson": lambda drawn: shares.wilson(prevalence.hajek(drawn.of)[0], drawn.of.effective),
    "Clopper-Pearson": lambda drawn: shares.clopper_pearson(prevalence.hajek(drawn.of)[0], drawn.of.effective),
    "gamma": lambda drawn: prevalence.gamma(drawn.of, drawn.population),
    "score": lambda drawn: prevalence.score(drawn.of, drawn.population, drawn.plan),
    "stratified score": lambda drawn: prevalence.stratified_score(drawn.parts, drawn.population, drawn.plans),
}
CHOSEN = "stratified score"


def coverage(populations: Sequence[Population], expected: float, redraws: int = REDRAWS,
             seed: int = 1) -> dict[str, dict[str, Coverage]]:
    """Return the coverage of each method, by REVIEWERS.

    Args:
        expected: drawn rows of a sample, on average.
        redraws: of all populations together, each as many.
    """
    found: dict[str, dict[str, list]] = {who: {name: [] for name in METHODS} for who in REVIEWERS}
    each = -(-redraws // len(populations))
    for number, population in enumerate(populations):
        truth = population.prevalence
        for errs, answers in ((False, (PERFECT,)), (True, (UNCORRECTED, CORRECTED))):
            rng = np.random.default_rng([seed, number, round(expected), errs])
            drawn = samples(population, expected, each, rng, errs)
            for who in answers:
                for name, method in METHODS.items():
                    interval = method(drawn)
                    if who == CORRECTED:
                        interval = prevalence.rogan_gladen(interval, SENSITIVITY, SPECIFICITY)
                    found[who][name] += zip((interval.low <= truth) & (truth <= interval.high),
                                            interval.high - interval.low, drawn.of.effective, interval.value - truth,
                                            drawn.of.positives)
    return {who: {name: Coverage(*np.mean(np.array(rows, float), axis=0)) for name, rows in by_name.items()}
            for who, by_name in found.items()}


def samples(population: Population, expected: float, redraws: int, rng: np.random.Generator, errs: bool) -> Drawn:
    """Return many samples of a population, by reviewers who are right or who err."""
    inclusion = sampling.inclusion_probabilities(population.size, expected)
    likely = population.score * SENSITIVITY + (1 - population.score) * (1 - SPECIFICITY) if errs else population.score
    masks = prevalence.strata(inclusion)
    # Rows are drawn independently of each other, so that strata can be drawn one after the other.
    parts = [redrawn(population.guilty[mask], inclusion[mask], redraws, rng, errs) for mask in masks]
    return Drawn(prevalence.joined(parts), prevalence.plan(inclusion, likely, errs), parts,
                 [prevalence.plan(inclusion[mask], likely[mask], errs) for mask in masks], len(inclusion))


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
