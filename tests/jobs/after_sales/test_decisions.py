"""Error rates as rows that are counted and hits among them."""

import numpy as np
import pytest

from jobs.after_sales.decisions import Decisions, ratios

LABEL = np.array([1, 1, 1, 0, 0, 0, 0], bool)
DECISION = np.array([1, 0, 1, 1, 0, 0, 0], bool)
GROUP = np.array(["a"] * 7, object)


def shares(of: Decisions) -> dict[str, tuple[int, int]]:
    return {name: (int((ratio.hit & ratio.counted).sum()), int(ratio.counted.sum())) for name, ratio in
            ratios(of).items()}


def test_each_rate_has_its_rows():
    assert shares(Decisions(LABEL, DECISION, GROUP)) == {
        "FPR": (1, 4), "FNR": (1, 3), "PPV": (2, 3), "selection rate": (3, 7)}


def test_an_abstention_is_no_decision():
    abstained = np.array([1, 0, 0, 0, 0, 0, 1], bool)
    assert shares(Decisions(LABEL, DECISION, GROUP, abstained)) == {
        "FPR": (1, 3), "FNR": (1, 2), "PPV": (1, 2), "selection rate": (2, 5), "abstention rate": (2, 7)}


def test_arrays_of_other_lengths_and_no_rows_are_refused():
    with pytest.raises(ValueError, match="equal length"):
        Decisions(LABEL, DECISION[1:], GROUP)
    with pytest.raises(ValueError, match="one or more rows"):
        Decisions(LABEL[:0], DECISION[:0], GROUP[:0])
