"""How frequent a risk is, from reviews that were drawn independently with known probabilities (Poisson sampling).

Only such reviews show what no model suspects. All functions take plain arrays of the drawn rows: `verdict` (whether
the review found the row guilty) and `inclusion` (the probability with which the row was drawn, in (0, 1]).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from scipy import stats

from jobs.statistics.shares import LEVEL, Interval

PLANNED_ROWS = 5  # guilty rows that the plan of a score interval counts as much as
OFTEN_DRAWN = 0.1  # share of a population that is a stratum of its own


@dataclass(frozen=True)
class Sums:
    """What the intervals need of a sample. Each entry is a number, or an array with one entry a sample.

    Attributes:
        rows: number of drawn rows; positives: of guilty ones.
        weight: sum of the weights w = 1 / inclusion; positive_weight: over guilty rows.
        spread: sum of (1 - inclusion) w^2, the variance of a total of ones; positive_spread: over guilty rows.
        positive_squares: sum of w^2 over guilty rows; squares: over all of them.
        largest: the largest weight that a row of the population could have.
    """

    rows: np.ndarray
    positives: np.ndarray
    weight: np.ndarray
    positive_weight: np.ndarray
    spread: np.ndarray
    positive_spread: np.ndarray
    squares: np.ndarray
    positive_squares: np.ndarray
    largest: np.ndarray

    @property
    def effective(self) -> np.ndarray:
        """Kish's effective sample size, (sum w)^2 / sum w^2; 0 without a row."""
        return _ratio(self.weight ** 2, self.squares)


def joined(parts: Sequence[Sums]) -> Sums:
    """Return the sums of several strata together."""
    added = {f.name: sum(getattr(part, f.name) for part in parts) for f in fields(Sums) if f.name != "largest"}
    return Sums(**added, largest=np.maximum.reduce([part.largest for part in parts]))


def sums(verdict: np.ndarray, inclusion: np.ndarray, largest: float | None = None) -> Sums:
    """Return the sums of one sample.

    Args:
        largest: 1 / the smallest inclusion probability of the population; None: that of the drawn rows.
    """
    weight, guilty = 1 / inclusion, np.asarray(verdict, bool)
    spread = (1 - inclusion) * weight ** 2
    return Sums(len(weight), guilty.sum(), weight.sum(), weight[guilty].sum(), spread.sum(), spread[guilty].sum(),
                (weight ** 2).sum(), (weight[guilty] ** 2).sum(), largest or (weight.max() if len(weight) else np.nan))


def horvitz_thompson(of: Sums, population: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of guilty rows as the weighted total over the known population, and its standard error.

    Horvitz and Thompson (1952); the variance under Poisson sampling is that of Saerndal, Swensson and Wretman (1992),
    section 3.5. Unbiased, whatever the scores are worth.
    """
    return of.positive_weight / population, np.sqrt(of.positive_spread) / population


def hajek(of: Sums) -> tuple[np.ndarray, np.ndarray]:
    """Return the weighted share of guilty rows among the drawn ones, and its linearised standard error.

    Hajek (1971): the total divided by the estimated population, which takes out the chance in the number of drawn rows.
    NaN without a drawn row.
    """
    share = _ratio(of.positive_weight, of.weight, np.nan)
    # Residuals of guilty rows are 1 - share, those of the others -share.
    variance = of.positive_spread * (1 - 2 * share) + of.spread * share ** 2
    return share, np.sqrt(np.maximum(variance, 0)) / np.where(of.weight > 0, of.weight, np.nan)


def difference(verdict: np.ndarray, inclusion: np.ndarray, score: np.ndarray,
               scores: np.ndarray) -> tuple[float, float]:
    """Return the mean score of the population, corrected by the drawn rows, and its standard error.

    The model-assisted difference estimator (Saerndal, Swensson and Wretman 1992, section 6.3): unbiased with bad
    scores, more precise with good ones.

    Args:
        score: of each drawn row; scores: of each row of the population.
    """
    residual = (np.asarray(verdict, float) - score) / inclusion
    return (float(scores.mean() + residual.sum() / len(scores)),
            float(np.sqrt(((1 - inclusion) * residual ** 2).sum()) / len(scores)))


def wald(value: np.ndarray, error: np.ndarray, level: float = LEVEL) -> Interval:
    """Return the normal interval around an estimate, cut to [0, 1]."""
    z = stats.norm.ppf((1 + level) / 2)
    return Interval(value, np.clip(value - z * error, 0, 1), np.clip(value + z * error, 0, 1))


def log_odds(value: np.ndarray, error: np.ndarray, level: float = LEVEL) -> Interval:
    """Return the interval that is normal in log-odds; [0, 1] where the estimate is 0 or 1."""
    z = stats.norm.ppf((1 + level) / 2)
    inside = (value > 0) & (value < 1)
    safe = np.where(inside, value, 0.5)
    logit, half = np.log(safe / (1 - safe)), z * error / (safe * (1 - safe))
    return Interval(value, np.where(inside, _expit(logit - half), 0.0), np.where(inside, _expit(logit + half), 1.0))


def gamma(of: Sums, population: float, level: float = LEVEL) -> Interval:
    """Return the interval of a weighted sum of rare events, around the Horvitz-Thompson share (Fay and Feuer 1997).

    The guilty rows of each weight are nearly Poisson, so that their weighted sum is nearly a scaled Poisson. The upper
    end adds a row of the largest weight. It covers at least the nominal share, and often much more.
    """
    total, variance, tail = of.positive_weight, of.positive_squares, (1 - level) / 2
    high = _gamma_quantile(1 - tail, total + of.largest, variance + of.largest ** 2)
    return Interval(total / population, _gamma_quantile(tail, total, variance) / population,
                    np.minimum(high / population, 1))


@dataclass(frozen=True)
class Plan:
    """What the design says of guilty rows before anything is drawn.

    Attributes:
        weight: mean weight of a drawn guilty row.
        spread: variance of the weighted total per guilty row of the population.
        errs: whether verdicts are drawn too, because reviewers err.
    """

    weight: float
    spread: float
    errs: bool = False


def plan(inclusion: np.ndarray, likely: np.ndarray, errs: bool = False) -> Plan:
    """Return what the design says of guilty rows, if scores say where they are.

    Args:
        inclusion: (population,) probability with which each row is drawn.
        likely: (population,) probability that a review finds the row guilty; only their ratios count, and a wrong one
            costs precision at few guilty rows alone.
    """
    each = likely * (1 / inclusion - (likely if errs else 1))
    return Plan(float(likely.sum() / (likely * inclusion).sum()), float(each.sum() / likely.sum()), errs)


def score(of: Sums, population: float, planned: Plan, level: float = LEVEL) -> Interval:
    """Return the score interval of a share of rare rows, around the Horvitz-Thompson share.

    It holds every total t with (T - t)^2 <= z^2 g t, where T is the weighted total and g the variance per guilty row.
    A variance that grows with the tested share keeps its meaning when no guilty row is drawn, which is why score
    intervals beat those of Wald (Agresti and Coull 1998). g is the drawn rows' own, shrunk towards the plan's by
    PLANNED_ROWS guilty rows: of few rows it is too uncertain, and of none it is unknown.
    """
    z = stats.norm.ppf((1 + level) / 2)
    prior = PLANNED_ROWS * planned.weight
    own = of.positive_squares if planned.errs else of.positive_spread
    spread = (own + prior * planned.spread) / (of.positive_weight + prior)
    middle = of.positive_weight + z ** 2 * spread / 2
    half = z * np.sqrt(spread * of.positive_weight + z ** 2 * spread ** 2 / 4)
    return Interval(of.positive_weight / population, np.clip((middle - half) / population, 0, 1),
                    np.minimum((middle + half) / population, 1))


def strata(inclusion: np.ndarray) -> list[np.ndarray]:
    """Return two masks of a population: the tenth with the largest inclusion probabilities, and the rest."""
    often = inclusion > np.quantile(inclusion, 1 - OFTEN_DRAWN)
    return [often, ~often] if often.any() else [~often]


def stratified_score(parts: Sequence[Sums], population: float, plans: Sequence[Plan],
                     level: float = LEVEL) -> Interval:
    """Return the score interval over strata, joined by the method of variance estimates recovery.

    A guilty row that was unlikely to be drawn counts for hundreds, and a sample has one or none of them. The spread of
    all guilty rows together is then unknown, and `score` too narrow. Within a stratum weights are similar. Each end of
    the joined interval is as far from the estimate as sqrt(sum of squared distances of the strata's ends): Zou and
    Donner (2008).

    Args:
        parts: sums of each of `strata`; plans: `plan` of each.
        population: rows of all strata together.
    """
    each = [score(part, population, planned, level) for part, planned in zip(parts, plans)]
    value = sum(interval.value for interval in each)
    below = np.sqrt(sum((interval.value - interval.low) ** 2 for interval in each))
    above = np.sqrt(sum((interval.high - interval.value) ** 2 for interval in each))
    return Interval(value, np.maximum(value - below, 0), np.minimum(value + above, 1))


def _gamma_quantile(tail: float, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    none = np.asarray(mean) <= 0
    safe_mean, safe_variance = np.where(none, 1.0, mean), np.where(none, 1.0, variance)
    return np.where(none, 0.0, stats.gamma.ppf(tail, safe_mean ** 2 / safe_variance, scale=safe_variance / safe_mean))


def rogan_gladen(found: Interval, sensitivity: float, specificity: float) -> Interval:
    """Return the share that is truly guilty, from the share that reviewers find guilty (Rogan and Gladen 1978).

    A reviewer who errs in 3 % of innocent rows finds more guilty rows of a rare risk than there are. The interval is
    that of the found share, moved: the error rates must be known.

    Raises:
        ValueError: the reviewers are no better than chance.
    """
    skill = sensitivity + specificity - 1
    if skill <= 0:
        raise ValueError(f"sensitivity {sensitivity} and specificity {specificity} are no better than chance; "
                         "expected a sum above 1")
    value, low, high = (np.clip((share + specificity - 1) / skill, 0, 1) for share in
                        (found.value, found.low, found.high))
    return Interval(value, low, high)


def _ratio(above: np.ndarray, below: np.ndarray, empty: float = 0.0) -> np.ndarray:
    return np.where(np.asarray(below) > 0, above / np.where(np.asarray(below) > 0, below, 1.0), empty)


def _expit(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))
