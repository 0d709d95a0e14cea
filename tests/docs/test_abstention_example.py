"""docs/abstention.md: the code of the page runs on planted cases."""

import re

import numpy as np
import xgboost

from jobs.settings import REPOSITORY

PAGE = (REPOSITORY / "docs" / "abstention.md").read_text(encoding="utf-8")


def test_the_code_of_the_correction_runs():
    rng = np.random.default_rng(1)
    truth, features = rng.integers(0, 4, 200), rng.normal(size=(300, 2))
    names = {"desk_of_reviewed": truth, "truth_of_reviewed": truth, "region_of_reviewed": ["islands", "coast"] * 100,
             "rows": xgboost.DMatrix(features, label=rng.integers(0, 4, 300)), "region": ["coast"] * 300,
             "later": xgboost.DMatrix(features[:5])}
    exec(re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1], names)
    assert names["share"].shape == (5, 4)
    assert np.abs(names["share"].sum(axis=1) - 1).max() < 1e-6
