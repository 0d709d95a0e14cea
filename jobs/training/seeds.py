"""Seeds of random draws: the same for one model, whenever it is trained or measured."""

import zlib

from jobs.training.models import Model


def seed(model: Model) -> int:
    """Of a model's bootstrap: the same draws whenever it is measured."""
    return zlib.crc32(model.name.encode())
