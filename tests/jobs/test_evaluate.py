"""Measures as a person reads them in the log of a training. Evaluation itself: studies/test_studies.py."""

from math import nan

from jobs.evaluate import measurement
from jobs.evaluation.metrics import Estimate


def test_a_measure_has_its_interval():
    assert measurement("roc_auc", Estimate(0.9361, 0.894, 0.997)) == \
        "  roc_auc                     0.936   95% interval 0.894 to 0.997"
    assert measurement("lift", Estimate(0.1881, -0.048, 0.783), "+") == \
        "  lift                       +0.188   95% interval -0.048 to +0.783"


def test_a_measure_that_the_rows_do_not_define_says_so():
    assert measurement("roc_auc", Estimate(nan, nan, nan)) == \
        "  roc_auc                         -   not defined on these rows"


def test_a_measure_without_an_interval_says_so():
    assert measurement("brier", Estimate(0.013, nan, nan)).endswith("0.013   no interval")
