"""Seeds of random draws: equal for repeated trainings and measurements of one model."""

import zlib

from jobs.training.models import Model


def bootstrap_seed(model: Model) -> int:
    """Return the seed of a model's bootstrap: every measurement has the same draws."""
    return zlib.crc32(model.name.encode())


def training_seed(model: Model, ds) -> int:
    """Return the seed of a model's training for a day: a repeated training has the same draws."""
    return zlib.crc32(f"{model.name}/{ds}".encode())


def day_seed(table: str, ds) -> int:
    """Return the seed of the draws of a table's day: a repeated night has the same draws."""
    return zlib.crc32(f"{table}/{ds}".encode())
