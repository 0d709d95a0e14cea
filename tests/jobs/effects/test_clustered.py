"""Errors by cluster: coverage where units share their fate, and the published experiment in villages."""

import duckdb
import numpy as np
import pytest

from jobs.effects.clustered import cluster_codes, clustered, clusters_by_arm
from jobs.effects.mean_difference import mean_difference
from jobs.effects.regression_adjustment import adjusted


def world(rng: np.random.Generator, clusters: int = 60, correlation: float = 0.2):
    """Clusters of 5 to 15 units that share a part of their outcome; whole clusters are treated; no effect."""
    sizes = rng.integers(5, 16, clusters)
    codes = np.repeat(np.arange(clusters), sizes)
    shared = np.sqrt(correlation) * rng.normal(size=clusters)
    outcome = shared[codes] + np.sqrt(1 - correlation) * rng.normal(size=len(codes))
    return outcome, (rng.permutation(clusters) < clusters // 2)[codes], codes


def test_it_covers_where_units_share_their_fate_and_the_error_by_unit_does_not():
    rng, covered = np.random.default_rng(2), np.zeros(2)
    for _ in range(500):
        outcome, treated, codes = world(rng)
        for number, found in enumerate((clustered(outcome, treated, codes), mean_difference(outcome, treated))):
            covered[number] += found.low <= 0 <= found.high
    assert 0.92 <= covered[0] / 500 <= 0.975
    assert covered[1] / 500 < 0.85


def test_an_adjusted_effect_has_an_error_by_cluster_too():
    rng, covered = np.random.default_rng(3), np.zeros(2)
    for _ in range(300):
        noise, treated, codes = world(rng)
        before = rng.normal(size=len(codes))
        found = clustered(noise + before, treated, codes, before[:, None])
        plain = clustered(noise + before, treated, codes)
        covered += [found.low <= 0 <= found.high, found.error < plain.error]
    assert 0.91 <= covered[0] / 300 <= 0.98
    assert covered[1] / 300 > 0.9


def test_clusters_of_one_unit_give_nearly_the_error_by_unit():
    rng = np.random.default_rng(4)
    outcome, treated, before = rng.normal(size=300), rng.random(300) < 0.5, rng.normal(size=(300, 1))
    names = np.array([f"u{number}" for number in range(300)])
    assert clustered(outcome, treated, names).error == pytest.approx(mean_difference(outcome, treated).error, rel=5e-3)
    by_unit = adjusted(outcome, treated, before)
    assert clustered(outcome, treated, names, before).effect == pytest.approx(by_unit.effect)


def test_the_degrees_of_freedom_are_those_of_clusters():
    outcome, treated, codes = world(np.random.default_rng(5), clusters=9)
    found = clustered(outcome, treated, codes)
    assert (found.df, found.clusters) == (8, 9)


def test_labels_of_any_kind_are_codes_from_0():
    codes, count = cluster_codes(np.array(["b", "a", "b"], object))
    assert (codes.tolist(), count) == ([1, 0, 1], 2)
    assert clusters_by_arm(np.array([True, True, False]), codes) == (2, 1)


def test_one_treated_cluster_has_no_variance_of_its_own():
    codes = np.repeat(np.arange(5), 4)
    with pytest.raises(ValueError, match="the treated arm has 1 clusters; expected at least 2"):
        clustered(np.arange(20.0), codes == 2, codes)


@pytest.mark.real
def test_villages_make_the_error_a_little_larger(real_data):
    """Thornton (2008), people whose village is known. Constants: statsmodels 0.15.0, cov_type cluster with use_t."""
    got, offered, village = duckdb.sql(f"""
        SELECT got, "any", villnum FROM '{real_data}/effects/thornton_hiv.csv'
        WHERE got IS NOT NULL AND "any" IS NOT NULL AND villnum IS NOT NULL""").fetchnumpy().values()
    found = clustered(np.asarray(got, float), np.asarray(offered) == 1, np.asarray(village))
    assert (found.clusters, found.df) == (119, 118)
    assert found.effect == pytest.approx(0.45198224, abs=1e-7)
    assert found.error == pytest.approx(0.02268601, abs=1e-7)
    assert (found.low, found.high) == (pytest.approx(0.40705779, abs=1e-7), pytest.approx(0.49690676, abs=1e-7))


@pytest.mark.real
def test_an_adjusted_error_by_cluster_is_that_of_other_packages(real_data):
    """NSW with years of schooling as clusters, for the arithmetic alone. Constant: statsmodels 0.15.0, cluster."""
    names = ("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75")
    table = duckdb.sql(f"FROM '{real_data}/effects/nsw.csv'").fetchnumpy()
    covariates = np.stack([np.asarray(table[name], float) for name in names], axis=1)
    found = clustered(np.asarray(table["re78"], float), np.asarray(table["treat"]) == 1, np.asarray(table["educ"]),
                      covariates)
    assert found.error == pytest.approx(454.06448, abs=1e-4)
