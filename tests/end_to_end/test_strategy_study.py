"""The study of strategies over eight small marketplaces (simulated): what planted truth says of all three claims."""

import numpy as np
import pytest

from jobs.studies import review_coverage, strategy, strategy_page

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
    mean, low, high = strategy_page.t_interval([result.live.value - result.highest.value for result in results])
    assert mean > 0, (mean, low, high)


def test_the_interval_of_prevalence_covers_as_it_says(results):
    covered = [review_coverage.coverage(populations, strategy_page.sizes_of(populations)[-1], review_coverage.PERFECT,
                                        redraws=200)[review_coverage.CHOSEN].covered
               for populations in strategy_page.by_risk(results).values()]
    assert 0.93 <= np.mean(covered) <= 0.97, covered


def test_the_section_names_every_marketplace_and_that_it_is_simulated(results):
    text = strategy_page.section(results)
    assert text.startswith("**Simulated data**")
    assert all(f"| {result.seed} |" in text for result in results)
