"""Seeds of random draws: the same for one model, whenever it is trained or measured."""

import zlib

from jobs.training.models import Model


def bootstrap_seed(model: Model) -> int:
    """Of a model's bootstrap: the same draws whenever it is measured."""
    return zlib.crc32(model.name.encode())


def training_seed(model: Model, ds) -> int:
    """Every training has its own randomness, and the same one when it is run again."""
    return zlib.crc32(f"{model.name}/{ds}".encode())
