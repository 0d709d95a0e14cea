"""Why a case is attributed as it is: the features that speak most for its likeliest party."""

from typing import Any

import numpy as np

from features.case.definitions import CASE_FEATURES, PARTIES
from jobs.after_sales.responsibility import FOLDS, Responsibility

STRONGEST = 5
MEANINGS = {each.name: each.meaning for each in CASE_FEATURES}


def reasons(model: Responsibility, values: np.ndarray, party: np.ndarray) -> list[list[dict[str, Any]]]:
    """Return for each case the features with the largest contribution to the margin of a party, the strongest first.

    A contribution is the TreeSHAP value of the party's margin (Lundberg and others 2020), as the mean of one booster of
    each partition: all of them would take five times as long. Only features that speak for the party are listed; one
    that is not known has a value of None.

    Args:
        values: the matrix of the cases, as of `Responsibility.matrix`; party: (cases,) code of PARTIES.
    """
    import xgboost

    if not len(values):
        return []
    names = model.columns.names
    matrix = xgboost.DMatrix(values, feature_names=list(names))
    of_party = np.mean([_contributions(booster.predict(matrix, pred_contribs=True), party)
                        for booster in model.boosters[::FOLDS]], axis=0)
    order = np.argsort(-of_party, axis=1, kind="stable")[:, :STRONGEST]
    return [[{"feature": names[place], "meaning": MEANINGS.get(names[place], names[place]),
              "value": None if np.isnan(values[row, place]) else float(values[row, place]),
              "contribution": float(of_party[row, place])} for place in order[row] if of_party[row, place] > 0]
            for row in range(len(values))]


def _contributions(values: np.ndarray, party: np.ndarray) -> np.ndarray:
    """Return the contributions to the margin of each row's party, (rows, features), without the base value."""
    by_party = values.reshape(len(party), len(PARTIES), -1)
    return by_party[np.arange(len(party)), party, :-1]
