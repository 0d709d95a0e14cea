"""Texts that MLflow shows of a run, a version and a model: each answers its reader's first question."""

import dataclasses

from jobs.evaluation.slices import SliceMetrics
from jobs.reporting import model_card, run_description
from jobs.training.models import find_model
from jobs.training.run_records import RunRecord

MODEL = find_model("user/refund_abuse")
METRICS = {"rows": 23184.0, "positives": 197.0, "train_rows": 41285.0, "train_positives": 178.0,
           "average_precision": 0.252, "average_precision_low": 0.188, "average_precision_high": 0.334,
           "recall_at_capacity": 0.25, "caught_cents_at_capacity": 1598598.0,
           "rule_average_precision": 0.016, "advantage_over_rule": 0.236, "advantage_over_rule_low": 0.173,
           "advantage_over_rule_high": 0.316}
PARAMS = {"capacity": "50", "test_from": "2026-10-25", "test_to": "2026-11-01", "train_from": "2026-08-30",
          "train_to": "2026-09-20", "rule_feature": "evidence_per_claim_90d", "rule_direction": "low",
          "calibration_slope": "1.051234"}
RUN = RunRecord("a", "r", MODEL.name, PARAMS, METRICS, {"vigil.ds": "2026-11-20"}, ("x",))
VERSUS = {"average_precision_vs_champion": -0.005, "average_precision_vs_champion_low": -0.04,
          "average_precision_vs_champion_high": 0.022, "caught_cents_at_capacity_vs_champion": -73481.0}


def test_a_first_version_is_compared_with_the_best_rule():
    said = run_description.describe(RUN, None, ("1", None), "promoted, because: first version.")
    assert said.startswith("**Version 1: promoted, because: first version.**")
    assert "best rule: low `evidence_per_claim_90d`" in said and "+0.236 (+0.173 to +0.316)" in said
    assert "23,184 test rows of 2026-10-25 to 2026-11-01, 197 positive" in said and "Changed since" not in said


def test_a_later_version_is_compared_with_the_champion_and_tells_what_changed():
    run = dataclasses.replace(RUN, metrics=METRICS | VERSUS)
    before = dataclasses.replace(RUN, params={**PARAMS, "train_to": "2026-09-13"})
    said = run_description.describe(run, before, ("2", "1"), "not promoted, because: worse.")
    assert "| average precision | 0.252 | 0.257 | -0.005 (-0.040 to +0.022) |" in said
    assert "| loss caught at capacity | 15,985.98 | 16,720.79 | -734.81" in said
    assert "**Changed since version 1**" in said and "- data: train_to: 2026-09-13 -> 2026-09-20" in said
    assert "- features: nothing" in said


def test_a_run_s_name_tells_its_promotion_and_its_gain():
    run = dataclasses.replace(RUN, metrics=METRICS | VERSUS)
    assert run_description.run_name(run, "2", promoted=False) == "v2 -0.005, not promoted, 2026-11-20"
    assert run_description.run_name(RUN, "1", promoted=True) == "v1 first, promoted, 2026-11-20"


def test_a_card_tells_data_results_misses_and_limits():
    weak = [SliceMetrics("region", "abroad", 900, 6, 0, 0.01, 0.1, 0.7),
            SliceMetrics("region", "north", 900, 20, 15, 0.02, 0.6, 0.9)]
    said = model_card.version_card(MODEL, RUN, weak, "Version 2 was promoted, because: better.")
    for words in ("refunds and returns claimed in bad faith", "first 50 of a day", "2026-08-30 to 2026-09-20",
                  "41,285 rows, 178 positive", "| average precision | 0.252 (0.188 to 0.334) |", "slope 1.051",
                  "finds 49 of 197", "region abroad (0 of 6 found); region north (15 of 20 found)",
                  "have no verdict"):
        assert words in said
    assert "no slice has 5 positives" in model_card.version_card(MODEL, RUN, [], "x")


def test_the_model_s_text_tells_which_version_is_live_and_how_to_use_it():
    said = model_card.model_text(MODEL, "3", "2026-11-20")
    assert "Since the training of 2026-11-20, version 3 is the champion" in said
    assert "models:/user-refund_abuse@champion" in said
    assert "no version is live" in model_card.model_text(MODEL, None, "2026-11-20")


def test_the_card_of_an_after_sales_model_says_that_cases_label_it():
    card = model_card.version_card(find_model("order/return"), RUN, [], "first")
    assert "Labels: cases that had arrived by 2026-11-20" in card and "verdict" not in card
    assert "Labels: verdicts that had arrived by 2026-11-20" in model_card.version_card(MODEL, RUN, [], "first")
