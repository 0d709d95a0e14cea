"""A home with a champion that reads features and texts, trained on rows whose labels follow one column."""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from jobs import evaluate, promote, train
from jobs.training.models import find_model
from tests.support import synthetic_home

DS = str(synthetic_home.CUT)
MODEL = find_model("user/refund_abuse")


def user_texts() -> pa.Table:
    """Every third user complains. Only what is written after the training days speaks of a zebra."""
    rows = []
    for part, days in synthetic_home.DAYS.items():
        for day in days:
            rows += [{"user_id": f"u{i:03}", "ds": dt.date.fromisoformat(day),
                      "complaints": f"never came, {i} days\nno answer" + ("" if part == "train" else " zebra")}
                     for i in range(0, synthetic_home.USERS, 3)]
    return pa.Table.from_pylist(rows)


@contextmanager
def trained(place: Path, texts: Callable[[], pa.Table] | None = user_texts) -> Iterator[Path]:
    """A home whose one champion is trained, evaluated and promoted as in every training, and reads texts.

    Args:
        texts: makes the texts of users; None: those of the synthetic home.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ("VIGIL_LAKE", "MLFLOW_TRACKING_URI"):
            patch.delenv(name, raising=False)
        patch.setenv("VIGIL_HOME", str(place))
        synthetic_home.make(place)
        if texts:
            shutil.rmtree(place / "lake" / "user_texts")
            write_deltalake(f"{place}/lake/user_texts", texts(), partition_by=["ds"])
        train_and_promote("r")
        yield place


def train_and_promote(run: str) -> None:
    for job in (train, evaluate, promote):
        job.main(["--ds", DS, "--model", MODEL.name, "--run-id", run])
