"""Metrics of one model on its test rows, with intervals of a cluster bootstrap.

All functions work on weighted rows. Rows are sorted once, and a bootstrap resample is a new set of weights. One code
path gives both the estimate and its interval.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from jobs.evaluation import ranking

COUNTS = ("rows", "positives")  # metrics without an interval


@dataclass(frozen=True, eq=False)
class Scored:
    """Test rows of one model, one per (entity, day); every array has shape (rows,).

    Attributes:
        label: 1 if an incident followed, else 0 (bool or int).
        score: calibrated probability in [0, 1].
        day: the as_of, as datetime64[D] or an ordinal.
        entity: the bootstrap cluster: the identifier of the seller, user or creator; of an order, its card.
        loss: minor units lost in the incident; ignored on negative rows.

    Raises:
        ValueError: the arrays differ in shape, a label is not 0 or 1, or a score is not in [0, 1].
    """

    label: np.ndarray
    score: np.ndarray
    day: np.ndarray
    entity: np.ndarray
    loss: np.ndarray

    def __post_init__(self) -> None:
        shapes = {name: np.shape(values) for name, values in vars(self).items()}
        if len(set(shapes.values())) > 1 or len(np.shape(self.label)) != 1:
            raise ValueError(f"Scored needs one-dimensional arrays of equal length, found {shapes}")
        _check_labels(self.label)
        # Written so that NaN fails too.
        if not np.all((self.score >= 0) & (self.score <= 1)):
            raise ValueError("Scored needs probabilities in [0, 1]; calibrate the margins first")


@dataclass(frozen=True)
class Estimate:
    """A metric and its 95% interval; NaN for an undefined metric."""

    value: float
    low: float
    high: float

    @property
    def above_zero(self) -> bool:
        """Return whether the lower end of the interval is above 0."""
        return self.low > 0

    def named(self, metric: str) -> dict[str, float]:
        """Return metrics for MLflow: the value, and the interval's ends as `_low` and `_high`."""
        return {metric: self.value, f"{metric}_low": self.low, f"{metric}_high": self.high}


def measure_scores(scored: Scored, capacity: int) -> dict[str, float]:
    """Compute every metric of the rows, by stable name; NaN for an undefined metric.

    The *_at_capacity metrics review the `capacity` highest scores of each day; ties go to the smaller entity name. They
    pool the days: hits / reviewed, hits / positives, loss of the hits / loss, and the loss of the hits in minor units.
    A day with fewer rows is reviewed completely. `calibration_error` is the expected calibration error (Naeini, Cooper
    & Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian binning") over 10 bins of equal count
    (Nixon et al. 2019, arXiv:1904.01685). Bins of equal width were rejected: at a base rate of a percent, the first one
    would contain nearly every row.

    Raises:
        ValueError: capacity is below 1.
    """
    ranked = _ranked(scored, capacity)
    return _headline_metrics(ranked, np.ones(ranked.entities, dtype=np.int64))


def intervals(scored: Scored, capacity: int, seed: int, resamples: int = 200,
              level: float = 0.95) -> dict[str, tuple[float, float]]:
    """Compute percentile intervals (low, high) of every metric of `measure_scores` except the counts.

    Cluster bootstrap (Field & Welsh 2007, "Bootstrapping clustered data", JRSS B 69:369-390). A resample draws entities
    with replacement, and each with all its rows: the days of one entity are similar, and row-wise draws would make the
    intervals too narrow. An entity drawn twice takes two places in each day's capacity. A resample with an undefined
    metric is left out of that metric's interval. Binned calibration error is biased upward, and more in a resample, so
    its interval may lie above the estimate.

    Raises:
        ValueError: capacity is below 1.
    """
    ranked = _ranked(scored, capacity)
    drawn = _draws(ranked.entities, seed, resamples)
    rows = [_headline_metrics(ranked, counts) for counts in drawn]
    names = [name for name in rows[0] if name not in COUNTS]
    return {name: _percentiles([row[name] for row in rows], level) for name in names}


def estimates(scored: Scored, capacity: int, seed: int) -> dict[str, Estimate]:
    """Compute every metric of `measure_scores` but the counts, with its interval of `intervals`.

    Raises:
        ValueError: capacity is below 1.
    """
    values, ranges = measure_scores(scored, capacity), intervals(scored, capacity, seed)
    return {name: Estimate(values[name], *ends) for name, ends in ranges.items()}


def compare(label: np.ndarray, score_a: np.ndarray, score_b: np.ndarray, entity: np.ndarray, seed: int,
            resamples: int = 200, level: float = 0.95) -> tuple[Estimate, Estimate, Estimate]:
    """Compute the average precision of a, of b, and their difference a minus b, on the same rows.

    Both scores have the same draws of the cluster bootstrap of `intervals`. A resample that is hard for both therefore
    does not widen the interval of the difference. Two separate intervals that overlap would not mean equal models. All
    arrays have shape (rows,); scores may be on any scale and may be minus infinity.

    Raises:
        ValueError: a label is not 0 or 1, or a score is NaN.
    """
    _check_labels(label)
    names, codes = np.unique(entity, return_inverse=True)
    a, b = (_weighted_average_precision(label, score, codes) for score in (score_a, score_b))
    everyone = np.ones(len(names), dtype=np.int64)
    drawn = [(a(counts), b(counts)) for counts in _draws(len(names), seed, resamples)]
    resampled, values = np.array(drawn).T.reshape(2, -1), (a(everyone), b(everyone))
    return tuple(Estimate(value, *_percentiles(list(samples), level))
                 for value, samples in ((values[0], resampled[0]), (values[1], resampled[1]),
                                        (values[0] - values[1], resampled[0] - resampled[1])))


def paired_differences(scored: Scored, other: Scored, capacity: int, seed: int, resamples: int = 200,
                       level: float = 0.95) -> dict[str, Estimate]:
    """Compute the difference of every metric of `measure_scores` but the counts, `scored` minus `other`.

    Both have the same rows and the same draws of the cluster bootstrap, as in `compare`.

    Raises:
        ValueError: capacity is below 1, or the two differ in a label, a day or an entity.
    """
    for name in ("label", "day", "entity"):
        if not np.array_equal(getattr(scored, name), getattr(other, name)):
            raise ValueError(f"paired_differences needs the same rows in the same order; {name} differs")
    pair = _ranked(scored, capacity), _ranked(other, capacity)

    def differences(counts: np.ndarray) -> dict[str, float]:
        one, two = (_headline_metrics(ranked, counts) for ranked in pair)
        return {name: one[name] - two[name] for name in one if name not in COUNTS}

    values = differences(np.ones(pair[0].entities, dtype=np.int64))
    resampled = [differences(counts) for counts in _draws(pair[0].entities, seed, resamples)]
    return {name: Estimate(value, *_percentiles([row[name] for row in resampled], level))
            for name, value in values.items()}


def reviewed_rows(scored: Scored, capacity: int) -> np.ndarray:
    """Return whether each row is reviewed at capacity, bool (rows,): the rows of the *_at_capacity metrics.

    Raises:
        ValueError: capacity is below 1.
    """
    _check_capacity(capacity)
    entity, day = (np.unique(values, return_inverse=True)[1] for values in (scored.entity, scored.day))
    queue = np.lexsort((entity, -np.asarray(scored.score, dtype=np.float64), day))
    position = np.arange(len(queue)) - np.searchsorted(day[queue], day[queue])
    chosen = np.zeros(len(queue), dtype=bool)
    chosen[queue] = position < capacity
    return chosen


@dataclass(frozen=True, eq=False)
class _Ranked:
    """Test rows from the highest score down, and the same rows in review order, day by day (the queue)."""

    label: np.ndarray
    score: np.ndarray
    squared_error: np.ndarray
    entity: np.ndarray       # codes in the order of names, below `entities`
    entities: int
    ends: np.ndarray         # the last row of each run of equal scores
    day_start: np.ndarray    # per row of the queue, the position of its day's first row
    queue_entity: np.ndarray
    queue_label: np.ndarray
    queue_loss: np.ndarray
    capacity: int


def _ranked(scored: Scored, capacity: int) -> _Ranked:
    _check_capacity(capacity)
    names, entity = np.unique(scored.entity, return_inverse=True)
    day = np.unique(scored.day, return_inverse=True)[1]
    score = np.asarray(scored.score, dtype=np.float64)
    label = np.asarray(scored.label, dtype=np.int64)
    # Entities and days break ties, so that even rounding does not depend on the order of the input.
    order = np.lexsort((day, entity, -score))
    queue = np.lexsort((entity, -score, day))
    return _Ranked(
        label=label[order], score=score[order], squared_error=(score[order] - label[order]) ** 2,
        entity=entity[order], entities=len(names), ends=ranking.last_of_ties(score[order]),
        day_start=np.searchsorted(day[queue], day[queue]),
        queue_entity=entity[queue], queue_label=label[queue],
        queue_loss=np.asarray(scored.loss, dtype=np.int64)[queue] * label[queue], capacity=capacity)


def _headline_metrics(ranked: _Ranked, drawn: np.ndarray) -> dict[str, float]:
    """Compute the metrics with each entity present `drawn` times, shape (entities,)."""
    weight = drawn[ranked.entity]
    positives = np.cumsum(weight * ranked.label)[ranked.ends]
    rows = np.cumsum(weight)[ranked.ends]
    total_positives, total = (int(counts[-1]) if len(counts) else 0 for counts in (positives, rows))
    _, expected, observed = ranking.bins(positives, rows, np.cumsum(weight * ranked.score)[ranked.ends])
    return {
        "average_precision": ranking.average_precision_from_counts(positives, rows),
        "roc_auc": ranking.roc_auc_from_counts(positives, rows),
        **_at_capacity(ranked, drawn),
        "brier": _ratio(np.sum(weight * ranked.squared_error), total),
        "calibration_error": _ratio(np.sum(np.abs(expected - observed)), total),
        "base_rate": _ratio(total_positives, total),
        "rows": float(total),
        "positives": float(total_positives),
    }


def _at_capacity(ranked: _Ranked, drawn: np.ndarray) -> dict[str, float]:
    weight = drawn[ranked.queue_entity]
    before = np.concatenate(([0], np.cumsum(weight)))
    position = before[:-1] - before[ranked.day_start]
    # The last entity within capacity may be drawn more often than the capacity that is left.
    reviewed = np.clip(ranked.capacity - position, 0, weight)
    hits, loss = reviewed @ ranked.queue_label, reviewed @ ranked.queue_loss
    return {
        "precision_at_capacity": _ratio(hits, reviewed.sum()),
        "recall_at_capacity": _ratio(hits, weight @ ranked.queue_label),
        "loss_caught_at_capacity": _ratio(loss, weight @ ranked.queue_loss),
        "caught_cents_at_capacity": float(loss),
    }


def _weighted_average_precision(label: np.ndarray, score: np.ndarray,
                                entity: np.ndarray) -> Callable[[np.ndarray], float]:
    """Return average precision as a function of how often each entity is drawn. Rows are sorted once."""
    order, ends = ranking.rank_by_score(score)
    ranked_label, ranked_entity = np.asarray(label, dtype=np.int64)[order], entity[order]

    def average_precision(drawn: np.ndarray) -> float:
        weight = drawn[ranked_entity]
        return ranking.average_precision_from_counts(np.cumsum(weight * ranked_label)[ends], np.cumsum(weight)[ends])

    return average_precision


def _draws(entities: int, seed: int, resamples: int) -> Iterator[np.ndarray]:
    """Yield, per resample, how often each entity is drawn."""
    generator = np.random.default_rng(seed)
    for _ in range(resamples):
        yield np.bincount(generator.integers(0, max(entities, 1), entities), minlength=entities)


def _percentiles(values: list[float], level: float) -> tuple[float, float]:
    defined = [value for value in values if not np.isnan(value)]
    if not defined:
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


def _check_capacity(capacity: int) -> None:
    if capacity < 1:
        raise ValueError(f"capacity must be at least 1 entity a day, found {capacity}")


def _check_labels(label: np.ndarray) -> None:
    if not np.isin(label, (0, 1)).all():
        raise ValueError("labels must be 0 or 1")
