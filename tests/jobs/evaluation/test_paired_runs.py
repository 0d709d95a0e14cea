"""Two models on the same test rows: which rows, which differences, and which rows changed."""

import numpy as np
import pyarrow as pa
import pytest

from jobs.evaluation import metrics, paired_runs, predictions

DAYS = np.array(["2026-11-01", "2026-11-02"], "datetime64[D]")


def table(score, label=None, entities: int = 100, seed: int = 1) -> pa.Table:
    """Predictions of entities on two days, one in ten positive."""
    rng, n = np.random.default_rng(seed), 2 * entities
    label = (rng.random(n) < 0.1).astype(np.int8) if label is None else label
    names = np.tile([f"s{i:03}" for i in range(entities)], 2)
    return pa.table({"as_of": np.repeat(DAYS, entities), "entity": names, "cluster": names, "label": label,
                     "loss_cents": label.astype(np.int64) * 100, "score": score,
                     "slice_region": np.where(np.arange(n) % 2, "north", "south")})


@pytest.fixture(scope="module")
def pair():
    """A first model that guesses, and a second that knows most of the label."""
    rng = np.random.default_rng(2)
    guess, noise = rng.random(200), rng.random(200)
    label = table(guess)["label"].to_numpy()
    return table(guess), table(0.3 * noise + 0.6 * label)


def test_the_planted_difference_is_found_with_its_sign(pair):
    paired = paired_runs.compare(*pair, capacity=10, seed=3)
    first, second, difference = paired.metrics["average_precision"]
    assert first.value < 0.3 < 0.9 < second.value
    assert difference.value == pytest.approx(second.value - first.value) and difference.low > 0.4
    assert paired.metrics["caught_cents_at_capacity"][2].value == 100 * (
        sum(two.found for _, two in paired.slices) - sum(one.found for one, _ in paired.slices))


def test_a_model_against_itself_differs_nowhere(pair):
    paired = paired_runs.compare(pair[0], pair[0], capacity=10, seed=3)
    assert {(d.value, d.low, d.high) for _, _, d in paired.metrics.values()} == {(0.0, 0.0, 0.0)}
    assert paired.changed == []


def test_the_rows_that_changed_most_come_first_with_whether_they_are_reviewed(pair):
    changed = paired_runs.compare(*pair, capacity=10, seed=3).changed
    sizes = [abs(row.scores[1] - row.scores[0]) for row in changed]
    assert len(changed) == 20 and sizes == sorted(sizes, reverse=True)
    scored = [predictions.scored(one) for one in pair]
    reviewed = [metrics.reviewed_rows(one, 10) for one in scored]
    for row in changed:
        assert row.scores == (scored[0].score[row.index], scored[1].score[row.index])
        assert row.reviewed == (reviewed[0][row.index], reviewed[1][row.index])
        assert (row.entity, row.label) == (pair[1]["entity"][row.index].as_py(), pair[1]["label"][row.index].as_py())


def test_common_rows_take_the_order_of_one_and_the_labels_of_the_later(pair):
    shuffled = pair[0].take(np.random.default_rng(4).permutation(200)[:150])
    later = pair[1].set_column(3, "label", pa.array(np.ones(200, np.int8)))
    one, two = paired_runs.common_rows(shuffled, later)
    assert len(one) == len(two) == 150 and one["entity"].equals(two["entity"]) and one["as_of"].equals(two["as_of"])
    assert set(one["label"].to_pylist()) == {1}
    of = dict(zip(zip(pair[0]["as_of"].to_pylist(), pair[0]["entity"].to_pylist()), pair[0]["score"].to_pylist()))
    assert one["score"].to_pylist() == [of[key] for key in zip(one["as_of"].to_pylist(), one["entity"].to_pylist())]


def test_rows_that_cannot_be_compared_are_refused(pair):
    with pytest.raises(ValueError, match="two rows of one entity and day"):
        paired_runs.common_rows(pair[0], pa.concat_tables([pair[1], pair[1].slice(0, 1)]))
    with pytest.raises(ValueError, match="no row is in both"):
        paired_runs.compare(pair[0].slice(0, 0), pair[1].slice(0, 0), 10, 3)
    with pytest.raises(ValueError, match="the same rows in the same order; entity differs"):
        paired_runs.compare(pair[0], pair[1].take(np.arange(200)[::-1]).set_column(
            3, "label", pair[0]["label"]).set_column(0, "as_of", pair[0]["as_of"]), 10, 3)


def test_the_paired_interval_is_narrower_than_two_separate_ones(pair):
    """A resample that is hard for both must not widen the interval of the difference."""
    score = pair[1]["score"].to_numpy()
    near = pair[1].set_column(5, "score", pa.array(np.clip(score + 0.02, 0, 1)))
    paired = paired_runs.compare(pair[1], near, capacity=10, seed=3)
    one, _, difference = paired.metrics["recall_at_capacity"]
    assert difference.high - difference.low < 0.2 * (one.high - one.low)
