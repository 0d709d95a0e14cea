"""Risk levels: bounds on calibrated probabilities."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import Column


# Level -> smallest score. Below the last one, an entity is low.
BOUNDS = {"critical": 0.6, "high": 0.3, "medium": 0.1}
LOW = "low"


def lowest_explained() -> float:
    """Scores from here on are explained: everything above low."""
    return min(BOUNDS.values())


def level(score: "Column") -> "Column":
    """The level of a score; null without one."""
    from pyspark.sql import functions as F

    found = F.when(score.isNull(), F.lit(None).cast("string"))
    for name, bound in sorted(BOUNDS.items(), key=lambda item: -item[1]):
        found = found.when(score >= bound, name)
    return found.otherwise(LOW)
