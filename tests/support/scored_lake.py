"""Scored days in a lake, made by hand: rows of `<entity>_scores` and `<entity>_features` that decisions read."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from features.entities import FEATURE_SETS
from features.risks import after_sales
from tests.support.arrow_lake import land
from tests.support.builders import TODAY

ROW = {"reasons": [], "model_versions": []}


def scored(root: Path, entity: str, scores: Mapping[str, Mapping[str, float]], day: dt.date = TODAY,
           features: Mapping[str, Mapping[str, float]] | None = None,
           reasons: Mapping[str, list[tuple[str, str]]] | None = None) -> None:
    """Commit the scores and features of an entity's rows of a day.

    Args:
        scores: by id, the score of each risk; the others are null.
        features: by id, values of features; the others are null.
        reasons: by id, (risk, words), the strongest first.
    """
    identifier, empty = FEATURE_SETS[entity].id, ROW | ({"after_sales_reasons": []} if after_sales(entity) else {})
    land(root, f"{entity}_scores", [
        {identifier: name, "ds": day, **empty, "reasons": [
            {"risk": risk, "reason": words, "feature": "f", "value": 1.0, "contribution": 1.0}
            for risk, words in (reasons or {}).get(name, [])],
         **{f"{risk}_score": score for risk, score in of_risks.items()}}
        for name, of_risks in scores.items()])
    land(root, f"{entity}_features", [{identifier: name, "ds": day, **(features or {}).get(name, {})}
                                      for name in scores])
