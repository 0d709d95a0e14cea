"""Training from files, on rows larger than the memory that the settings allow: as good as in memory."""

import dataclasses

import numpy as np
import pyarrow as pa
import pytest

from jobs.evaluation import ranking
from jobs.settings import load_settings
from jobs.training import boosting, external_memory
from jobs.training.boosting import fit, matrix, train_model
from jobs.training.models import MODELS
from tests.support.training_rows import rows

MODEL = dataclasses.replace(MODELS[0], rounds=20, patience=10)
BIG = 6_000  # rows, of over 200 columns: about 6 MB


@pytest.fixture
def little_memory(monkeypatch, tmp_path):
    """2 MB for a matrix; how often it was kept in files is counted."""
    monkeypatch.setattr(boosting, "load_settings",
                        lambda: load_settings({"VIGIL_TRAIN_MEMORY": "2", "VIGIL_HOME": str(tmp_path / "home")}))
    made = []
    own = external_memory.matrix
    monkeypatch.setattr(external_memory, "matrix", lambda *given: made.append("once") or own(*given))
    return made


def average_precision(booster, test):
    return ranking.average_precision(test.label, booster.predict(matrix(test)))


def test_a_model_from_files_is_as_good_as_one_from_memory(little_memory, monkeypatch, capsys, tmp_path):
    train, validation, test = (rows(seed, n) for seed, n in ((1, BIG), (2, 600), (3, 2_000)))
    assert external_memory.megabytes(train.features) > 2 > external_memory.megabytes(validation.features)
    from_files, _ = fit(MODEL, train, validation, seed=7)
    assert len(little_memory) == 1
    assert "training from disk" in capsys.readouterr().out
    assert list((tmp_path / "home").iterdir()) == []
    monkeypatch.setattr(boosting, "load_settings", lambda: load_settings({}))
    in_memory, _ = fit(MODEL, train, validation, seed=7)
    assert len(little_memory) == 1
    assert average_precision(from_files, test) == pytest.approx(average_precision(in_memory, test), abs=0.01)


def test_rows_within_the_budget_stay_in_memory(little_memory):
    train_model(MODEL, rows(1), rows(2), seed=7)
    assert little_memory == []


def test_a_matrix_in_files_equals_its_table_batch_by_batch(tmp_path):
    known = pa.table({"a": np.arange(2_500, dtype=np.float32), "b": pa.array([None, 1.0] * 1_250, pa.float32())})
    label = np.arange(2_500) % 2
    external_memory.write(known, label, tmp_path / "rows.parquet", budget_mb=1)
    batches = external_memory.Batches(tmp_path / "rows.parquet", tmp_path)
    assert batches._file.num_row_groups == 1
    external_memory.write(known, label, tmp_path / "rows.parquet", budget_mb=0)
    found = external_memory.matrix(tmp_path / "rows.parquet", tmp_path, max_bin=16)
    assert external_memory.Batches(tmp_path / "rows.parquet", tmp_path)._file.num_row_groups == 3
    assert (found.num_row(), found.num_col(), found.feature_names) == (2_500, 2, ["a", "b"])
    assert found.num_nonmissing() == 2_500 + 1_250
    assert found.get_label().tolist() == label.tolist()
