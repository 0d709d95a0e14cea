"""Metrics of one model on its untouched test rows, with intervals that respect entities.

Everything is written for rows with weights, so that a bootstrap resample is a new set of weights
over rows sorted once, and one code path gives both the estimate and its interval.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

BINS = 10
# With fewer positives a slice's average precision moves more by chance than by the model.
MIN_SLICE_POSITIVES = 5
METRIC_NAME_LIMIT = 100


@dataclass(frozen=True, eq=False)
class Scored:
    """Test rows of one model, one per (entity, day); every array has shape (rows,).

    Attributes:
        label: 1 where an incident followed, else 0 (bool or int).
        score: calibrated probability in [0, 1].
        day: the as_of, as datetime64[D] or an ordinal.
        entity: identifier of the seller, user or creator; of orders, what they have together, such as the card.
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
    """A metric and its 95% interval; NaN where it is undefined."""

    value: float
    low: float
    high: float

    @property
    def above_zero(self) -> bool:
        """Whether even the lower end is above 0."""
        return self.low > 0

    def named(self, metric: str) -> dict[str, float]:
        """As MLflow keeps it: the metric, and its ends as `_low` and `_high`."""
        return {metric: self.value, f"{metric}_low": self.low, f"{metric}_high": self.high}


def measure(scored: Scored, capacity: int) -> dict[str, float]:
    """Every metric of the rows, by stable name; NaN where it is undefined.

    The *_at_capacity metrics review the `capacity` highest scores of each day (ties go to the
    smaller entity name) and pool the days: hits / reviewed, hits / positives, loss of the hits /
    loss. A day with fewer rows is reviewed whole. `calibration_error` is the expected calibration error
    (Naeini, Cooper & Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian
    binning") over 10 bins of equal count (Nixon et al. 2019, arXiv:1904.01685): at a base rate of
    a percent, bins of equal width would put nearly every row in the first one.

    Raises:
        ValueError: capacity is below 1.
    """
    ranked = _rank(scored, capacity)
    return _measured(ranked, np.ones(ranked.entities, dtype=np.int64))


def intervals(scored: Scored, capacity: int, seed: int, resamples: int = 200,
              level: float = 0.95) -> dict[str, tuple[float, float]]:
    """Percentile intervals (low, high) of every metric of `measure` but the counts.

    Cluster bootstrap (Field & Welsh 2007, "Bootstrapping clustered data", JRSS B 69:369-390):
    entities are drawn with replacement and bring all their rows, because the days of one entity
    repeat each other and row-wise draws would make the intervals too narrow. An entity drawn twice
    takes two places in each day's capacity. Resamples in which a metric is undefined are left out
    of its interval. Binned calibration error is biased upward, and more so in a resample: its
    interval may lie above the estimate.

    Raises:
        ValueError: capacity is below 1.
    """
    ranked = _rank(scored, capacity)
    drawn = _draws(ranked.entities, seed, resamples)
    rows = [_measured(ranked, counts) for counts in drawn]
    names = [name for name in rows[0] if name not in ("rows", "positives")]
    return {name: _percentiles([row[name] for row in rows], level) for name in names}


def by_slice(scored: Scored, slices: dict[str, np.ndarray]) -> dict[str, float]:
    """Metrics of parts of the rows, as `slice/<dimension>/<value>/<metric>`.

    Args:
        scored: the test rows.
        slices: per dimension (region, category...) the value of each row, shape (rows,). A null,
            NaN or empty value becomes `unknown`; values that differ only in characters that
            MLflow forbids in a metric name become one slice.

    Returns:
        rows and positives of every slice; base_rate, average_precision and roc_auc too where it
        has at least 5 positives.

    Raises:
        ValueError: a dimension does not have one value per row.
    """
    label = np.asarray(scored.label, dtype=np.int64)
    measured = {}
    for dimension, values in slices.items():
        if len(values) != len(label):
            raise ValueError(f"slice {dimension} has {len(values)} values for {len(label)} rows")
        names, member = _slice_names(values)
        for index, name in enumerate(names):
            inside = member == index
            for metric, value in _slice_metrics(label[inside], scored.score[inside]).items():
                measured[f"slice/{_metric_word(dimension)}/{name}/{metric}"] = value
    return measured


def paired_difference(label: np.ndarray, score_a: np.ndarray, score_b: np.ndarray, entity: np.ndarray,
                      seed: int, resamples: int = 200, level: float = 0.95) -> tuple[float, float, float]:
    """Average precision of a minus that of b on the same rows: (difference, low, high); see `compare`."""
    difference = compare(label, score_a, score_b, entity, seed, resamples, level)[2]
    return difference.value, difference.low, difference.high


def compare(label: np.ndarray, score_a: np.ndarray, score_b: np.ndarray, entity: np.ndarray, seed: int,
            resamples: int = 200, level: float = 0.95) -> tuple[Estimate, Estimate, Estimate]:
    """Average precision of a, of b, and of a minus b, on the same rows.

    Both see the same draws of the cluster bootstrap of `intervals`, so what makes a resample hard for
    both cancels out of the difference; two separate intervals that overlap would not say that the models
    are equal. All arrays have shape (rows,); scores may be on any scale, minus infinity included.

    Raises:
        ValueError: a label is not 0 or 1, or a score is NaN.
    """
    _check_labels(label)
    names, codes = np.unique(entity, return_inverse=True)
    a, b = (_weighted_average_precision(label, score, codes) for score in (score_a, score_b))
    everyone = np.ones(len(names), dtype=np.int64)
    drawn = [(a(counts), b(counts)) for counts in _draws(len(names), seed, resamples)]
    found, values = np.array(drawn).T.reshape(2, -1), (a(everyone), b(everyone))
    return tuple(Estimate(value, *_percentiles(list(many), level))
                 for value, many in ((values[0], found[0]), (values[1], found[1]),
                                     (values[0] - values[1], found[0] - found[1])))


def reviewed(scored: Scored, capacity: int) -> np.ndarray:
    """Which rows the `capacity` of each day reaches, bool (rows,): the rows of the *_at_capacity metrics.

    Raises:
        ValueError: capacity is below 1.
    """
    _check_capacity(capacity)
    entity, day = (np.unique(values, return_inverse=True)[1] for values in (scored.entity, scored.day))
    queue = np.lexsort((entity, -np.asarray(scored.score, dtype=np.float64), day))
    place = np.arange(len(queue)) - np.searchsorted(day[queue], day[queue])
    chosen = np.zeros(len(queue), dtype=bool)
    chosen[queue] = place < capacity
    return chosen


def average_precision(label: np.ndarray, score: np.ndarray) -> float:
    """Sum over thresholds of (gain in recall) x precision, without interpolation; NaN without positives.

    The definition of sklearn.metrics.average_precision_score: equal scores are one threshold.
    """
    return _average_precision(*threshold_counts(label, score))


def roc_auc(label: np.ndarray, score: np.ndarray) -> float:
    """Chance that a positive outranks a negative, ties counting half; NaN without both classes."""
    return _roc_auc(*threshold_counts(label, score))


def threshold_counts(label: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positives and rows at or above each distinct score, from the highest score down.

    Raises:
        ValueError: a score is NaN.
    """
    order, ends = _ladder(score)
    return np.cumsum(np.asarray(label, dtype=np.int64)[order])[ends], ends + 1


def calibration_bins(label: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, mean score and share of positives of each bin of `calibration_error`, by rising score.

    Equal scores always share a bin, so bins differ in count where scores are tied, and there may
    be fewer than 10.
    """
    order, ends = _ladder(score)
    positives, rows = threshold_counts(label, score)
    upto = np.cumsum(np.asarray(score, dtype=np.float64)[order])[ends]
    count, expected, found = _bins(positives, rows, upto)
    return count[::-1], (expected / count)[::-1], (found / count)[::-1]


@dataclass(frozen=True, eq=False)
class _Ranked:
    """Test rows from the highest score down, and the same rows day by day as people review them."""

    label: np.ndarray
    score: np.ndarray
    squared_error: np.ndarray
    entity: np.ndarray       # codes in the order of names, below `entities`
    entities: int
    ends: np.ndarray         # the last row of each run of equal scores
    day_start: np.ndarray    # per row of the queue, where its day begins
    queue_entity: np.ndarray
    queue_label: np.ndarray
    queue_loss: np.ndarray
    capacity: int


def _rank(scored: Scored, capacity: int) -> _Ranked:
    _check_capacity(capacity)
    names, entity = np.unique(scored.entity, return_inverse=True)
    day = np.unique(scored.day, return_inverse=True)[1]
    score = np.asarray(scored.score, dtype=np.float64)
    label = np.asarray(scored.label, dtype=np.int64)
    # Days and entities break ties, so that even rounding does not depend on the order of the input.
    order = np.lexsort((day, entity, -score))
    queue = np.lexsort((entity, -score, day))
    return _Ranked(
        label=label[order], score=score[order], squared_error=(score[order] - label[order]) ** 2,
        entity=entity[order], entities=len(names), ends=_ends(score[order]),
        day_start=np.searchsorted(day[queue], day[queue]),
        queue_entity=entity[queue], queue_label=label[queue],
        queue_loss=np.asarray(scored.loss, dtype=np.int64)[queue] * label[queue], capacity=capacity)


def _measured(ranked: _Ranked, drawn: np.ndarray) -> dict[str, float]:
    """The metrics when each entity is present `drawn` times, shape (entities,)."""
    weight = drawn[ranked.entity]
    positives = np.cumsum(weight * ranked.label)[ranked.ends]
    rows = np.cumsum(weight)[ranked.ends]
    found, total = (int(counts[-1]) if len(counts) else 0 for counts in (positives, rows))
    _, expected, observed = _bins(positives, rows, np.cumsum(weight * ranked.score)[ranked.ends])
    return {
        "average_precision": _average_precision(positives, rows),
        "roc_auc": _roc_auc(positives, rows),
        **_at_capacity(ranked, drawn),
        "brier": _ratio(np.sum(weight * ranked.squared_error), total),
        "calibration_error": _ratio(np.sum(np.abs(expected - observed)), total),
        "base_rate": _ratio(found, total),
        "rows": float(total),
        "positives": float(found),
    }


def _at_capacity(ranked: _Ranked, drawn: np.ndarray) -> dict[str, float]:
    weight = drawn[ranked.queue_entity]
    before = np.concatenate(([0], np.cumsum(weight)))
    place = before[:-1] - before[ranked.day_start]
    # The last entity within capacity may be drawn more often than there are places left.
    reviewed = np.clip(ranked.capacity - place, 0, weight)
    hits, loss = reviewed @ ranked.queue_label, reviewed @ ranked.queue_loss
    return {
        "precision_at_capacity": _ratio(hits, reviewed.sum()),
        "recall_at_capacity": _ratio(hits, weight @ ranked.queue_label),
        "loss_caught_at_capacity": _ratio(loss, weight @ ranked.queue_loss),
    }


def _average_precision(positives: np.ndarray, rows: np.ndarray) -> float:
    """From cumulative counts at each threshold; thresholds that add no positive add nothing."""
    gained = positives - _shifted(positives)
    adds = np.flatnonzero(gained)
    if not len(adds):
        return float("nan")
    return float(np.sum(gained[adds] * (positives[adds] / rows[adds])) / positives[-1])


def _roc_auc(positives: np.ndarray, rows: np.ndarray) -> float:
    negatives = rows - positives
    if not len(rows) or not positives[-1] or not negatives[-1]:
        return float("nan")
    halves = positives + _shifted(positives)
    return float((negatives - _shifted(negatives)) @ halves / (2 * positives[-1] * negatives[-1]))


def _bins(positives: np.ndarray, rows: np.ndarray,
          scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, sum of scores and positives of each bin that is not empty, from the highest bin down.

    Takes the three as cumulative sums at each threshold. A run of equal scores belongs to the bin of
    its middle row: splitting it would make the error depend on the order of tied rows.
    """
    if not len(rows) or not rows[-1]:
        return np.zeros(0), np.zeros(0), np.zeros(0)
    twice_the_middle = rows + _shifted(rows)
    cuts = -(-2 * rows[-1] * np.arange(1, BINS) // BINS)
    edges = np.concatenate(([0], np.searchsorted(twice_the_middle, cuts), [len(rows)]))
    sums = [np.diff(np.append(0, upto)[edges]) for upto in (rows, scores, positives)]
    filled = sums[0] > 0
    return sums[0][filled], sums[1][filled], sums[2][filled]


def _shifted(cumulative: np.ndarray) -> np.ndarray:
    """The cumulative counts just above each threshold."""
    return np.concatenate(([0], cumulative[:-1]))


def _weighted_average_precision(label: np.ndarray, score: np.ndarray,
                                entity: np.ndarray) -> Callable[[np.ndarray], float]:
    """Average precision as a function of how often each entity is drawn; sorts once."""
    order, ends = _ladder(score)
    truth, owner = np.asarray(label, dtype=np.int64)[order], entity[order]

    def of(drawn: np.ndarray) -> float:
        weight = drawn[owner]
        return _average_precision(np.cumsum(weight * truth)[ends], np.cumsum(weight)[ends])

    return of


def _slice_metrics(label: np.ndarray, score: np.ndarray) -> dict[str, float]:
    rows, positives = len(label), int(label.sum())
    counts = {"rows": float(rows), "positives": float(positives)}
    if positives < MIN_SLICE_POSITIVES:
        return counts
    return counts | {"base_rate": positives / rows, "average_precision": average_precision(label, score),
                     "roc_auc": roc_auc(label, score)}


def _slice_names(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Metric words of a dimension in name order, and per row the index of its own."""
    words: dict[object, str] = {}
    named = [words[value] if value in words else words.setdefault(value, _metric_word(value))
             for value in np.asarray(values, dtype=object)]
    return np.unique(np.asarray(named, dtype=object), return_inverse=True)


def _metric_word(value: object) -> str:
    """One path segment of an MLflow metric name, which allows alphanumerics, `_ - . space : /`.

    The slash is replaced as well, since it would add a level, and so is a word of dots, which MLflow
    refuses as a path. https://mlflow.org/docs/latest/api_reference/python_api/mlflow.html#mlflow.log_metric
    """
    if value is None or value != value or not str(value).strip():
        return "unknown"
    word = re.sub(r"[^A-Za-z0-9_\-. :]", "_", str(value).strip())[:METRIC_NAME_LIMIT]
    return word.replace(".", "_") if not word.strip(".") else word


def _ladder(score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows from the highest score down, and the last place of each run of equal scores."""
    falling = -np.asarray(score, dtype=np.float64)
    if np.isnan(falling).any():
        raise ValueError("a score is NaN, so the rows cannot be ranked")
    order = np.argsort(falling, kind="stable")
    return order, _ends(falling[order])


def _ends(ordered: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.append(ordered[1:] != ordered[:-1], np.ones(min(len(ordered), 1), dtype=bool)))


def _draws(entities: int, seed: int, resamples: int) -> Iterator[np.ndarray]:
    """How often each entity is drawn, per resample."""
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
