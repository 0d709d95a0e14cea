"""Metrics: arithmetic on few rows, scikit-learn on generated ones, and a bootstrap that draws entities."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from jobs.evaluation import metrics, ranking
from jobs.evaluation.metrics import Scored

MONDAY, TUESDAY = 738_000, 738_001

# Few distinct scores, so that most examples hold ties.
ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from("abcdefgh"), st.integers(0, 6).map(lambda n: n / 6),
              st.integers(0, 1), st.integers(1, 500)),
    min_size=1, max_size=40, unique_by=lambda row: row[:2])


def difference(*models) -> tuple[float, float, float]:
    """The last of what `compare` gives, as (value, low, high)."""
    found = metrics.compare(*models)[2]
    return found.value, found.low, found.high


def table(rows) -> Scored:
    """Rows of (day, entity, score, label, loss)."""
    day, entity, score, label, loss = zip(*rows, strict=True)
    return Scored(label=np.array(label), score=np.array(score, dtype=float), day=np.array(day),
                  entity=np.array(entity, dtype=object), loss=np.array(loss, dtype=np.int64))


TWO_DAYS = table([
    (MONDAY, "ann", 0.9, 1, 100),
    (MONDAY, "bob", 0.8, 0, 0),
    (MONDAY, "cid", 0.7, 1, 300),
    (TUESDAY, "ann", 0.2, 0, 0),
    (TUESDAY, "bob", 0.1, 1, 40),
])


def test_capacity_is_spent_on_each_day_and_the_days_are_pooled():
    found = metrics.measure_scores(TWO_DAYS, capacity=1)
    # Reviewed: ann on Monday, a hit, and ann on Tuesday, who ranks below all of Monday's.
    assert found["precision_at_capacity"] == 1 / 2
    assert found["recall_at_capacity"] == 1 / 3
    assert found["loss_caught_at_capacity"] == 100 / (100 + 300 + 40)


def test_a_day_with_fewer_rows_than_capacity_is_reviewed_whole():
    found = metrics.measure_scores(TWO_DAYS, capacity=10)
    assert found["precision_at_capacity"] == 3 / 5
    assert found["recall_at_capacity"] == 3 / 3


def test_equal_scores_at_capacity_go_to_the_smaller_name():
    rows = [(MONDAY, "bob", 0.5, 0, 0), (MONDAY, "ann", 0.5, 1, 10), (MONDAY, "cid", 0.5, 0, 0)]
    assert metrics.measure_scores(table(rows), capacity=1)["precision_at_capacity"] == 1.0
    assert metrics.measure_scores(table(rows[::-1]), capacity=1)["precision_at_capacity"] == 1.0


def test_loss_on_a_negative_row_is_not_loss():
    rows = [(MONDAY, "ann", 0.9, 0, 999), (MONDAY, "bob", 0.8, 1, 10)]
    assert metrics.measure_scores(table(rows), capacity=1)["loss_caught_at_capacity"] == 0 / 10


def test_counts_and_base_rate():
    found = metrics.measure_scores(TWO_DAYS, capacity=1)
    assert (found["rows"], found["positives"], found["base_rate"]) == (5.0, 3.0, 3 / 5)


def test_calibration_error_weighs_the_gap_of_ten_bins_of_equal_count():
    scores = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    rows = [(MONDAY, f"s{n}", score, int(n == 9), 0) for n, score in enumerate(scores)]
    assert metrics.measure_scores(table(rows), 1)["calibration_error"] == pytest.approx((sum(scores[:9]) + 0.1) / 10)


def test_calibration_bins_hold_equal_counts_from_the_lowest_scores_up():
    count, predicted, observed = ranking.calibration_bins(np.arange(20) >= 17, np.arange(20) / 100)
    assert list(count) == [2] * 10
    assert list(predicted) == pytest.approx([(4 * n + 1) / 200 for n in range(10)])
    assert list(observed) == [0] * 8 + [1 / 2, 1]


def test_rows_of_equal_score_share_a_calibration_bin():
    rows = [(MONDAY, f"s{n:02}", 0.25, int(n < 5), 0) for n in range(20)]
    count, predicted, observed = ranking.calibration_bins(table(rows).label, table(rows).score)
    assert (list(count), list(predicted), list(observed)) == ([20], [0.25], [5 / 20])
    assert metrics.measure_scores(table(rows), 1)["calibration_error"] == 0.0


def test_what_is_undefined_is_nan_and_not_zero():
    found = metrics.measure_scores(table([(MONDAY, "ann", 0.5, 0, 0), (MONDAY, "bob", 0.4, 0, 0)]), capacity=1)
    undefined = {name for name, value in found.items() if math.isnan(value)}
    assert undefined == {"average_precision", "roc_auc", "recall_at_capacity", "loss_caught_at_capacity"}


def test_a_table_without_rows_has_counts_of_zero_and_nothing_else():
    empty = Scored(*(np.zeros(0) for _ in range(5)))
    found = metrics.measure_scores(empty, capacity=1)
    assert {name: value for name, value in found.items() if value == value} == {
        "rows": 0.0, "positives": 0.0, "caught_cents_at_capacity": 0.0}


@given(ROWS)
def test_average_precision_auc_and_brier_are_those_of_scikit_learn(rows):
    scored = table(rows)
    found = metrics.measure_scores(scored, capacity=1)
    assert found["brier"] == pytest.approx(brier_score_loss(scored.label, scored.score, pos_label=1))
    if scored.label.any():
        expected = average_precision_score(scored.label, scored.score)
        assert found["average_precision"] == pytest.approx(expected)
    if 0 < scored.label.sum() < len(rows):
        assert found["roc_auc"] == pytest.approx(roc_auc_score(scored.label, scored.score))


@given(ROWS, st.integers(1, 4))
def test_capacity_metrics_are_those_of_a_naive_loop(rows, capacity):
    reviewed = []
    for day in {row[0] for row in rows}:
        today = [row for row in rows if row[0] == day]
        reviewed += sorted(today, key=lambda row: (-row[2], row[1]))[:capacity]
    hits, positives = ([row for row in some if row[3]] for some in (reviewed, rows))
    found = metrics.measure_scores(table(rows), capacity)
    assert found["precision_at_capacity"] == len(hits) / len(reviewed)
    if positives:
        assert found["recall_at_capacity"] == len(hits) / len(positives)
        caught, lost = (sum(row[4] for row in some) for some in (hits, positives))
        assert found["loss_caught_at_capacity"] == caught / lost


@settings(max_examples=40)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(rows, random):
    shuffled = random.sample(rows, len(rows))
    first, second = (metrics.measure_scores(table(some), capacity=2) for some in (rows, shuffled))
    np.testing.assert_equal(first, second)
    first, second = (metrics.intervals(table(some), 2, seed=1, resamples=5) for some in (rows, shuffled))
    np.testing.assert_equal(first, second)


@settings(max_examples=40)
@given(ROWS, st.data())
def test_a_resample_measures_what_its_copied_rows_would(rows, data):
    entities = sorted({row[1] for row in rows})
    times = {name: data.draw(st.integers(0, 3), label=name) for name in entities}
    copies = [(day, f"{name}{copy}", *rest) for day, name, *rest in rows for copy in range(times[name])]
    if not copies:
        return
    drawn = np.array([times[name] for name in entities])
    resampled = metrics._headline_metrics(metrics._ranked(table(rows), capacity=2), drawn)
    np.testing.assert_allclose(list(resampled.values()), list(metrics.measure_scores(table(copies), 2).values()),
                               rtol=1e-12, atol=1e-12)


def simulated(entities=60, seed=0) -> list[tuple]:
    generator = np.random.default_rng(seed)
    score = generator.random(entities).round(2)
    label = (generator.random(entities) < score).astype(int)
    return [(MONDAY, f"s{n:03}", score[n], int(label[n]), 7) for n in range(entities)]


def test_intervals_repeat_with_the_seed_and_change_with_it():
    scored = table(simulated())
    assert metrics.intervals(scored, 5, seed=1) == metrics.intervals(scored, 5, seed=1)
    assert metrics.intervals(scored, 5, seed=1) != metrics.intervals(scored, 5, seed=2)


def test_the_rows_of_an_entity_are_drawn_together():
    # Repeating every entity on three more days adds no information. Row-wise draws would halve the width.
    once = simulated()
    four_days = [(day, *rest) for _, *rest in once for day in range(MONDAY, MONDAY + 4)]
    one, four = (metrics.intervals(table(rows), 5, seed=1) for rows in (once, four_days))
    for name in ("base_rate", "average_precision", "roc_auc", "precision_at_capacity", "brier"):
        assert one[name] == pytest.approx(four[name]), name


def test_an_interval_holds_its_estimate_and_widens_with_the_level():
    scored = table(simulated())
    estimate = metrics.measure_scores(scored, 5)["roc_auc"]
    low, high = metrics.intervals(scored, 5, seed=1)["roc_auc"]
    inner_low, inner_high = metrics.intervals(scored, 5, seed=1, level=0.5)["roc_auc"]
    assert low < inner_low < estimate < inner_high < high


def test_intervals_leave_out_the_counts():
    assert set(metrics.measure_scores(TWO_DAYS, 1)) - set(metrics.intervals(TWO_DAYS, 1, 0)) == {"rows", "positives"}


def test_a_metric_that_no_resample_defines_has_no_interval():
    low, high = metrics.intervals(table([(MONDAY, "ann", 0.5, 0, 0)]), 1, seed=0)["roc_auc"]
    assert math.isnan(low) and math.isnan(high)


def test_the_difference_of_a_model_from_itself_is_nothing():
    rows = table(simulated())
    assert difference(rows.label, rows.score, rows.score, rows.entity, 1) == (0, 0, 0)


def test_a_difference_is_that_of_the_average_precisions_and_turns_sign_with_the_models():
    rows = table(simulated(entities=300))
    noise = np.random.default_rng(5).random(len(rows.label))
    gain, low, high = difference(rows.label, rows.score, noise, rows.entity, 1)
    expected = average_precision_score(rows.label, rows.score) - average_precision_score(rows.label, noise)
    assert gain == pytest.approx(expected)
    assert 0 < low < gain < high
    swapped = difference(rows.label, noise, rows.score, rows.entity, 1)
    assert swapped == pytest.approx((-gain, -high, -low))


def test_a_comparison_estimates_each_side_as_by_itself():
    rows = table(simulated())
    noise = np.random.default_rng(5).random(len(rows.label))
    own, other, _ = metrics.compare(rows.label, rows.score, noise, rows.entity, seed=1)
    assert (own.low, own.high) == pytest.approx(metrics.intervals(rows, 5, seed=1)["average_precision"])
    assert other.value == pytest.approx(average_precision_score(rows.label, noise))


def test_the_reviewed_rows_are_those_that_the_metrics_at_capacity_count():
    rows = table(simulated())
    found, chosen = metrics.measure_scores(rows, 5), metrics.reviewed_rows(rows, 5)
    assert rows.label[chosen].mean() == found["precision_at_capacity"]
    assert rows.label[chosen].sum() / rows.label.sum() == found["recall_at_capacity"]
    assert {int(chosen[rows.day == day].sum()) for day in np.unique(rows.day)} == {5}


def test_equal_scores_are_reviewed_by_the_smaller_name():
    rows = [(MONDAY, "bob", 0.5, 0, 0), (MONDAY, "ann", 0.5, 1, 10), (MONDAY, "cid", 0.5, 0, 0)]
    assert list(metrics.reviewed_rows(table(rows), capacity=1)) == [False, True, False]


def test_both_models_see_the_same_draws():
    # The second ranks alike on another scale, so only different draws could part them.
    rows = table(simulated())
    assert difference(rows.label, rows.score, 100 * rows.score, rows.entity, 1) == (0, 0, 0)


@pytest.mark.parametrize(("change", "said"), [
    ({"score": np.array([0.5, 1.5])}, "probabilities"),
    ({"score": np.array([0.5, np.nan])}, "probabilities"),
    ({"label": np.array([0, 2])}, "0 or 1"),
    ({"loss": np.array([0])}, "equal length"),
])
def test_rows_that_cannot_be_measured_are_refused(change, said):
    rows = {"label": np.array([0, 1]), "score": np.array([0.5, 0.6]), "day": np.array([1, 1]),
            "entity": np.array(["a", "b"]), "loss": np.array([0, 1])}
    with pytest.raises(ValueError, match=said):
        Scored(**rows | change)


def test_a_capacity_of_nobody_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        metrics.measure_scores(TWO_DAYS, capacity=0)
