"""The test of review capacity: rejections without a change, power with a planted one, and the weeks that it names."""

import numpy as np
import pytest

from jobs.ledger import triangles
from jobs.ledger.review_capacity import capacity_test
from jobs.studies import verdict_worlds
from jobs.studies.verdict_worlds import World

PERIODS = 26


def capacity_of(rng, halved=(), **world):
    made = verdict_worlds.made(rng, World(**world), PERIODS, halved)
    return capacity_test([made.known_counts()], simulated=99, seed=int(rng.integers(1 << 30)))


def test_about_five_of_a_hundred_unchanged_reviewers_are_rejected():
    rejected = [capacity_of(np.random.default_rng(seed), rate=rate, spread=spread).p <= 0.05
                for rate, spread in ((5, 0.0), (20, 0.5)) for seed in range(250)]
    assert 0.025 <= np.mean(rejected) <= 0.075


def test_a_halving_of_some_weeks_is_found_and_its_weeks_are_named():
    found = [capacity_of(np.random.default_rng(seed), halved=(16, 17, 18, 19), rate=20) for seed in range(40)]
    assert np.mean([test.p <= 0.05 for test in found]) >= 0.95
    # The backlog of four weeks comes in the fifth, number 20.
    assert np.mean([14 <= test.first <= 20 and test.last <= 21 for test in found]) >= 0.8


def test_risks_that_share_reviewers_are_tested_together_with_more_power():
    powers = []
    for risks in (1, 6):
        found = []
        for seed in range(30):
            rng = np.random.default_rng(seed)
            made = [verdict_worlds.made(rng, World(rate=4, delay=1 + risk % 3), PERIODS, (16, 17, 18)).known_counts()
                    for risk in range(risks)]
            found.append(capacity_test(made, simulated=99).p <= 0.05)
        powers.append(np.mean(found))
    assert powers[1] >= 0.9 > powers[0]


def test_a_changed_mix_of_risks_is_no_change_of_capacity():
    rejected = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        quick = verdict_worlds.made(rng, World(rate=15, delay=0.5, trend=0.05), PERIODS).known_counts()
        slow = verdict_worlds.made(rng, World(rate=30, delay=4, trend=-0.05), PERIODS).known_counts()
        rejected.append(capacity_test([quick, slow], simulated=99).p <= 0.05)
    assert np.mean(rejected) <= 0.13


def test_a_shorter_triangle_is_aligned_at_the_last_period():
    rng = np.random.default_rng(5)
    long = verdict_worlds.made(rng, World(rate=10), PERIODS).known_counts()
    short = long[-10:, :10]
    test = capacity_test([short, long], simulated=19)
    found = [cells[np.add.outer(np.arange(size), np.arange(size)) - size + PERIODS == diagonal].sum()
             for diagonal in range(test.first, test.last + 1) for cells, size in ((short, 10), (long, PERIODS))]
    assert test.found == sum(found)


def test_verdicts_in_batches_are_no_change():
    rejected = [capacity_of(np.random.default_rng(seed), rate=30, batch=5).p <= 0.05 for seed in range(100)]
    assert np.mean(rejected) <= 0.15


def test_sums_of_a_table_vary_less_than_counts_and_are_no_change():
    assert capacity_test([np.where(triangles.known_cells(10), 1.0, np.nan)]).p > 0.05


@pytest.mark.parametrize("periods", [1, 2, 5])
def test_too_few_verdicts_are_not_tested(periods):
    assert capacity_test([np.where(triangles.known_cells(periods), 0.0, np.nan)], simulated=9) is None


def test_the_figures_are_the_verdicts_of_the_named_weeks():
    made = verdict_worlds.made(np.random.default_rng(1), World(rate=20), PERIODS, (16, 17, 18, 19))
    counts = made.known_counts()
    test = capacity_test([counts], simulated=19)
    number = np.add.outer(np.arange(PERIODS), np.arange(PERIODS))
    assert test.found == counts[(number >= test.first) & (number <= test.last)].sum()
    assert (test.statistic > 0) == (test.found > test.expected)
