"""The table prevalence_weekly: sums by hand, planted shares in their intervals, and nights that repeat."""

import datetime as dt
import random

import numpy as np
import pyarrow as pa
import pytest

from jobs import estimate_effects
from jobs.decisions import sampling
from jobs.decisions.day_facts import ReviewDesign
from jobs.decisions.policy_files import read_policies
from jobs.effects import prevalence_table
from jobs.effects.prevalence_table import estimated
from jobs.storage.row_checksum import row_checksum
from tests.support.answered_reviews import SAMPLED, decisions, review
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, ago
from tests.support.decided_lake import DAYS, decided_home


def row(sampled_with, verdict=None, caught=False) -> dict:
    return {"sampled_with": sampled_with, "verdict": verdict, "caught": caught}


def design(score, inclusion) -> ReviewDesign:
    nothing = np.zeros(len(score))
    return ReviewDesign("seller", "brushing", pa.chunked_array([[""]]), nothing.astype(int), np.array(score, float),
                        nothing, nothing, np.array(inclusion, float))


EVEN = design([0.02] * 100, [0.1] * 100)


def test_the_estimates_of_few_rows_are_those_by_hand():
    rows = [row(0.5, True, True), row(0.5, False), row(0.25, False), row(0.25, True), row(1.0), row(0.5)]
    found = estimated(rows, 40, None)
    # Four of six are answered: an answer has 2/3 of the probability of its draw.
    assert found["reviewed_share"] == pytest.approx(2 / 3)
    assert {name: found[name] for name in ("drawn", "reviewed", "guilty")} == {"drawn": 6, "reviewed": 4, "guilty": 2}
    assert found["prevalence"] == pytest.approx((2 + 4) / (2 + 2 + 4 + 4))
    assert found["prevalence_ht"] == pytest.approx((2 + 4) * 1.5 / 40)
    assert found["effective_size"] == pytest.approx(12 ** 2 / (4 + 4 + 16 + 16))
    assert found["recall"] == pytest.approx(2 / 6) and found["recall_lo"] < 2 / 6 < found["recall_hi"]
    assert (found["prevalence_lo"], found["prevalence_hi"]) == (None, None)  # nobody knows how rows are drawn


def test_without_an_answer_nothing_is_estimated():
    for rows, share in (([], None), ([row(0.5)], 0.0)):
        found = estimated(rows, 100, EVEN)
        assert found | prevalence_table.NOT_KNOWN == found
        assert (found["drawn"], found["reviewed"], found["reviewed_share"]) == (len(rows), 0, share)


def test_without_a_guilty_row_there_is_no_recall_and_the_interval_begins_at_0():
    found = estimated([row(0.1, False)] * 10, 100, EVEN)
    assert (found["prevalence_lo"], found["prevalence"], found["recall"]) == (0, 0, None)
    assert 0 < found["prevalence_hi"] < 1


def test_open_reviews_make_the_interval_wider_because_each_answer_stands_for_more():
    answered = [row(0.1, False)] * 10
    whole, half = (estimated(rows, 100, EVEN) for rows in (answered, [*answered, *[row(0.1)] * 10]))
    # Without a guilty row the upper end is the variance that the plan expects of one: 1 / probability - 1.
    assert half["prevalence_hi"] / whole["prevalence_hi"] == pytest.approx((1 / 0.05 - 1) / (1 / 0.1 - 1))


def test_an_estimate_that_few_reviews_make_too_large_is_cut_to_the_interval():
    found = estimated([row(0.1, True)], 1_000, design([0.02] * 1_000, [0.1] * 1_000))
    assert found["prevalence"] == found["prevalence_hi"] < 0.1  # the one answered row is guilty
    assert found["prevalence_ht"] == pytest.approx(0.01)
    assert found["prevalence_lo"] < found["prevalence_ht"] < found["prevalence_hi"]


def population(rng, rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, guilt and sizes of the draw: few rows are suspected, and those with money are drawn more often."""
    score = np.where(rng.random(rows) < 0.04, 0.25, 0.004)
    money = np.where(rng.random(rows) < 0.6, 0.0, rng.lognormal(sigma=0.7, size=rows))
    return score, rng.random(rows) < score, sampling.sizes(score, money)


@pytest.mark.parametrize("weeks", [1, 13])
def test_planted_shares_lie_in_the_intervals_with_the_design_of_another_day(weeks):
    hit, hit_recall, draws = [], [], 300
    for seed in range(draws):
        rng = np.random.default_rng([seed, weeks])
        score, guilty, size = population(rng, 1_500 * weeks)
        inclusion = sampling.inclusion_probabilities(size, 12 * weeks)
        drawn = rng.random(len(score)) < inclusion
        rows = [row(float(probability), bool(is_guilty) if answered else None, bool(suspected))
                for probability, is_guilty, answered, suspected in zip(
                    inclusion[drawn], guilty[drawn], rng.random(drawn.sum()) < 0.8, score[drawn] > 0.1)]
        today, _, size_today = population(rng, 1_500)
        found = estimated(rows, len(score), design(today, sampling.inclusion_probabilities(size_today, 12)))
        if found["prevalence"] is not None:
            hit.append(found["prevalence_lo"] <= guilty.mean() <= found["prevalence_hi"])
            assert found["prevalence_lo"] <= found["prevalence"] <= found["prevalence_hi"]
        if found["recall"] is not None:
            hit_recall.append(found["recall_lo"] <= (score[guilty] > 0.1).mean() <= found["recall_hi"])
    assert len(hit) > 0.95 * draws and 0.92 <= np.mean(hit) <= 0.995
    assert len(hit_recall) > 0.1 * draws and np.mean(hit_recall) >= 0.93


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A lake whose random reviews were answered one to five days after the draw, some of them twice."""
    lake = decided_home(tmp_path, {"queues.toml": SAMPLED})
    draw, states = random.Random(1), []
    for each in decisions(tmp_path):
        back = (TODAY - each["ds"]).days
        if each["sampled_with"] and back:
            arrived = max(back - draw.randint(1, 5), 0)
            states.append(review(each, None, back, arrived=back))
            if arrived < back and draw.random() < 0.8:
                states.append(review(each, draw.random() < 0.2, back, (arrived, 9), arrived))
    draw.shuffle(states)
    land(tmp_path / "lake", "review_samples", states)
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path))
    monkeypatch.setenv("VIGIL_POLICIES", str(tmp_path / "policies"))
    return lake


def run(*days: dt.date, name: str) -> None:
    estimate_effects.main(["--from", str(days[0]), "--ds", str(days[-1]), "--run-id", name])


def test_nights_days_together_and_another_order_of_rows_are_the_same(home):
    days = DAYS[2:]
    run(*days, name="together")
    together = row_checksum(home, "prevalence_weekly", days)
    for day in days:
        run(day, name=f"night{day}")
    assert row_checksum(home, "prevalence_weekly", days) == together
    for table in ("review_samples", "decision_daily", "exposure_daily"):
        rows = home.arrow(table).to_table().to_pylist()
        random.Random(2).shuffle(rows)
        land(home.root, table, rows)
    run(*days, name="shuffled")
    assert row_checksum(home, "prevalence_weekly", days) == together


def test_a_night_has_its_weeks_and_the_weeks_together(home):
    run(TODAY, name="tonight")
    found = home.arrow("prevalence_weekly").to_table().to_pylist()
    by_week = {(row["risk"], row["weeks"], (TODAY - row["week"]).days): row for row in found}
    assert set(by_week) == {(risk, *key) for risk in ("brushing", "click_farm") for key in ((1, 6), (1, 13), (13, 90))}
    for risk in ("brushing", "click_farm"):
        last, before, together = (by_week[risk, *key] for key in ((1, 6), (1, 13), (13, 90)))
        for name in ("population", "drawn", "reviewed", "guilty"):
            assert last[name] + before[name] == together[name] > 0
        assert 0 < together["reviewed_share"] < 1
        assert together["prevalence_lo"] <= together["prevalence"] <= together["prevalence_hi"]


def test_answers_that_arrive_after_the_day_change_nothing(home, tmp_path):
    policies = read_policies(tmp_path / "policies")
    before = list(prevalence_table.weeks(home, ago(2), policies))
    rows = [row for row in home.arrow("review_samples").to_table().to_pylist() if row["ds"] <= ago(2)]
    lake = decided_home(tmp_path / "other", {"queues.toml": SAMPLED}, DAYS[:-2])
    land(lake.root, "review_samples", rows)
    assert list(prevalence_table.weeks(lake, ago(2), policies)) == before
