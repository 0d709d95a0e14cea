"""The policy: the action of each level. It is data, so that people can review it.

The bounds of levels are probabilities of a confirmed incident in the next seven days; for an order, of its
confirmation. They limit the disturbance of honest trade: at `medium`, nine of ten flagged entities may be honest, so
people only watch them.
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
    """Return the policy's version, twelve hex digits of a hash of its content."""
    return hashlib.sha256(json.dumps([BOUNDS, ACTIONS, CONFIRMED_ACTION, NO_SCORE_ACTION]).encode()).hexdigest()[:12]


def action(entity: str, level: "Column", confirmed_risk: "Column | None" = None) -> "Column":
    """Return the action of a level. A confirmed entity stays under measures at any score."""
    from pyspark.sql import functions as F

    case = F.when(F.lit(False) if confirmed_risk is None else confirmed_risk.isNotNull(), CONFIRMED_ACTION)
    for name, text in ACTIONS[entity].items():
        case = case.when(level == name, text)
    return case.otherwise(NO_SCORE_ACTION)
