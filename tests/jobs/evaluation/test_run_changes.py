"""What changed between two training runs."""

import dataclasses

from jobs.evaluation.run_changes import changes
from jobs.training.run_records import RunRecord

RUN = RunRecord("a", "2026-11-13", "user/refund_abuse",
                {"eta": "0.1", "rounds": "600", "train_to": "2026-09-13", "seed": "1", "calibration_slope": "0.9"}, {},
                {"vigil.code": "c1", "vigil.feature_set": "f1"}, ("case_rate_30d", "order_count_7d"))


def test_a_run_against_itself_has_no_change():
    assert changes(RUN, RUN) == {"data": [], "features": [], "parameters": [], "code": []}


def test_each_kind_of_change_is_told_with_both_values():
    after = dataclasses.replace(
        RUN, params={**RUN.params, "eta": "0.05", "train_to": "2026-09-20", "max_depth": "4"},
        tags={"vigil.code": "c2", "vigil.feature_set": "f2"}, columns=("case_rate_30d", "click_count_7d"))
    assert changes(after, RUN) == {
        "data": ["train_to: 2026-09-13 -> 2026-09-20"],
        "features": ["added: click_count_7d", "removed: order_count_7d", "definitions: f1 -> f2"],
        "parameters": ["eta: 0.1 -> 0.05", "max_depth: none -> 4"], "code": ["code: c1 -> c2"]}


def test_results_of_a_training_are_no_parameters():
    assert changes(dataclasses.replace(RUN, params={**RUN.params, "seed": "2", "calibration_slope": "1.1"}),
                   RUN)["parameters"] == []


def test_many_added_columns_are_counted():
    after = dataclasses.replace(RUN, columns=(*RUN.columns, *(f"click_{n:02}" for n in range(11))))
    (said,) = changes(after, RUN)["features"]
    assert said.startswith("added: click_00, ") and said.endswith("click_07 and 3 more")
