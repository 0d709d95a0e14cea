"""The registered model as MLflow's generic Python model, loaded and served outside of Vigil's steps."""

import datetime as dt
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

import mlflow
import numpy as np
import pytest

from jobs.engines.ports import LOOPBACK, free_port
from jobs.scoring import predict
from jobs.settings import REPOSITORY, load_settings
from jobs.storage.lake import Lake
from jobs.training import registry
from tests.support import synthetic_home
from tests.support.trained_home import MODEL, trained

pytestmark = pytest.mark.slow

URI = f"models:/{MODEL.registered_name}@{registry.CHAMPION}"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with trained(tmp_path_factory.mktemp("home")) as place:
        yield place


@pytest.fixture(scope="module")
def rows(home):
    day = dt.date.fromisoformat(synthetic_home.DAYS["test"][0])
    return predict.features_of(Lake(str(home / "lake")), "user", day)


@pytest.fixture(scope="module")
def probabilities(rows):
    """What the step `score` writes."""
    table = predict.scores(rows, "user", dt.date(2026, 10, 26),
                           {MODEL.risk: registry.load(load_settings(), MODEL, registry.CHAMPION)})
    return table[f"{MODEL.risk}_score"].to_numpy()


@pytest.fixture(scope="module")
def frame(rows):
    return rows.select([*MODEL.columns, *MODEL.text]).to_pandas()


def test_the_generic_model_gives_the_probabilities_of_score_to_the_last_digit(frame, probabilities):
    registry.connect(load_settings())
    found = mlflow.pyfunc.load_model(URI).predict(frame)
    assert found.dtype == np.float64 and np.array_equal(found, probabilities)
    assert 0 < found.min() < 0.1 < found.max() < 1


def test_missing_values_and_a_missing_text_are_nulls_as_in_the_lake(frame, rows):
    registry.connect(load_settings())
    found = mlflow.pyfunc.load_model(URI).predict(frame.drop(columns="complaints").assign(case_rate_30d=np.nan))
    position = rows.column_names.index("case_rate_30d")
    without = rows.set_column(position, "case_rate_30d", [[None] * len(rows)]).drop_columns("complaints")
    champion = registry.load(load_settings(), MODEL, registry.CHAMPION)
    assert np.array_equal(found, predict.predict(champion, without)[1])


def test_a_missing_feature_is_refused(frame):
    registry.connect(load_settings())
    with pytest.raises(mlflow.exceptions.MlflowException, match="case_rate_30d"):
        mlflow.pyfunc.load_model(URI).predict(frame.drop(columns="case_rate_30d"))


def test_serve_answers_with_the_probabilities_of_score(home, frame, probabilities):
    port = free_port()
    with (home / "serve.log").open("wb") as log, subprocess.Popen(
            [sys.executable, "-m", "jobs.commands.serve", "--model", MODEL.name, "--port", str(port)], cwd=REPOSITORY,
            stdout=log, stderr=log, start_new_session=True) as server:
        try:
            answer = _ask(f"http://{LOOPBACK}:{port}", frame)
        finally:
            os.killpg(server.pid, 15)
    assert np.array_equal(np.array(answer), probabilities)


def _ask(address: str, frame) -> list[float]:
    """The answer of a model server, once it is up."""
    values = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    body = json.dumps({"dataframe_split": {"columns": list(frame.columns), "data": values}})
    deadline = time.monotonic() + 120
    while True:
        try:
            request = urllib.request.Request(f"{address}/invocations", body.encode(),
                                             {"Content-Type": "application/json"})
            with urllib.request.urlopen(request) as response:
                return json.load(response)["predictions"]
        except ConnectionError as refused:
            failure = refused
        except urllib.error.URLError as refused:
            if not isinstance(refused.reason, ConnectionError):
                raise
            failure = refused
        if time.monotonic() > deadline:
            raise failure
        time.sleep(0.5)
