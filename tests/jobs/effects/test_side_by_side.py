"""All estimators of a sample: which rows it has, and that each is the estimator's own answer."""

import numpy as np
import pytest

from jobs.effects.clustered import clustered
from jobs.effects.mean_difference import mean_difference
from jobs.effects.permutation import permutation_p
from jobs.effects.power import minimal_effect
from jobs.effects.ratio import ratio
from jobs.effects.regression_adjustment import adjusted
from jobs.effects.sequential import confidence_sequence
from jobs.effects.side_by_side import Sample, side_by_side
from jobs.effects.winsorise import winsorised

RNG = np.random.default_rng(1)
OUTCOME, TREATED = RNG.lognormal(size=1_200), RNG.random(1_200) < 0.4
CLUSTERS, BEFORE = np.arange(1_200) // 4, RNG.normal(size=(1_200, 1))


def named(sample: Sample, **options) -> dict:
    return {row.estimator: row for row in side_by_side(sample, permutations=99, **options)}


def test_units_that_stand_for_themselves():
    found = named(Sample(OUTCOME, TREATED))
    assert list(found) == ["difference of means", "permutation", "confidence sequence"]
    plain = mean_difference(OUTCOME, TREATED)
    assert found["difference of means"].estimate == plain
    assert found["difference of means"].smallest == minimal_effect(plain.error, plain.df)
    assert found["permutation"].estimate.p == permutation_p(OUTCOME, TREATED, permutations=99)
    assert found["confidence sequence"].estimate == confidence_sequence(plain, int(TREATED.sum()), 1_200)
    assert np.isnan(found["confidence sequence"].smallest)


def test_with_everything():
    found = named(Sample(OUTCOME, TREATED, CLUSTERS, BEFORE), quantile=0.99)
    assert list(found) == ["difference of means", "adjusted", "by cluster", "adjusted, by cluster",
                           "winsorised, adjusted, by cluster", "permutation", "confidence sequence",
                           "confidence sequence, winsorised"]
    careful = clustered(OUTCOME, TREATED, CLUSTERS, BEFORE)
    cut = clustered(winsorised(OUTCOME, 0.99), TREATED, CLUSTERS, BEFORE)
    assert found["adjusted, by cluster"].estimate == careful
    assert found["winsorised, adjusted, by cluster"].estimate == cut
    smaller = len(np.unique(CLUSTERS[TREATED]))
    assert found["confidence sequence"].estimate == confidence_sequence(careful, smaller, 300)
    assert found["confidence sequence, winsorised"].estimate == confidence_sequence(cut, smaller, 300)
    plain = mean_difference(OUTCOME, TREATED)
    assert found["adjusted"].cut == 1 - (adjusted(OUTCOME, TREATED, BEFORE).error / plain.error) ** 2
    assert found["permutation"].estimate.p == permutation_p(OUTCOME, TREATED, CLUSTERS, permutations=99)


@pytest.mark.parametrize(("clusters", "has_bootstrap"), [(39, True), (40, False)])
def test_below_40_clusters_the_wild_bootstrap_is_there(clusters, has_bootstrap):
    codes = np.arange(1_200) % clusters
    assert ("wild bootstrap" in named(Sample(OUTCOME, codes % 2 == 0, codes))) == has_bootstrap


def test_winsorised_outcomes_without_clusters():
    cut = winsorised(OUTCOME, 0.9)
    assert named(Sample(OUTCOME, TREATED), quantile=0.9)["winsorised"].estimate == mean_difference(cut, TREATED)
    assert (named(Sample(OUTCOME, TREATED, covariates=BEFORE), quantile=0.9)["winsorised, adjusted"].estimate
            == adjusted(cut, TREATED, BEFORE))


def test_a_ratio_has_rows_of_its_own():
    orders = RNG.integers(1, 6, 1_200).astype(float)
    found = named(Sample(OUTCOME, TREATED, CLUSTERS, denominator=orders))
    assert list(found) == ["ratio of sums", "ratio, by cluster", "permutation", "confidence sequence"]
    assert found["ratio, by cluster"].estimate == ratio(OUTCOME, orders, TREATED, CLUSTERS)
    assert found["confidence sequence"].estimate.error == found["ratio, by cluster"].estimate.error


def test_a_ratio_that_is_the_same_is_no_effect_although_the_sums_differ():
    rng, treated = np.random.default_rng(2), np.arange(80) < 30
    orders = rng.geometric(0.2, 80) * np.where(treated, 3.0, 1.0)
    losses = 2 * orders + rng.normal(size=80)
    assert permutation_p(losses, treated, permutations=99) < 0.05
    assert named(Sample(losses, treated, denominator=orders))["permutation"].estimate.p > 0.05


def test_the_sequence_is_tuned_for_the_planned_size():
    found = named(Sample(OUTCOME, TREATED), planned=5_000)["confidence sequence"].estimate
    assert found == confidence_sequence(mean_difference(OUTCOME, TREATED), int(TREATED.sum()), 5_000)


@pytest.mark.parametrize("options", [{"quantile": 0.99}, {}])
def test_a_ratio_is_neither_adjusted_nor_winsorised(options):
    sample = Sample(OUTCOME, TREATED, covariates=None if options else BEFORE, denominator=np.ones(1_200))
    with pytest.raises(ValueError, match="expected a denominator alone"):
        side_by_side(sample, **options)
