"""Metrics in words and numbers for people: names, units and intervals."""

from collections.abc import Mapping

from jobs.evaluation.metrics import Estimate

# Metrics that a person compares models by, in the order of interest: name -> words.
HEADLINES = {
    "average_precision": "average precision",
    "precision_at_capacity": "precision at capacity",
    "recall_at_capacity": "recall at capacity",
    "caught_cents_at_capacity": "loss caught at capacity",
    "roc_auc": "ROC AUC",
    "brier": "Brier score",
    "calibration_error": "calibration error",
}
LOWER_IS_BETTER = ("brier", "calibration_error")
# Metrics whose difference from the champion on the same rows is logged, with this ending.
COMPARED = ("average_precision", "precision_at_capacity", "recall_at_capacity", "caught_cents_at_capacity")
VS_CHAMPION = "_vs_champion"


def format_value(name: str, value: float, sign: bool = False) -> str:
    """Return a metric's value: money in major units with two decimals, other metrics with three decimals."""
    if value != value:
        return "undefined"
    plus = "+" if sign else ""
    return f"{value / 100:{plus},.2f}" if "_cents" in name else f"{value:{plus}.3f}"


def format_interval(name: str, estimate: Estimate, sign: bool = False) -> str:
    """Return a metric as `0.412 (0.351 to 0.470)`."""
    value, low, high = (format_value(name, number, sign) for number in (estimate.value, estimate.low, estimate.high))
    return f"{value} ({low} to {high})"


def estimate_of(metrics: Mapping[str, float], name: str) -> Estimate:
    """Return a logged metric with the ends of its interval; NaN for a metric that was not logged."""
    return Estimate(*(metrics.get(key, float("nan")) for key in (name, f"{name}_low", f"{name}_high")))
