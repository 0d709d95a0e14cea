"""Signs: their likelihoods are probabilities, and a sign that cannot be shown says nothing."""

import numpy as np

from jobs.simulate.after_sales import signs
from jobs.simulate.after_sales.happenings import HAPPENINGS

ONE = np.array([True])


def at(name):
    return HAPPENINGS.index(name)


def test_a_sign_and_its_absence_have_probabilities_that_add_up_to_one():
    for name in signs.SIGNS:
        both = signs.likelihood_of(name, ONE, ONE) + signs.likelihood_of(name, ~ONE, ONE)
        assert np.allclose(both, 1)


def test_a_sign_that_a_case_cannot_show_says_nothing():
    assert (signs.likelihood_of("seller_admits", ~ONE, ~ONE) == 1).all()
    assert (signs.likelihood_of_scan(np.array([-1])) == 1).all()
    assert (signs.likelihood_of_weight(np.array([np.nan])) == 1).all()


def test_scans_are_wrong_in_three_of_a_hundred_parcels():
    scans = np.concatenate([signs.likelihood_of_scan(np.array([place])) for place in range(len(signs.PLACES))])
    assert np.allclose(scans.sum(axis=0), 1)
    neighbour = signs.PLACES.index("neighbour")
    placed = 0.93
    assert np.isclose(scans[neighbour, at("left_with_neighbour")], placed * 0.97 + (1 - placed) * 0.03 / 3)


def test_a_parcel_of_a_third_of_the_weight_points_to_less_that_was_sent():
    light, usual = (signs.likelihood_of_weight(np.array([ratio]))[0] for ratio in (np.log(0.3), 0.0))
    assert light[at("sent_less")] > 20 * light[at("changed_mind")]
    assert usual[at("sent_less")] < 0.3 * usual[at("changed_mind")]
