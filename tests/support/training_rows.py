"""Rows to train small models on, whose label follows one column."""

import dataclasses

import numpy as np
import pyarrow as pa

from jobs.training.models import MODELS
from jobs.training.training_set import Rows

MODEL = dataclasses.replace(MODELS[0], rounds=60, patience=10)


def rows(seed: int, n: int = 600) -> Rows:
    """Rows whose label follows the first column, and nothing else, nine times in ten."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, len(MODEL.columns))).astype(np.float32)
    label = ((features[:, 0] > 1) & (rng.random(n) < 0.9)).astype(np.int8)
    features[rng.random(features.shape) < 0.1] = np.nan
    table = pa.table({name: features[:, i] for i, name in enumerate(MODEL.columns)})
    names = np.array([f"s{i}" for i in range(n)])
    return Rows(table, label, np.full(n, np.datetime64("2026-11-01")), names, label.astype(np.int64) * 100, names, {})
