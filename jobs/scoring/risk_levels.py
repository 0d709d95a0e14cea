"""Risk levels: bounds on calibrated probabilities."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import Column


# Level -> smallest score. An entity with a smaller score than every bound is `low`.
BOUNDS = {"critical": 0.6, "high": 0.3, "medium": 0.1}
LOW = "low"


def lowest_explained() -> float:
    """Return the smallest score that is explained: every score above `low` is."""
    return min(BOUNDS.values())


def level(score: "Column") -> "Column":
    """Return the level of a score; null where the score is null."""
    from pyspark.sql import functions as F

    case = F.when(score.isNull(), F.lit(None).cast("string"))
    for name, bound in sorted(BOUNDS.items(), key=lambda item: -item[1]):
        case = case.when(score >= bound, name)
    return case.otherwise(LOW)


def level_sql(score: str) -> str:
    """Return the same as SQL over a column, for DuckDB."""
    bounds = sorted(BOUNDS.items(), key=lambda item: -item[1])
    cases = " ".join(f"WHEN {score} >= {bound} THEN '{name}'" for name, bound in bounds)
    return f"CASE WHEN {score} IS NULL THEN NULL {cases} ELSE '{LOW}' END"
