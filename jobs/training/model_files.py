"""MLflow flavor of Vigil's models: booster, calibration and topics as files, without pickle.

`Model.log` of MLflow calls `save_model`. `mlflow.pyfunc.load_model` gives calibrated probabilities
(`jobs/training/pyfunc_model.py`); `mlflow.xgboost.load_model` gives the bare booster.
"""

import hashlib
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from jobs.training.calibration import Calibration
from jobs.training.model_version import ModelVersion
from jobs.training.models import Model, find_model
from jobs.training.topics import Topics

LOADER = "jobs.training.pyfunc_model"
# Packages that prediction imports, besides Vigil itself.
PACKAGES = ("xgboost-cpu", "numpy", "scipy", "pyarrow", "pandas")
SHA256 = "sha256"  # key in a model's metadata: SHA-256 of the booster's file
METADATA_FILE = "MLmodel"


def save_model(path: str, booster, topics: Mapping[str, Topics], mlflow_model, signature) -> None:
    """Write a model's files to a new folder.

    Args:
        mlflow_model: MLflow's description of the model, with the metadata of `metadata`.
        signature: columns of the input and the output.
    """
    import mlflow

    with tempfile.TemporaryDirectory() as folder:
        files = [str(file) for name, fitted in topics.items() for file in fitted.save(Path(folder), f"topics_{name}")]
        mlflow.xgboost.save_model(
            booster, path, mlflow_model=mlflow_model, model_format="ubj", signature=signature, extra_files=files,
            # Explicit requirements: MLflow's own inference starts a second interpreter and takes seconds.
            pip_requirements=[f"{name}=={version(name)}" for name in PACKAGES])
    mlflow_model.flavors["python_function"]["loader_module"] = LOADER
    mlflow_model.save(str(Path(path) / METADATA_FILE))


def metadata(model: Model, booster, calibration: Calibration, columns: list[str], feature_set: str,
             topics: Mapping[str, Topics]) -> dict[str, object]:
    """Return the metadata that `load_model` needs beside the files."""
    return {"model": model.name, "calibration": calibration.to_json(), "columns": columns, "feature_set": feature_set,
            "topics": list(topics), SHA256: hashlib.sha256(booster.save_raw("ubj")).hexdigest()}


def signature(model: Model, columns: tuple[str, ...]):
    """Return the signature of a model: its features as doubles and its texts, to one probability a row."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    features = [ColSpec(DataType.double, name) for name in model.columns if name in columns]
    texts = [ColSpec(DataType.string, name, required=False) for name in model.text]
    return ModelSignature(Schema(features + texts), Schema([ColSpec(DataType.double)]))


def load_model(folder: Path) -> ModelVersion:
    """Load the model of a folder, without a version or tags.

    Raises:
        OSError: the booster's bytes differ from the registered ones.
        Exception: a file is missing or broken; every parser raises its own error.
    """
    found = load_metadata(folder)
    return ModelVersion(find_model(found["model"]), "", "", load_booster(folder, found),
                        Calibration.from_json(found["calibration"]), tuple(found["columns"]), found["feature_set"], {},
                        load_topics(folder, found))


def load_metadata(folder: Path) -> dict:
    """Load the metadata of a model, with the name of its booster's file as `booster`."""
    import mlflow

    logged = mlflow.models.Model.load(str(folder))
    return {**logged.metadata, "booster": logged.flavors["xgboost"]["data"]}


def load_booster(folder: Path, found: Mapping) -> object:
    """Load the booster as mlflow.xgboost.load_model does, which reads the metadata twice more.

    Raises:
        OSError: its bytes differ from the registered ones.
    """
    import xgboost

    file = folder / found["booster"]
    if found.get(SHA256) not in (None, hashlib.sha256(file.read_bytes()).hexdigest()):
        raise OSError("its bytes differ from the registered ones")
    return xgboost.Booster(model_file=file)


def load_topics(folder: Path, found: Mapping) -> dict[str, Topics]:
    """Load the topics of a model, by the name of their text."""
    return {name: Topics.load(folder / "extra_files", f"topics_{name}") for name in found.get("topics", ())}
