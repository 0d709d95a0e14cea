"""The registered model of after-sales cases: its versions, when one may decide, and what MLflow shows of it."""

from collections.abc import Mapping

import numpy as np

from features.case.definitions import PARTIES
from jobs.after_sales import case_model_files
from jobs.after_sales.case_model import CaseModel
from jobs.settings import Settings
from jobs.training import folder_models
from jobs.training.folder_models import FolderModel

MODEL = FolderModel("case/responsibility", "\n".join([
    "**Cases, responsibility:** the shares of buyer, seller, carrier and platform in an after-sales case.", "",
    "- **Row:** a closed case, as it was known on the day of its arrival and on the last day before its outcome.",
    "- **Label:** the party of the second review, and else that of the last outcome known. Second reviews say how the "
    "desk errs, and calibrate the shares.",
    "- **Release:** the shares are right more often than the most frequent party of each kind and reason."]),
                    train="python -m jobs.train_cases")


def champion(config: Settings) -> tuple[str, CaseModel] | None:
    """Return the champion of cases with its version; None without one.

    Raises:
        DamagedStore: a file of it is missing or broken. UserError: other code wrote it.
    """
    found = folder_models.champion(config, MODEL)
    return found and (found[0], case_model_files.load(found[1]))


def of_version(config: Settings, version: str | None) -> tuple[str, CaseModel] | None:
    """Return a version of the model as `champion` does; None for None.

    Raises:
        UserError: the registry does not have the version. Or as of `champion`.
    """
    return version and (version, case_model_files.load(folder_models.version_files(config, MODEL, version)))


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
