"""The files of a case model: boosters as UBJSON, arrays without pickle, the rest as one JSON document."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from features.case.definitions import NAMES, PARTIES
from jobs.after_sales.abstention import Threshold
from jobs.after_sales.case_matrix import CaseColumns
from jobs.after_sales.case_model import CaseModel
from jobs.after_sales.compensation import CompensationModel
from jobs.after_sales.conformal import ConformalSets
from jobs.after_sales.label_noise import Confusion
from jobs.after_sales.responsibility import Responsibility
from jobs.after_sales.share_calibration import ShareCalibration
from jobs.training.registered_files import RegisteredFiles
from jobs.training.text_classifier import TextClassifier

if TYPE_CHECKING:
    from xgboost import Booster

DOCUMENT, WORDS, CLASSES, PARTS = "case_model.json", "words", "paid_classes.ubj", "paid_parts.ubj"
KEYS = ("features", "columns", "boosters", "has_words", "helpful", "noise", "calibration", "sets", "thresholds",
        "compensation")  # of the document
UNBOUNDED = "unbounded"  # JSON has no infinity


def save(model: CaseModel, folder: Path) -> None:
    """Write the files of a model into a folder that exists."""
    of = model.responsibility
    for place, booster in enumerate(of.boosters):
        booster.save_model(folder / _booster(place))
    if of.classifier:
        of.classifier.save(folder, WORDS)
    paid = model.compensation
    if paid:
        paid.classes.save_model(folder / CLASSES)
        if paid.parts:
            paid.parts.save_model(folder / PARTS)
    document = {
        "features": NAMES, "columns": asdict(of.columns), "boosters": len(of.boosters),
        "has_words": of.classifier is not None, "helpful": model.helpful,
        "noise": of.noise and {"counts": of.noise.counts, "matrix": of.noise.matrix,
                               "groups": {name: list(both) for name, both in of.noise.groups.items()}},
        "calibration": asdict(of.calibration), "sets": asdict(model.sets),
        "thresholds": {name: asdict(each) for name, each in model.thresholds.items()},
        "compensation": paid and {"alpha": paid.alpha, "kinds": paid.kinds, "reach": paid.reach,
                                  "has_parts": paid.parts is not None}}
    (folder / DOCUMENT).write_text(json.dumps(_plain(document), indent=1), encoding="utf-8")


def load(files: RegisteredFiles) -> CaseModel:
    """Return the model that `save` wrote: it gives the same shares in every bit.

    Raises:
        DamagedStore: a file is missing or broken.
        UserError: the model was written by other code: with other features, parties or parts than this code has.
    """
    document = _document(files)
    with files.reading(DOCUMENT):
        columns = CaseColumns(*(tuple(document["columns"][name]) for name in ("kinds", "reasons", "parties")))
        files.require(DOCUMENT, "parties", columns.parties, PARTIES)
        noise, sets = _noise(document["noise"]), document["sets"]
        calibration = ShareCalibration(document["calibration"]["slope"], np.array(document["calibration"]["shifts"]))
        found = ConformalSets(sets["alpha"], tuple(sets["kinds"]), _array(sets["thresholds"]))
        thresholds = {name: Threshold(**{key: _number(value) for key, value in each.items()})
                      for name, each in document["thresholds"].items()}
    of = Responsibility(columns, _words(files) if document["has_words"] else None,
                        tuple(_load(files, _booster(place), columns) for place in range(document["boosters"])),
                        noise, calibration)
    return CaseModel(of, found, thresholds, _compensation(files, document["compensation"], columns),
                     document["helpful"])


def _document(files: RegisteredFiles) -> dict[str, Any]:
    """Return the JSON document of a model that was written for the features and parts that this code has."""
    with files.reading(DOCUMENT) as file:
        document = json.loads(file.read_text(encoding="utf-8"))
        files.require(DOCUMENT, "parts that are missing", [name for name in KEYS if name not in document], [])
        names = document["features"]
        files.require(DOCUMENT, "features that this code does not have", [each for each in names if each not in NAMES],
                      [])
        files.require(DOCUMENT, "features that are missing", [each for each in NAMES if each not in names], [])
        files.require(DOCUMENT, "order of the features", names, [*NAMES])
    return document


def _booster(place: int) -> str:
    return f"shares_{place}.ubj"


def _words(files: RegisteredFiles) -> TextClassifier:
    with files.reading(f"{WORDS}.npz") as file:
        return TextClassifier.load(file.parent, WORDS)


def _load(files: RegisteredFiles, name: str, columns: CaseColumns) -> "Booster":
    import xgboost

    with files.reading(name) as file:
        booster = xgboost.Booster()
        booster.load_model(file)
    files.require(name, "columns", booster.num_features(), len(columns.names))
    return booster


def _noise(document: dict[str, Any] | None) -> Confusion | None:
    if document is None:
        return None
    groups = {name: (np.array(counts), np.array(matrix)) for name, (counts, matrix) in document["groups"].items()}
    return Confusion(np.array(document["counts"]), np.array(document["matrix"]), groups)


def _compensation(files: RegisteredFiles, document: dict[str, Any] | None,
                  columns: CaseColumns) -> CompensationModel | None:
    if document is None:
        return None
    with files.reading(DOCUMENT):
        alpha, kinds, reach = document["alpha"], tuple(document["kinds"]), _array(document["reach"])
        has_parts = document["has_parts"]
    return CompensationModel(alpha, kinds, reach, _load(files, CLASSES, columns),
                             _load(files, PARTS, columns) if has_parts else None)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: arrays as lists, an infinite number as a word, and NaN as null."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(each) for each in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return None if np.isnan(value) else UNBOUNDED if np.isinf(value) else float(value)
    return value


def _number(value: Any) -> Any:
    return float("nan") if value is None else np.inf if value == UNBOUNDED else value


def _array(values: list) -> np.ndarray:
    return np.array([_array(each) if isinstance(each, list) else _number(each) for each in values])
