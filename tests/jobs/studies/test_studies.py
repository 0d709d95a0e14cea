"""Report, ablation, multi-task, transfer and stability, each run as its command on a small made-up home."""

import mlflow
import pytest

from features.entities import FEATURE_SETS
from features.language.feature import SharedIdentifier
from features.risks import RISKS
from jobs.commands import compare, report
from jobs.errors import UserError
from jobs.evaluation import ground_truth
from jobs.scoring import predict
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from jobs.studies import ablation, attack_recall, multi_task, reason_stability, transfer
from jobs.training import topics
from tests.support import synthetic_home
from tests.support.trained_home import trained

pytestmark = pytest.mark.slow

DS = str(synthetic_home.CUT)
MODEL = "user/refund_abuse"


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    """A home with a champion of one model."""
    with trained(tmp_path_factory.mktemp("home"), texts=None) as place:
        yield place


def runs(experiment: str) -> list:
    """Runs of an experiment: the parent, then its children in the order they were opened."""
    client = mlflow.MlflowClient()
    number = client.get_experiment_by_name(experiment).experiment_id
    return client.search_runs([number], order_by=["attributes.start_time ASC"])


def test_evaluation_logs_the_rule_and_how_far_the_model_is_ahead_of_it():
    (run,) = runs(MODEL)
    assert (run.data.params["rule_feature"], run.data.params["rule_direction"]) == ("case_rate_30d", "high")
    logged = run.data.metrics
    assert logged["advantage_over_rule"] == pytest.approx(
        logged["average_precision"] - logged["rule_average_precision"])
    assert logged["advantage_over_rule_low"] <= logged["advantage_over_rule"] <= logged["advantage_over_rule_high"]


def test_the_report_has_a_line_or_a_reason_for_each_model(capsys, tmp_path):
    report.main(["--ds", DS, "--out", str(tmp_path / "docs" / "risks.md")])
    shown = capsys.readouterr().out
    assert shown.count(f"\n  {MODEL}  ") == 4  # learnt, by verdicts, by truth, beside its rule
    assert "high case_rate_30d" in shown and "Simulated data" in shown
    assert "seller/brushing: no champion and no challenger; run make train" in shown
    page = (tmp_path / "docs" / "risks.md").read_text()
    assert page.startswith("<!-- report -->\n") and page.endswith("\n<!-- /report -->\n")
    assert f"#### {MODEL}" in page and "| kind of attack | plain |" in page
    assert (tmp_path / "docs" / "risks.png").read_bytes()[:4] == b"\x89PNG"


def test_the_report_counts_verdicts_that_had_arrived(home):
    from jobs.evaluation import model_report
    from jobs.storage.lake import Lake
    from jobs.training.models import find_model

    lake = Lake(str(home / "lake"))
    assert model_report.verdict_counts(lake, find_model(MODEL), synthetic_home.CUT) == (2, 1)
    assert model_report.verdict_counts(lake, find_model(MODEL), synthetic_home.CUT.replace(day=19)) == (2, 0)


def test_without_a_truth_the_report_says_so(home, capsys):
    planted = home / "truth" / "incidents.parquet"
    planted.rename(home / "truth" / "away")
    try:
        report.main(["--ds", DS])
    finally:
        (home / "truth" / "away").rename(planted)
    shown = capsys.readouterr().out
    assert "No ground truth: " in shown and "Simulated" not in shown
    assert shown.count(f"\n  {MODEL}  ") == 3


def test_a_model_trained_later_is_not_reported_on_earlier_rows(home):
    with pytest.raises(UserError, match=f"{MODEL}: the champion was trained on {DS}.*make report DS={DS}"):
        report.main(["--ds", "2026-11-13"])


@pytest.fixture(scope="module")
def ablated(home, tmp_path_factory) -> str:
    """The page of an ablation of one model."""
    page = tmp_path_factory.mktemp("ablation") / "page.md"
    ablation.main(["--ds", DS, "--model", MODEL, "--run-id", "r", "--out", str(page)])
    return page.read_text()


def test_an_ablation_trains_each_variant_under_one_parent(ablated):
    parent, *children = runs("ablation")
    assert {child.data.tags["mlflow.parentRunId"] for child in children} == {parent.info.run_id}
    found = {child.data.params["variant"]: child.data for child in children}
    assert list(found)[0] == "all features" and "without links" in found
    shared = sum(len(d.columns) for d in FEATURE_SETS["user"].of_type(SharedIdentifier))
    assert int(found["all features"].params["columns"]) - int(found["without links"].params["columns"]) >= shared - 2
    columns = [int(found[variant].params["columns"]) for variant in ("all features", "without text")]
    assert columns[0] - columns[1] == topics.TOPICS_PER_TEXT
    # What evidence others showed too is half of the signal, and a link.
    assert found["without links"].metrics["lost_average_precision"] > 0.02
    assert found["all features"].metrics["lost_average_precision"] == 0
    whole = f"{found['all features'].metrics['average_precision']:.3f}"
    assert f"\n| {MODEL} | {whole} | +0." in ablated


def test_two_variants_of_an_ablation_can_be_compared_row_by_row(ablated, tmp_path):
    names = {run.info.run_name: run.info.run_id for run in runs("ablation")}
    pair = names[f"{MODEL} without text"], names[f"{MODEL} all features"]
    compare.main(["--runs", ",".join(pair), "--out", str(tmp_path / "page.html")])
    page = (tmp_path / "page.html").read_text()
    assert f"{MODEL} without text, run {pair[0][:8]}" in page and "added: topic_complaints_0" in page
    assert "Rows whose scores differ most" in page


def test_the_multi_task_model_is_compared_with_each_separate_one_on_the_same_rows(tmp_path):
    multi_task.main(["--ds", DS, "--run-id", "r", "--out", str(tmp_path / "page.md")])
    parent, *children = runs("user/multi_task")
    assert [child.data.params["risk"] for child in children] == list(synthetic_home.SIGNALS)
    for child in children:
        logged = child.data.metrics
        assert logged["rows"] == 2 * synthetic_home.USERS
        assert logged["multi_task_ahead"] == pytest.approx(
            logged["average_precision"] - logged["separate_average_precision"])
        assert f"\n| user/{child.data.params['risk']} | {logged['average_precision']:.3f} (" in (
            tmp_path / "page.md").read_text()


def test_transfer_measures_four_models_on_the_test_rows_of_the_region(capsys, tmp_path):
    transfer.main(["--ds", DS, "--model", MODEL, "--region", "islands", "--run-id", "r", "--out",
                   str(tmp_path / "page.md")])
    _, *children = runs(f"{MODEL}/transfer")
    found = {child.info.run_name: child.data for child in children}
    assert set(found) == {"alone", "others", "pooled", "continued"}
    assert {data.metrics["rows"] for data in found.values()} == {2 * synthetic_home.USERS / 5}
    assert int(found["continued"].params["trees"]) > int(found["others"].params["trees"])
    page = (tmp_path / "page.md").read_text()
    assert page.startswith("<!-- transfer-user-refund-abuse-islands -->\n") and "\n| continued | 0." in page


def test_a_region_without_incidents_is_refused():
    with pytest.raises(UserError, match=f"user_labels, {DS}: no confirmed incident of refund_abuse in nowhere"):
        transfer.main(["--ds", DS, "--model", MODEL, "--region", "nowhere"])


def test_stability_a_week_apart_is_measured_on_rows_of_one_day(tmp_path):
    reason_stability.main(["--ds", DS, "--model", MODEL, "--run-id", "r", "--out", str(tmp_path / "page.md")])
    _, child = runs("stability")
    assert child.data.params["as_of"] == synthetic_home.DAYS["test"][-1]
    assert child.data.metrics["at_capacity_rows"] == 50
    changed = [child.data.metrics[f"at_capacity_{what}_changed"] for what in ("family", "column")]
    assert all(0 <= share <= 1 for share in changed)
    above_low = [child.data.metrics[f"above_low_{what}"] for what in ("rows", "family_changed", "column_changed")]
    assert "| {} | {:.0f} | {:.0%} | {:.0%} |\n".format(MODEL, *above_low) in (tmp_path / "page.md").read_text()


def test_a_planted_attack_is_sought_among_entities_not_confirmed_by_then(home):
    (risk,) = (r for r in RISKS if r.name == "refund_abuse")
    day = synthetic_home.dt.date.fromisoformat(synthetic_home.DAYS["test"][-1])
    candidates = predict.champions(load_settings(), "user")
    found = attack_recall.scored(Lake(str(home / "lake")), risk, day, candidates, ground_truth.read(home),
                                 ["u001", "u002"])
    assert set(found) == {"refund_abuse"}
    by = found["refund_abuse"]
    assert len(by.entity) == synthetic_home.USERS - 2 and not {"u001", "u002"} & set(by.entity)
    assert attack_recall.attack_recall([by], risk.capacity).rank > 0.9
