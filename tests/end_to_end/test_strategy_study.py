"""The study of strategies over eight small marketplaces (simulated): what planted truth says of all three claims."""

import numpy as np
import pytest

from jobs.studies import review_coverage, strategy, strategy_page
from jobs.studies.review_coverage import CHOSEN, CORRECTED, PERFECT

pytestmark = pytest.mark.end_to_end
WORLDS = 8


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIGIL_HOME", str(tmp_path_factory.mktemp("strategy")))
        for name in ("VIGIL_LAKE", "VIGIL_POLICIES", "SPARK_REMOTE", "SPARK_MASTER"):
            patch.delenv(name, raising=False)
        return strategy.run(tmp_path_factory.mktemp("study") / "worlds", WORLDS, 101, 2, "demo")


def test_the_interval_of_loss_caught_holds_the_planted_truth(results):
    found = [(result.seed, result.caught) for result in results]
    assert all(caught.actions > 0 and caught.truth > 0 for _, caught in found)
    assert sum(caught.holds for _, caught in found) >= WORLDS - 1, found


def test_the_live_policies_are_worth_more_than_the_highest_scores_at_the_same_minutes(results):
    assert all(result.highest.minutes <= result.live.minutes for result in results)
    mean, low, high = strategy_page.t_interval(
        [result.live.value_in_horizon - result.highest.value_in_horizon for result in results])
    assert mean > 0, (mean, low, high)


def test_the_interval_of_prevalence_covers_as_it_says(results):
    covered = {key: review_coverage.coverage(populations, strategy_page.sizes_of(populations)[-1], redraws=1_600)
               for key, populations in strategy_page.by_risk(results).items()}
    for who in (PERFECT, CORRECTED):
        shares = {key: by_reviewers[who][CHOSEN].covered for key, by_reviewers in covered.items()}
        assert 0.93 <= np.mean(list(shares.values())) <= 0.97, shares
        assert min(shares.values()) > 0.9, shares


def test_the_section_names_every_marketplace_and_that_it_is_simulated(results):
    text = strategy_page.section(results)
    assert text.startswith("**Simulated data**")
    assert all(f"| {result.seed} |" in text for result in results)
