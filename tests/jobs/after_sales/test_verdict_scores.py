"""Scores of verdicts against counts by hand, a published kappa, and intervals that hold the planted value."""

import numpy as np
import pytest

from jobs.after_sales.verdict_scores import agreement, citations, kappa, kept_under_swaps
from jobs.statistics.shares import wilson


def pairs(table) -> tuple[np.ndarray, np.ndarray]:
    """The verdicts of two judges whose counts are a table."""
    names = np.array(["buyer", "seller", "carrier"])
    one, two = np.nonzero(np.ones_like(table))
    return (np.repeat(names[each], np.ravel(table)) for each in (one, two))


def test_kappa_and_its_error_are_those_of_the_published_example():
    # Fleiss, Cohen and Everitt (1969), proportions of 200 subjects: kappa 0.429, variance 0.002885.
    one, two = pairs(np.array([[106, 10, 4], [22, 28, 10], [2, 12, 6]]))
    found = kappa(one, two)
    assert found.value == pytest.approx(0.429, abs=5e-4)
    assert (found.high - found.low) / 2 / 1.959964 == pytest.approx(np.sqrt(0.002885), abs=5e-4)


def test_agreement_is_a_share_and_chance_alone_has_a_kappa_of_zero():
    one, two = pairs(np.array([[25, 25, 0], [25, 25, 0], [0, 0, 0]]))
    found = agreement(list(one), list(two))
    assert (found.cases, found.share, found.kappa.value) == (100, wilson(0.5, 100), pytest.approx(0))
    assert found.kappa.low < 0 < found.kappa.high
    perfect = agreement(["buyer", "seller"], ["buyer", "seller"])
    assert (perfect.share.value, perfect.kappa.value) == (1, 1)


def test_without_cases_or_with_one_party_alone_there_is_no_kappa():
    for found in (agreement([], []), agreement(["buyer"], ["buyer"])):
        assert np.isnan(found.kappa.value) and (found.kappa.low, found.kappa.high) == (-1, 1)
    assert np.isnan(agreement([], []).share.value)


def test_intervals_of_kappa_hold_the_planted_one():
    draw, held = np.random.default_rng(1), 0
    names = np.array(["buyer", "seller", "carrier"])
    for _ in range(400):
        one = names[draw.integers(3, size=250)]
        two = np.where(draw.random(250) < 0.5, one, names[draw.integers(3, size=250)])
        found = kappa(one, two)
        held += found.low <= 0.5 <= found.high
    assert 0.93 <= held / 400 <= 0.975


def test_cited_evidence_is_there_absent_or_undefined_and_counts_once():
    found = citations([("a", "b", "a"), ("x",), ()], [{"a"}, {"a"}, {"b"}], {"a", "b"})
    assert (found.cited, found.absent, found.undefined, found.there) == (3, 1, 1, wilson(1 / 3, 3))
    assert citations([()], [{"a"}], {"a"}).cited == 0


def test_a_verdict_stays_if_it_is_that_of_the_case_as_it_is():
    rows = [("a", "", "buyer"), ("a", "north", "buyer"), ("a", "old", "seller"), ("b", "", "undetermined"),
            ("b", "north", "undetermined"), ("b", "old", "undetermined"), ("c", "north", "buyer"), ("d", "", "buyer")]
    found = kept_under_swaps(*zip(*rows))
    assert {name: (kept.cases, kept.share.value) for name, kept in found.items()} == {
        "": (2, 0.5), "north": (2, 1.0), "old": (2, 0.5)}
    assert kept_under_swaps(*zip(*rows[-1:]))[""].cases == 0


def test_judges_of_other_cases_are_an_error():
    with pytest.raises(ValueError, match="2 and 1 verdicts; expected the same cases"):
        agreement(["buyer", "seller"], ["buyer"])
