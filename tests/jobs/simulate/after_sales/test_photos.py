"""Hashes of photos: equal photos have equal ones, and near-copies differ in one to three bits."""

import numpy as np

from jobs.simulate.after_sales.photos import altered, hashes, of_cases
from jobs.simulate.legitimate.claims import GROUP_PHOTOS, PHOTOS

MANY = np.arange(5_000)
LOTS = (MANY + 0.5) / len(MANY)


def bits(first, second):
    return np.bitwise_count(first ^ second)


def test_near_copies_differ_from_their_original_in_one_to_three_bits():
    original = hashes(7, MANY)
    assert set(bits(original, altered(original, LOTS)).tolist()) == {1, 2, 3}


def test_hashes_of_different_photos_differ_in_about_half_of_their_bits():
    first = hashes(7, MANY)
    assert len(set(first.tolist())) == len(MANY)
    assert 31 < bits(first[1:], first[:-1]).mean() < 33 and bits(first[1:], first[:-1]).min() > 8
    assert (first == hashes(7, MANY)).all() and (first != hashes(8, MANY)).all()


def test_a_photo_that_a_group_shows_again_is_a_near_copy_and_an_own_photo_is_none():
    photo = np.array([GROUP_PHOTOS + 5, GROUP_PHOTOS + 5, PHOTOS + 1, PHOTOS + 2, -1])
    cases = {"order": np.arange(5), "kind": np.zeros(5, int), "evidence": photo, "near_copy": np.zeros(5, bool)}
    image = of_cases(7, cases)
    assert bits(image[0], image[1]) <= 6 and bits(image[2], image[3]) > 8 and image[4] == 0


def test_found_pictures_are_near_copies_of_each_other_across_accounts():
    size = 2_000
    cases = {"order": np.arange(size), "kind": np.zeros(size, int), "evidence": PHOTOS + np.arange(size),
             "near_copy": np.ones(size, bool)}
    image = of_cases(7, cases)
    nearest = [np.delete(bits(image, one), at).min() for at, one in enumerate(image[:50])]
    assert max(nearest) <= 6
