"""Conformal sets: ranks by hand, and coverage of each class and kind over many draws."""

import numpy as np
import pytest

from jobs.after_sales.conformal import cell_thresholds, fit_sets, threshold

CLASSES, SHARES = 4, np.array([0.5, 0.3, 0.15, 0.05])
SHARPNESS = np.array([1.0, 2.0, 3.0])  # by kind: cases of kind 2 are clear, of kind 0 they are not


def world(rng, rows, kinds=None):
    """Labels, kinds, and probabilities of a model that is too sure of itself."""
    label = rng.choice(CLASSES, rows, p=SHARES)
    kind = rng.choice(3, rows, p=[0.3, 0.65, 0.05] if kinds is None else kinds)
    logits = rng.normal(size=(rows, CLASSES)) + SHARPNESS[kind][:, None] * (np.arange(CLASSES) == label[:, None])
    odds = np.exp(2.5 * logits)
    return odds / odds.sum(axis=1, keepdims=True), label, np.array(["refund", "return", "dispute"], object)[kind]


def covered(sets, label):
    return sets[np.arange(len(label)), label]


@pytest.mark.parametrize(("rows", "alpha", "rank"), [
    (19, 0.05, 19), (20, 0.05, 20), (149, 0.18, 123), (99, 0.1, 90), (100, 0.1, 91), (9, 0.1, 9)])
def test_the_threshold_is_at_the_exact_rank(rows, alpha, rank):
    scores = np.random.default_rng(1).permutation(np.arange(1, rows + 1))
    assert threshold(scores, alpha) == rank


@pytest.mark.parametrize(("rows", "alpha"), [(18, 0.05), (8, 0.1), (0, 0.5)])
def test_too_few_rows_rule_nothing_out(rows, alpha):
    assert threshold(np.arange(rows), alpha) == np.inf


def test_a_class_without_calibration_rows_is_in_every_set():
    probability = np.tile([0.98, 0.01, 0.01], (60, 1))
    fitted = fit_sets(probability, np.tile([0, 1], 30), 0.1)
    assert fitted.sets(np.array([[1.0, 0.0, 0.0]])).tolist() == [[True, False, True]]


def test_each_class_is_covered_at_the_nominal_rate_and_not_far_above():
    rng, found = np.random.default_rng(2), []
    for _ in range(200):
        probability, label, _ = world(rng, 800)
        fitted = fit_sets(probability, label, 0.1)
        probability, label, _ = world(rng, 2_000)
        held = covered(fitted.sets(probability), label)
        found.append([held[label == number].mean() for number in range(CLASSES)])
    mean = np.mean(found, axis=0)
    # 40 rows of the rarest class: at most 1 / 41 above, and 3 standard errors of the mean over draws.
    assert (mean >= 0.9 - 0.01).all() and (mean <= 0.9 + 1 / (800 * SHARES + 1) + 0.01).all()


def test_by_kind_each_kind_and_class_is_covered_where_one_threshold_fails():
    rng, by_kind, together = np.random.default_rng(3), [], []
    for _ in range(60):
        probability, label, kind = world(rng, 4_000, [0.4, 0.4, 0.2])
        fits = fit_sets(probability, label, 0.1, kind), fit_sets(probability, label, 0.1)
        probability, label, kind = world(rng, 4_000, [0.4, 0.4, 0.2])
        unclear = (kind == "refund") & (label == 0)
        by_kind.append(covered(fits[0].sets(probability, kind), label)[unclear].mean())
        together.append(covered(fits[1].sets(probability), label)[unclear].mean())
    assert np.mean(by_kind) == pytest.approx(0.9, abs=0.01) and np.mean(together) < 0.86


def test_small_cells_share_a_threshold_that_holds_for_them_together():
    rng, found = np.random.default_rng(4), []
    for _ in range(150):
        probability, label, kind = world(rng, 1_500)
        fitted = fit_sets(probability, label, 0.1, kind, least_rows=100)
        probability, label, kind = world(rng, 4_000)
        # Of class 3 (75 rows) no kind has 100.
        assert len(set(fitted.thresholds[:, 3])) == 1
        found.append(covered(fitted.sets(probability, kind), label)[label == 3].mean())
    assert np.mean(found) == pytest.approx(0.9 + 0.5 / 76, abs=0.013)


def test_the_shared_threshold_is_of_the_rows_of_small_cells_alone():
    scores = np.concatenate([np.arange(100.0), np.arange(900.0, 920), [800.0]])
    cells = np.repeat([0, 1, 2], [100, 20, 1])
    found = cell_thresholds(scores, cells, 3, 0.1, 50)
    # ceil(101 * .9) = 91 of the first cell; ceil(22 * .9) = 20 of 800, 900, 901, ...
    assert found.tolist() == [90, 918, 918, 918]


def test_a_kind_that_was_not_seen_takes_the_shared_threshold():
    probability, label, kind = world(np.random.default_rng(5), 1_500)
    fitted = fit_sets(probability, label, 0.1, kind)
    row = probability[:1]
    assert fitted.kinds == ("dispute", "refund", "return")
    assert fitted.sets(row, ["cancellation"]).tolist() == (1 - row <= fitted.thresholds[-1]).tolist()


@pytest.mark.parametrize(("change", "message"), [
    ({"alpha": 0}, "alpha is 0; expected a share"), ({"alpha": 1.0}, "alpha is 1.0"),
    ({"probability": np.array([[0.5, np.nan]])}, "outside or NaN"), ({"probability": np.array([[1.5, 0]])}, "outside"),
    ({"label": np.array([2])}, "from 0 to 1"), ({"label": np.array([0, 1])}, "a label for each of 1 rows"),
    ({"kind": ["a", "b"]}, "2 kinds of 1 rows"),
])
def test_mistakes_are_named(change, message):
    given = {"probability": np.array([[0.5, 0.5]]), "label": np.array([0]), "alpha": 0.1} | change
    with pytest.raises(ValueError, match=message):
        fit_sets(**given)


def test_sets_by_kind_need_kinds():
    fitted = fit_sets(np.array([[0.5, 0.5]]), np.array([0]), 0.1, ["refund"])
    with pytest.raises(ValueError, match="by kind, refund; expected a kind for each row"):
        fitted.sets(np.array([[0.5, 0.5]]))
