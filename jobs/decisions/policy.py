"""From a score to a level, and from a level to what is asked for. Data, so that it can be weighed.

The bounds are probabilities that a confirmed incident touches the next seven days; of an order, that it
comes to be confirmed. They say how much honest trade may be disturbed: at `medium`, nine of ten flagged
entities may be honest, so nothing happens to them but a look.
"""

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import Column

# Level -> smallest score. Below the last one, an entity is low.
BOUNDS = {"critical": 0.6, "high": 0.3, "medium": 0.1}
LOW = "low"

ACTIONS = {
    "seller": {"critical": "hold payouts and review today", "high": "review today",
               "medium": "watch", LOW: "none"},
    "user": {"critical": "ask for a second factor and review today", "high": "review today",
             "medium": "watch", LOW: "none"},
    "creator": {"critical": "hold commission and review today", "high": "review today",
                "medium": "watch", LOW: "none"},
    "order": {"critical": "hold the parcel and ask the card's owner", "high": "review before it is sent",
              "medium": "watch", LOW: "none"},
}
CONFIRMED_ACTION = "confirmed: keep measures in force"
NO_SCORE_ACTION = "none: no model yet"


def lowest_explained() -> float:
    """Scores from here on are explained: everything above low."""
    return min(BOUNDS.values())


def version() -> str:
    """Twelve hex digits of what the policy says."""
    return hashlib.sha256(json.dumps([BOUNDS, ACTIONS, CONFIRMED_ACTION, NO_SCORE_ACTION]).encode()).hexdigest()[:12]


def level(score: "Column") -> "Column":
    """The level of a score; null without one."""
    from pyspark.sql import functions as F

    found = F.when(score.isNull(), F.lit(None).cast("string"))
    for name, bound in sorted(BOUNDS.items(), key=lambda item: -item[1]):
        found = found.when(score >= bound, name)
    return found.otherwise(LOW)


def action(entity: str, level: "Column", confirmed_risk: "Column | None" = None) -> "Column":
    """What the policy asks for: a confirmed entity stays under measures whatever its score."""
    from pyspark.sql import functions as F

    asked = F.when(F.lit(False) if confirmed_risk is None else confirmed_risk.isNotNull(), CONFIRMED_ACTION)
    for name, text in ACTIONS[entity].items():
        asked = asked.when(level == name, text)
    return asked.otherwise(NO_SCORE_ACTION)
