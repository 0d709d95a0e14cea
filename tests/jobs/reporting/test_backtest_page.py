"""The page of a back-test: every figure is there, and every line fits."""

from dataclasses import replace

import pytest

from jobs.decisions.policy_files import read_policies
from jobs.decisions.strategy_comparison import measured
from jobs.decisions.strategy_results import Comparison
from jobs.reporting.backtest_page import WIDTH, page
from tests.support.acting_rows import known
from tests.support.builders import TODAY, YESTERDAY
from tests.support.policy_folders import policy_folder

GUILTY = {"status": "guilty", "loss_cents": 3_000_000.0, "region": "a region with a name that no table has room for"}


@pytest.fixture
def comparison(tmp_path):
    policies = read_policies(policy_folder(tmp_path))
    sides = {"policy": known({}, GUILTY), "against": known({}), "newly acted": known(GUILTY), "released": known()}
    return Comparison((YESTERDAY, TODAY), TODAY, policies.policies[0], None, policies, "kept",
                      measured(sides, ("risk", "region")), {"policy": 1, "against": 0})


def lines(text: str) -> dict[str, str]:
    """The figures of each line, by its label, from the first part of the page."""
    return {line[:36].strip(): " ".join(line[36:].split()) for line in reversed(text.split("\n\n")[1].splitlines())}


def test_each_figure_stands_in_the_column_of_its_side(comparison):
    found = lines(page([comparison]))
    assert found["decisions that act"] == "2 1 1 0"
    assert found["guilty by a verdict"] == "1 0 1 0" and found["without a verdict"] == "1 1 0 0"
    assert found["loss caught, unknown are honest"] == "1,500,000 0 1,500,000 0"
    assert found["loss caught, unknown are guilty"] == "1,500,500 500 1,500,000 0"
    assert found["loss caught, by random reviews"] == "none none none none"
    assert found["honest money disturbed, platform"] == "16 8 8 0"
    assert found["reviewer minutes a day"] == "3.0 1.5 1.5 0.0" and found["days over capacity"] == "1 0"


def test_the_head_names_both_policies_the_days_and_what_was_known(comparison):
    head = page([comparison]).split("\n\n")[0]
    version = comparison.policy.version
    assert head.splitlines() == [
        f"seller ({version}) against live ({version})", "seller: brushing, click_farm; queue shops",
        f"2 days with scores, {YESTERDAY} to {TODAY}; verdicts as of {TODAY}",
        "All money is estimated, in minor units."]
    assert page([replace(comparison, days=(TODAY,))]).splitlines()[2].startswith("1 day with scores")


def test_no_line_is_longer_than_the_page_is_wide(comparison):
    long = replace(comparison, policy=replace(comparison.policy, name="a" * 64, risks=("brushing",) * 9))
    text = page([long, replace(long, scores="champion", days_over_capacity={"policy": 2, "against": 0})])
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "With scores as kept on each day" in text and "With scores of today's champions" in text


def test_the_same_figures_stand_there_once(comparison):
    text = page([comparison, replace(comparison, scores="champion")])
    assert text.count("decisions that act  ") == 1
    assert "\n\nWith scores of today's champions: the same figures\n\n" in text


def test_the_most_changed_segments_come_first_and_the_rest_is_counted(comparison):
    many = known(*[{"region": f"r{number:02}"} for number in range(15)])
    sides = {"policy": many, "against": known(), "newly acted": known({"region": "r14"}), "released": known()}
    text = page([replace(comparison, rows=measured(sides, ("region",)))])
    regions = [line.split()[0] for line in text.splitlines() if line.startswith("  r")]
    assert regions[:2] == ["r14", "r00"] and len(regions) == 12
    assert "  and 3 more in strategy_backtest" in text.splitlines()


def test_an_estimate_from_random_reviews_is_shown(comparison):
    rows = [{**row, "caught_sampled_cents": 1_234.0, "effective_samples": 321.0} for row in comparison.rows]
    found = lines(page([replace(comparison, rows=rows)]))
    assert found["loss caught, by random reviews"] == "1,234 1,234 1,234 1,234"
    assert found["effective sample size"] == "321 321 321 321"
