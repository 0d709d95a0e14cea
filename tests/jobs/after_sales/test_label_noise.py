"""Label noise: the confusion matrix from double reviews, gradients by differences, and a desk with a planted bias."""

import numpy as np
import pytest
import xgboost as xgb

from jobs.after_sales.label_noise import (
    confusion,
    forward_gradient,
    forward_loss,
    forward_objective,
    noisy_probability,
    softmax,
)

# Buyer, seller, carrier: the desk blames the seller for a quarter of what others did.
DESK = np.array([[0.70, 0.25, 0.05], [0.03, 0.95, 0.02], [0.05, 0.25, 0.70]])
FAIR = np.array([[0.90, 0.05, 0.05], [0.03, 0.95, 0.02], [0.05, 0.05, 0.90]])
PARAMETERS = {"num_class": 3, "eta": 0.3, "max_depth": 3, "min_child_weight": 10, "nthread": 1, "seed": 1,
              "disable_default_eval_metric": True}


def drawn(rng, probability):
    return (rng.random((len(probability), 1)) > probability.cumsum(axis=1)).sum(axis=1).clip(max=2)


def world(rng, rows, noise=DESK):
    """Rows whose true class follows two columns, and the desk's label."""
    x = rng.normal(size=(rows, 2))
    probability = softmax(np.stack([1.5 * x[:, 0], -x[:, 0], 1.5 * x[:, 1]], axis=1))
    truth = drawn(rng, probability)
    return x, truth, drawn(rng, noise_of(noise, rows)[np.arange(rows), truth])


def noise_of(noise, rows):
    return np.broadcast_to(noise, (rows, 3, 3))


def calibration_error(probability, truth, bins=10):
    """Mean distance of share and probability over bins of equal count, of the worst class."""
    errors = []
    for number in range(3):
        parts = np.array_split(np.argsort(probability[:, number]), bins)
        errors.append(np.mean([abs(probability[part, number].mean() - (truth[part] == number).mean())
                               for part in parts]))
    return max(errors)


def trained(x, label, noise):
    return xgb.train(PARAMETERS | {"base_score": 0.0}, xgb.DMatrix(x, label=label), 40, obj=forward_objective(noise))


def test_the_matrix_is_the_share_of_labels_by_truth():
    found = confusion([0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1], 3)
    assert found.counts.tolist() == [[2, 1, 0], [0, 3, 0], [0, 0, 0]]
    # One row of no error is mixed in; the third class has no review.
    assert found.matrix == pytest.approx(np.array([[3 / 4, 1 / 4, 0], [0, 1, 0], [0, 0, 1]]))


def test_the_planted_matrix_lies_in_the_intervals_at_the_nominal_rate_and_among_the_draws():
    rng, held, within = np.random.default_rng(1), [], []
    for seed in range(200):
        _, truth, label = world(rng, 600)
        found = confusion(label, truth, 3)
        ends = found.intervals()
        held.append((ends.low <= DESK) & (ends.high >= DESK))
        low, high = np.quantile(found.draws(400, seed), [0.025, 0.975], axis=0)
        within.append((low <= DESK) & (high >= DESK))
    assert np.mean(held) == pytest.approx(0.95, abs=0.025) and np.mean(within) == pytest.approx(0.95, abs=0.025)
    assert found.draws(3, 1).sum(axis=2) == pytest.approx(np.ones((3, 3)))


def test_a_class_without_a_review_has_no_limit():
    ends = confusion([0, 1], [0, 1], 3).intervals()
    assert ends.low[2].tolist() == [0, 0, 0] and ends.high[2].tolist() == [1, 1, 1]


def test_groups_have_matrices_of_their_own_and_few_reviews_take_the_pooled_one():
    rng = np.random.default_rng(2)
    group = np.where(rng.random(6_000) < 0.3, "islands", "coast").astype(object)
    group[:3] = "hills"
    _, truth, label = world(rng, 6_000, np.where((group == "islands")[:, None, None], DESK, FAIR))
    found = confusion(label, truth, 3, group)
    rows = found.of_rows(["islands", "coast", "hills", "unknown"])
    assert rows[0] == pytest.approx(DESK, abs=0.04) and rows[1] == pytest.approx(FAIR, abs=0.03)
    assert rows[2] == pytest.approx(found.matrix, abs=0.12) and rows[3] == pytest.approx(found.matrix)
    assert rows.sum(axis=2) == pytest.approx(np.ones((4, 3)))


@pytest.mark.parametrize("by_row", [False, True])
def test_the_gradient_is_that_of_the_loss_by_differences(by_row):
    rng = np.random.default_rng(3)
    margin, label = rng.normal(size=(6, 3)) * 2, np.array([0, 1, 2, 0, 1, 2])
    noise = np.stack([DESK, FAIR] * 3) if by_row else DESK
    gradient, curvature = forward_gradient(margin, label, noise)
    step = 1e-6
    for row, number in np.ndindex(margin.shape):
        moved = [margin.copy(), margin.copy()]
        moved[0][row, number] += step
        moved[1][row, number] -= step
        up, down = (6 * forward_loss(softmax(each), label, noise) for each in moved)
        assert gradient[row, number] == pytest.approx((up - down) / (2 * step), abs=1e-6)
    assert (curvature > 0).all() and gradient.sum(axis=1) == pytest.approx(np.zeros(6))


def test_the_curvature_bounds_that_of_the_loss():
    rng = np.random.default_rng(4)
    margin, label = rng.normal(size=(50, 3)) * 2, rng.integers(0, 3, 50)
    _, curvature = forward_gradient(margin, label, DESK)
    step = 1e-5
    for number in range(3):
        moved = np.zeros((1, 3))
        moved[0, number] = step
        up, down = (forward_gradient(margin + sign * moved, label, DESK)[0][:, number] for sign in (1, -1))
        assert ((up - down) / (2 * step) <= curvature[:, number] + 1e-6).all()


def test_without_noise_the_objective_is_xgboost_s_own():
    rng = np.random.default_rng(5)
    x, _, label = world(rng, 800)
    rows = xgb.DMatrix(x, label=label)
    own = xgb.train(PARAMETERS | {"objective": "multi:softprob", "base_score": 0.0}, rows, 20)
    ours = xgb.train(PARAMETERS | {"base_score": 0.0}, rows, 20, obj=forward_objective(np.eye(3)))
    loaded = xgb.Booster()
    loaded.load_model(ours.save_raw("ubj"))
    for booster in (ours, loaded):
        assert softmax(booster.predict(rows, output_margin=True)) == pytest.approx(own.predict(rows), abs=1e-4)


def test_weights_of_rows_count():
    rng = np.random.default_rng(6)
    x, _, label = world(rng, 300)
    weighted = xgb.DMatrix(x, label=label, weight=np.where(np.arange(300) < 100, 2.0, 0.0))
    margin = rng.normal(size=(300, 3))
    gradient, curvature = forward_objective(DESK)(margin, weighted)
    plain = forward_gradient(margin, label, DESK)
    assert gradient[:100] == pytest.approx(2 * plain[0][:100]) and curvature[:100] == pytest.approx(2 * plain[1][:100])
    assert not gradient[100:].any()


def test_a_biased_desk_is_corrected_to_the_truth():
    rng = np.random.default_rng(7)
    x, _, label = world(rng, 12_000)
    reviewed, truth_reviewed, label_reviewed = world(rng, 1_000)
    found = confusion(label_reviewed, truth_reviewed, 3)
    later, truth, _ = world(rng, 8_000)
    corrected, plain = (softmax(trained(x, label, noise).predict(xgb.DMatrix(later), output_margin=True))
                        for noise in (found.matrix, np.eye(3)))
    assert calibration_error(corrected, truth) <= 0.03
    assert calibration_error(plain, truth) > 0.08
    # The seller is blamed by the model as often as the seller is at fault, and not as often as the desk blames.
    assert corrected[:, 1].mean() == pytest.approx((truth == 1).mean(), abs=0.03)
    assert plain[:, 1].mean() > (truth == 1).mean() + 0.08


def test_a_desk_that_is_biased_against_one_group_is_corrected_by_group():
    rng = np.random.default_rng(8)

    def of(rows):
        islands = rng.random(rows) < 0.4
        return (*world(rng, rows, np.where(islands[:, None, None], DESK, FAIR)),
                np.where(islands, "islands", "coast").astype(object))

    x, _, label, group = of(12_000)
    _, truth_reviewed, label_reviewed, group_reviewed = of(3_000)
    found = confusion(label_reviewed, truth_reviewed, 3, group_reviewed)
    later, truth, _, later_group = of(8_000)
    predicted = softmax(trained(x, label, found.of_rows(group)).predict(xgb.DMatrix(later), output_margin=True))
    for name in ("islands", "coast"):
        assert calibration_error(predicted[later_group == name], truth[later_group == name]) <= 0.035


def test_probabilities_of_the_desk_s_labels():
    probability = np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    assert noisy_probability(probability, DESK) == pytest.approx(
        np.array([[0.365, 0.6, 0.035], [0.05, 0.25, 0.70]]))
    assert noisy_probability(probability, np.stack([DESK, FAIR]))[1].tolist() == [0.05, 0.05, 0.9]


@pytest.mark.parametrize(("label", "truth"), [([0, 3], [0, 1]), ([0], [0, 1]), ([0, 1], [0, -1])])
def test_codes_that_are_no_class_are_refused(label, truth):
    with pytest.raises(ValueError, match="expected as many, each from 0 to 2"):
        confusion(label, truth, 3)
