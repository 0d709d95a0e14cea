"""docs/adding-a-risk.md, applied to a copy of the repository: the page stays true, and short."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PAGE = REPOSITORY / "docs" / "adding-a-risk.md"

# What a new risk may touch: its features, its label, its model, its wording, its policy and their tests.
ALLOWED = {"features/seller/stock.py", "features/seller/__init__.py", "features/risks.py", "jobs/training/models.py",
           "jobs/scoring/reason_families.py", "policies/queues.toml", "policies/seller.toml",
           "tests/support/oracle/windows.py", "tests/support/generated_events.py"}

ASKED = """
from features.risks import find
from jobs.training.models import find_model
from jobs.scoring.predict import scores
from features.entities import FEATURE_SETS
import datetime as dt, pyarrow as pa
model = find_model("seller/overselling")
assert model.declared_risk == find("seller", "overselling")
assert {"out_of_stock_rate_7d", "out_of_stock_rate_vs_peers_30d"} <= set(model.columns)
assert set(model.columns) <= set(FEATURE_SETS["seller"].columns)
scored = scores(pa.table({"seller_id": ["s1"]}), "seller", dt.date(2026, 11, 20), {})
assert scored["overselling_score"].to_pylist() == [None]
from pathlib import Path
from jobs.decisions.policy_files import read_policies
assert read_policies(Path("policies")).live_policy("seller", "overselling", dt.date(2026, 11, 20)).name == "seller"
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The repository as it stands, with the page's blocks applied."""
    root = tmp_path_factory.mktemp("tenth")
    for folder in ("benchmarks", "dags", "features", "jobs", "policies", "tests"):
        shutil.copytree(REPOSITORY / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("setup.cfg", ".ruff.toml"):
        shutil.copy(REPOSITORY / file, root)
    for block in blocks():
        done = subprocess.run(["git", "apply", "-"], input=block, text=True, cwd=root, capture_output=True, check=False,
                              env={**os.environ, "GIT_CEILING_DIRECTORIES": str(root.parent)})
        assert done.returncode == 0, f"a block of {PAGE.name} no longer fits the code: {done.stderr}\n{block}"
    return root


def blocks() -> list[str]:
    return re.findall(r"```diff\n(.*?)```", PAGE.read_text(), re.DOTALL)


def run(root, *command):
    done = subprocess.run([sys.executable, *command], cwd=root, capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(root)})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_a_tenth_risk_touches_its_features_label_model_wording_policy_and_their_tests_alone():
    touched = {path for block in blocks() for path in re.findall(r"^\+\+\+ b/(.*)$", block, re.MULTILINE)}
    assert touched == ALLOWED


def test_a_tenth_risk_has_features_a_model_and_a_column_of_scores(copy):
    run(copy, "-c", ASKED)


def test_the_tests_of_definitions_hold_with_a_tenth_risk(copy):
    run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/features/language/test_feature.py",
        "tests/jobs/training/test_models.py", "tests/jobs/scoring/test_reason_families.py",
        "tests/features/aggregation/test_windows.py::test_every_column_in_use_was_generated_with_something_in_it_"
        "and_with_nothing")


def test_the_tenth_risk_reads_well(copy):
    run(copy, "-m", "ruff", "check", "--no-cache", "features", "jobs", "tests")
