"""The lookup that a model of cases must beat, by a plain loop and at its edges."""

from collections import Counter

import numpy as np

from jobs.after_sales.registered_model import MODEL, right_by_lookup


def test_the_lookup_is_the_most_frequent_party_of_other_sellers():
    draw = np.random.default_rng(1)
    kind, reason = draw.choice(["refund", "return"], 300), draw.choice(["damaged", "late", None], 300)
    label, truth, fold = draw.integers(0, 4, 300), draw.integers(0, 4, 300), draw.integers(0, 5, 300)
    found = right_by_lookup(kind, reason, label, truth, fold)
    for row in range(300):
        counts = Counter(label[(fold != fold[row]) & (kind == kind[row]) & (reason == reason[row])].tolist())
        usual = min(counts, key=lambda party: (-counts[party], party))
        assert found[row] == (usual == truth[row])


def test_a_kind_that_no_other_seller_has_takes_the_most_frequent_party_of_all():
    found = right_by_lookup(np.array(["a", "b", "b", "b"]), np.array([None] * 4, object), np.array([0, 2, 2, 1]),
                            np.array([2, 2, 0, 2]), np.array([0, 1, 1, 2]))
    assert found.tolist() == [True, False, False, True]


def test_the_name_in_the_registry_has_no_slash():
    assert MODEL.registered_name == "case-responsibility"
