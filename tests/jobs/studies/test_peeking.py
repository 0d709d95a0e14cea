"""Peeking at experiments without an effect: 400 heavy-tailed worlds with 30 looks, and the page's section."""

import numpy as np
import pytest

from jobs import step
from jobs.studies import peeking
from jobs.studies.peeking import CLUSTER, World, rejected


@pytest.mark.parametrize("world", [World(1.5, 0.5), World(1.5, 0.15, 0.99)], ids=["equal arms", "a small arm, cut"])
def test_peeking_rejects_far_too_often_and_a_confidence_sequence_does_not(world):
    found = rejected(world, worlds=400, looks=30, units=200, seed=1)
    assert found.fixed == pytest.approx(0.05, abs=0.015)
    assert found.peeking > 0.2
    assert found.sequence <= 0.05


def test_by_cluster_too():
    found = rejected(World(1.0, 0.5, by_cluster=True), worlds=60, looks=10, units=600, seed=1)
    assert found.sequence <= 0.05 < found.peeking
    assert found.fixed <= 0.15


def test_a_very_small_arm_with_heavy_tails_misleads_both_intervals():
    """The limit that docs/effects.md states: the variance of a small arm is unknown before its large outcomes come."""
    found = rejected(World(1.5, 0.05), worlds=200, looks=30, units=200, seed=1)
    assert found.fixed > 0.065 and found.sequence > 0.05


def test_a_look_at_one_treated_unit_says_nothing():
    assert peeking._excludes(World(1.0, 0.05), np.arange(9.0), np.arange(9) == 8, np.arange(9), 9) == (False, False)
    codes = np.arange(15) // CLUSTER
    world = World(1.0, 0.05, by_cluster=True)
    assert peeking._excludes(world, np.arange(15.0), codes == 1, codes, 15) == (False, False)


def test_units_of_a_cluster_share_their_arm_and_half_of_their_outcome():
    outcome, treated, clusters = peeking._drawn(World(1.0, 0.5, by_cluster=True), 50_000, np.random.default_rng(1))
    by_cluster = np.log(outcome).reshape(-1, CLUSTER)
    assert np.corrcoef(by_cluster[:, 0], by_cluster[:, 1])[0, 1] == pytest.approx(0.5, abs=0.03)
    assert (treated.reshape(-1, CLUSTER).std(axis=1) == 0).all()
    assert len(set(clusters)) == 10_000


def test_the_section_of_a_page(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(peeking, "WORLDS", (World(1.0, 0.5), World(1.5, 0.5, 0.99, by_cluster=True)))
    page = tmp_path / "page.md"
    for _ in range(2):
        assert step.run(peeking.main, ["--worlds", "5", "--looks", "3", "--units", "60", "--out", str(page)]) == 0
    said = capsys.readouterr().out
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!-- peeking -->") and text.count("<!-- peeking -->") == 1
    assert "| 1.5 | 50% | winsorised at 0.99, by cluster |" in text and "| 1 | 50% | as they are |" in said
    assert "1.55 times as wide" in text
