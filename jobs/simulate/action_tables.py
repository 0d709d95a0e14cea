"""The tables that follow actions, without a row: in a marketplace without actions they land empty on every day."""

import numpy as np

from jobs.simulate import appeals, operations, review_samples
from jobs.simulate.rows import Rows

NONE, NO_TEXT, NO_TRUTH = np.zeros(0, np.int64), np.zeros(0, object), np.zeros(0, bool)
ASKED = {
    "day": NONE, "entity": NONE, "number": NONE, "action": NONE, "inclusion_probability": np.zeros(0), "risk": NO_TEXT,
    "asked": NO_TEXT, "action_id": NO_TEXT, "decision_id": NO_TEXT,
}
EMPTY: dict[str, Rows] = {
    "actions_taken": operations.log(0, ASKED | {"executed": NO_TRUTH, "taken": NONE}, 0),
    "overrides": {"number": NONE, "time": NONE},
    "appeals": appeals.log({"entity": NONE, "who": NONE, "action_id": NO_TEXT, "stopped": NONE, "filed": NONE,
                            "decided": NONE, "upheld": NO_TRUTH}, 0),
    "review_samples": review_samples.log({
        "entity": NONE, "who": NONE, "decision_id": NO_TEXT, "risk": NO_TEXT, "inclusion_probability": np.zeros(0),
        "drawn": NONE, "answered": NONE, "verdict": NO_TRUTH}, 0),
}
