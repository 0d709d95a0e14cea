"""From a score to a level, and from a level to what is asked for. Data, so that it can be weighed.

The bounds are probabilities that a confirmed incident touches the next seven days; of an order, that it
comes to be confirmed. They say how much honest trade may be disturbed: at `medium`, nine of ten flagged
entities may be honest, so nothing happens to them but a look.
"""

import hashlib
import json
from typing import TYPE_CHECKING

from jobs.scoring.risk_levels import BOUNDS, LOW

if TYPE_CHECKING:
    from pyspark.sql import Column

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


def version() -> str:
    """Twelve hex digits of what the policy says."""
    return hashlib.sha256(json.dumps([BOUNDS, ACTIONS, CONFIRMED_ACTION, NO_SCORE_ACTION]).encode()).hexdigest()[:12]


def action(entity: str, level: "Column", confirmed_risk: "Column | None" = None) -> "Column":
    """What the policy asks for: a confirmed entity stays under measures whatever its score."""
    from pyspark.sql import functions as F

    asked = F.when(F.lit(False) if confirmed_risk is None else confirmed_risk.isNotNull(), CONFIRMED_ACTION)
    for name, text in ACTIONS[entity].items():
        asked = asked.when(level == name, text)
    return asked.otherwise(NO_SCORE_ACTION)
