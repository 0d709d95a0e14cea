"""Abstention: the target holds in at least 95 of 100 draws, whatever the errors, and nothing is decided in vain."""

import numpy as np
import pytest
from scipy import stats

from jobs.after_sales.abstention import decided_rows, fit_threshold, fit_thresholds

TARGET = 0.05
GRID = (np.arange(20_000) + 0.5) / 20_000

ERRORS = {
    # Just above the target everywhere: whatever is decided breaks it.
    "flat": lambda c: np.full_like(c, 0.0501),
    "falling": lambda c: 0.4 * (1 - c) ** 1.5 + 0.004,
    # Confident rows that are wrong, as of photos that a model has learned by heart.
    "a bump": lambda c: np.where((c > 0.7) & (c < 0.75), 0.4, 0.02),
    "in steps": lambda c: np.where(c > 0.5, 0.049, 0.06),
}


def share_of_errors(errors, least: float) -> float:
    decided = least <= GRID
    return float(errors(GRID[decided]).mean()) if decided.any() else 0.0


@pytest.mark.parametrize("rows", [300, 2_000])
@pytest.mark.parametrize("name", ERRORS)
def test_over_1000_draws_the_error_exceeds_the_target_in_at_most_5_percent(name, rows):
    rng, broken = np.random.default_rng(1), 0
    for _ in range(1_000):
        confidence = rng.random(rows)
        found = fit_threshold(confidence, rng.random(rows) < ERRORS[name](confidence), TARGET)
        broken += share_of_errors(ERRORS[name], found.confidence) > TARGET
    assert broken <= 50


def test_confidences_in_a_few_levels_go_together():
    rng, broken = np.random.default_rng(2), 0
    for _ in range(1_000):
        level = rng.integers(0, 5, 600)
        found = fit_threshold(level / 4, rng.random(600) < np.array([0.2, 0.08, 0.06, 0.03, 0.01])[level], TARGET)
        # Of the four most confident levels together 4.5 % are wrong, of all 7.6 %.
        broken += found.confidence == 0
        assert found.confidence == np.inf or found.decided == (level / 4 >= found.confidence).sum()
    assert broken <= 50


def test_most_of_what_could_be_decided_is():
    rng, kept = np.random.default_rng(3), []
    best = next(least for least in GRID if share_of_errors(ERRORS["falling"], least) <= TARGET)
    for _ in range(100):
        confidence = rng.random(5_000)
        found = fit_threshold(confidence, rng.random(5_000) < ERRORS["falling"](confidence), TARGET)
        kept.append((1 - min(found.confidence, 1)) / (1 - best))
    assert np.mean(kept) > 0.8


def test_everything_is_decided_where_errors_are_rare():
    confidence = np.random.default_rng(4).random(2_000)
    found = fit_threshold(confidence, np.zeros(2_000, bool), TARGET)
    assert found.confidence == confidence.min() and (found.decided, found.wrong, found.rows) == (2_000, 0, 2_000)
    assert found.bound == pytest.approx(1 - 0.05 ** (1 / 2_000))


@pytest.mark.parametrize(("rows", "share"), [(2_000, 0.3), (58, 0.0), (0, 0.0)])
def test_nothing_is_decided_where_nothing_can_be(rows, share):
    """58 rows without an error do not show less than 5 %; 59 do."""
    rng = np.random.default_rng(5)
    found = fit_threshold(rng.random(rows), rng.random(rows) < share, TARGET)
    assert found.confidence == np.inf and found.decided == 0 and np.isnan(found.bound)
    assert fit_threshold(rng.random(59), np.zeros(59, bool), TARGET).decided == 59


def test_the_bound_is_that_of_clopper_and_pearson_and_below_the_target():
    rng = np.random.default_rng(6)
    confidence = rng.random(3_000)
    found = fit_threshold(confidence, rng.random(3_000) < ERRORS["falling"](confidence), TARGET)
    assert found.bound == pytest.approx(stats.beta.ppf(0.95, found.wrong + 1, found.decided - found.wrong))
    assert found.bound <= TARGET and found.decided == (confidence >= found.confidence).sum()


def test_each_cell_has_its_target_and_all_hold_together():
    rng, broken = np.random.default_rng(7), 0
    targets = {"deny": 0.02, **{f"pay {kind}": TARGET for kind in range(9)}}
    for _ in range(400):
        cell = rng.choice(np.array(list(targets), object), 4_000)
        wrong = rng.random(4_000) < np.where(cell == "deny", 0.0201, 0.0501)
        found = fit_thresholds(rng.random(4_000), wrong, cell, targets)
        broken += any(np.isfinite(each.confidence) for each in found.values())
    assert broken / 400 <= 0.05 + 0.02


def test_cells_are_decided_by_their_own_thresholds():
    rng = np.random.default_rng(8)
    cell = np.array(["deny", "pay"] * 1_000, object)
    wrong = (cell == "deny") & (rng.random(2_000) < 0.2)
    thresholds = fit_thresholds(rng.random(2_000), wrong, cell, {"deny": 0.02, "pay": TARGET})
    assert thresholds["deny"].target == 0.02 and thresholds["deny"].confidence == np.inf
    decided = decided_rows(thresholds, np.array([0.999, 0.999, 0.999, np.nan]), ["deny", "pay", "ask", "pay"])
    assert decided.tolist() == [False, True, False, False]


def test_a_cell_that_cannot_pass_takes_no_part_of_the_risk():
    """59 rows without an error pass at 5 %, and not at 2.5 %; 20 rows never do."""
    cell = np.array(["pay"] * 59 + ["deny"] * 20, object)
    found = fit_thresholds(np.linspace(0.9, 1, 79), np.zeros(79), cell, {"deny": 0.02, "pay": TARGET})
    assert (found["pay"].decided, found["deny"].decided, found["deny"].rows) == (59, 0, 20)


def test_a_cell_that_its_probabilities_speak_against_takes_no_part_of_the_risk():
    confidence, cell = np.repeat([0.99, 0.9], [59, 500]), np.repeat(np.array(["pay", "deny"], object), [59, 500])
    targets = {"deny": 0.02, "pay": TARGET}
    found = fit_thresholds(confidence, np.zeros(559), cell, targets, is_probability=True)
    assert (found["pay"].decided, found["deny"].decided) == (59, 0)
    # Mere numbers speak for and against nothing.
    found = fit_thresholds(confidence, np.zeros(559), cell, targets)
    assert (found["pay"].decided, found["deny"].decided) == (0, 500)


# The next batch

def broken_batches(later: float, errors, is_probability: bool = False, draws: int = 60) -> tuple[int, float]:
    """How many batches of 1,200 rows that come next break the target, and the mean share that is decided."""
    rng, broken, kept = np.random.default_rng(13), 0, 0.0

    def sure(at):
        return 1 - errors(at) if is_probability else at

    for _ in range(draws):
        at, batch = rng.random(3_000), rng.random(1_200)
        found = fit_threshold(sure(at), rng.random(3_000) < errors(at), TARGET, is_probability=is_probability,
                              later=later)
        batch = batch[sure(batch) >= found.confidence]
        broken += int((rng.random(len(batch)) < errors(batch)).sum() > TARGET * len(batch))
        kept += len(batch) / 1_200 / draws
    return broken, kept


@pytest.mark.parametrize("name", ERRORS)
def test_the_next_batch_breaks_the_target_in_at_most_5_percent(name):
    assert broken_batches(0.4, ERRORS[name])[0] <= 3


def test_a_bound_of_the_rate_alone_lets_many_batches_break_and_decides_a_little_more():
    (broken, kept), (with_rate, kept_with_rate) = (broken_batches(later, ERRORS["falling"], is_probability=True)
                                                   for later in (0.4, np.inf))
    assert with_rate > 3 and broken <= 3 and kept_with_rate > kept > 0.7 * kept_with_rate


@pytest.mark.parametrize(("change", "message"), [
    ({"later": 0}, "0 later cases for each"), ({"later": np.nan}, "nan later cases"),
    ({"target": 0.0}, "target 0.0, level 0.95"), ({"level": 1.0}, "level 1.0"),
    ({"wrong": [True]}, "2 confidences and 1 cases of 1 rows"), ({"confidence": [0.1, np.nan]}, "none NaN")])
def test_mistakes_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        fit_threshold(**({"confidence": [0.1, 0.2], "wrong": [True, False], "target": 0.05, "level": 0.95} | change))


def test_a_row_without_a_target_is_named():
    with pytest.raises(ValueError, match="no target for ask; the targets are for deny, pay"):
        fit_thresholds(np.ones(2), np.zeros(2), np.array(["pay", "ask"]), {"deny": 0.02, "pay": 0.05})


# Confidences that are probabilities of being right

def calibrated(draw, rows):
    """Probabilities of being right, and whether the decision is wrong: as often as they say."""
    confidence = 1 - draw.random(rows) ** 3 / 2
    return confidence, draw.random(rows) > confidence


def test_with_probabilities_the_target_holds_in_95_of_100_draws_whatever_they_say():
    """The model is surer than it may be: its probabilities say nothing of the flat share of errors."""
    for name in ERRORS:
        rng, broken = np.random.default_rng(11), 0
        for _ in range(400):
            confidence = rng.random(1_000)
            wrong = rng.random(1_000) < ERRORS[name](confidence)
            found = fit_threshold(0.9 + confidence / 10, wrong, TARGET, is_probability=True)
            broken += share_of_errors(ERRORS[name], (found.confidence - 0.9) * 10) > TARGET
        assert broken <= 20 + 9, name


def test_with_probabilities_more_is_decided_where_they_are_right():
    rng, decided = np.random.default_rng(12), []
    for _ in range(100):
        confidence, wrong = calibrated(rng, 1_500)
        decided.append([fit_threshold(confidence, wrong, 0.02, is_probability=each).decided for each in (True, False)])
    assert np.mean(decided, axis=0)[0] > 1.05 * np.mean(decided, axis=0)[1]


def test_what_probabilities_expect_is_not_believed():
    """They say where the sequence starts; outcomes say whether it passes."""
    assert fit_threshold(np.full(2_000, 0.9), np.zeros(2_000), TARGET, is_probability=True).decided == 2_000
    often = np.arange(2_000) % 10 == 0
    assert fit_threshold(np.full(2_000, 0.99), often, TARGET, is_probability=True).decided == 0
    assert fit_threshold(np.full(2_000, 0.98), np.zeros(2_000), TARGET, is_probability=True).decided == 2_000
    assert fit_threshold(np.empty(0), np.empty(0), TARGET, is_probability=True).decided == 0
