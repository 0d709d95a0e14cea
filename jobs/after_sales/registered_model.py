"""The registered model of after-sales cases: when a version may decide, and what MLflow shows of it."""

from collections.abc import Mapping

import numpy as np

from features.case.definitions import PARTIES
from jobs.after_sales.case_model import CaseModel
from jobs.training.folder_models import FolderModel

MODEL = FolderModel("case/responsibility", "\n".join([
    "**Cases, responsibility:** the shares of buyer, seller, carrier and platform in an after-sales case.", "",
    "- **Row:** a closed case, as it was known on the day of its arrival and on the last day before its outcome.",
    "- **Label:** the party of the second review, and else that of the last outcome known. Second reviews say how the "
    "desk errs, and calibrate the shares.",
    "- **Release:** the shares are right more often than the most frequent party of each kind and reason."]),
                    train="python -m jobs.train_cases")


def right_by_lookup(kind: np.ndarray, reason: np.ndarray, label: np.ndarray, truth: np.ndarray,
                    fold: np.ndarray) -> np.ndarray:
    """Return whether the most frequent label of each kind and reason in the other folds is right, (rows,) bool.

    Args:
        label: (rows,) codes that are counted; truth: (rows,) codes that are to be found.
    """
    right = np.zeros(len(label), bool)
    keys = [f"{one}|{other}" for one, other in zip(kind, reason)]
    for each in np.unique(fold):
        counts: dict[str, np.ndarray] = {}
        for row in np.flatnonzero(fold != each):
            counts.setdefault(keys[row], np.zeros(len(PARTIES), int))[label[row]] += 1
        usual = np.bincount(label[fold != each], minlength=len(PARTIES))
        for row in np.flatnonzero(fold == each):
            right[row] = counts.get(keys[row], usual).argmax() == truth[row]
    return right


def parameters(model: CaseModel) -> Mapping[str, object]:
    """Return what MLflow shows as the parameters of a version."""
    of = model.responsibility
    return {"features": len(of.columns.names), "boosters": len(of.boosters), "learns": "truth" if of.noise else "desk",
            "share_slope": of.calibration.slope,
            **{f"confidence/{name}": each.confidence for name, each in model.thresholds.items()}}
