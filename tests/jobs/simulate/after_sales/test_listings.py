"""Listings: versions by day, promises in the words of bold ones, and pictures."""

import numpy as np
import pytest

from jobs.simulate import world as worlds
from jobs.simulate.after_sales import listings
from jobs.simulate.rows import concat, count, take
from jobs.simulate.sizes import SIZES
from jobs.simulate.world import PRODUCTS

DAYS = 40


@pytest.fixture(scope="module")
def world():
    return worlds.build(SIZES["small"], np.datetime64("2026-09-01"), DAYS, 7)


@pytest.fixture(scope="module")
def landed(world):
    return concat([listings.of_day(world, day) | {"day": np.full(count(listings.of_day(world, day)), day)}
                   for day in range(DAYS)])


def test_every_product_of_a_shop_has_one_first_version_and_at_most_one_change(world, landed):
    first = take(landed, landed["version"] == 0)
    registered = world.sellers["registered"]
    shops = np.flatnonzero(registered < DAYS * 86_400)
    assert sorted(first["product"].tolist()) == (shops[:, None] * PRODUCTS + np.arange(PRODUCTS)).ravel().tolist()
    assert len(set(landed["number"].tolist())) == count(landed)
    changed = take(landed, landed["version"] == 1)
    assert 0.25 < count(changed) / count(first) < 0.4
    assert (changed["time"] == changed["day"] * 86_400).all() and (first["time"] < (first["day"] + 1) * 86_400).all()


def test_the_latest_version_by_a_day_is_the_one_whose_promise_counts_on_it(world, landed):
    for day in (5, 20, 39):
        known = take(landed, landed["day"] <= day)
        latest = {int(product): bool(bold) for product, bold in zip(known["product"], known["bold"])}
        product = np.array(sorted(latest))
        assert listings.is_bold(world, product, day).tolist() == [latest[one] for one in product.tolist()]
    assert 0.13 < landed["bold"].mean() < 0.19


def test_the_words_of_a_version_have_a_promise_exactly_where_it_is_bold(landed):
    text = listings.descriptions(landed).to_pylist()
    promises = [any(promise in one for promise in listings.PROMISES) for one in text]
    assert promises == landed["bold"].tolist()
    assert len(set(listings.titles(landed).to_pylist())) > 500


def test_some_pictures_are_near_copies_of_another_shops(world):
    image = listings.pictures(7, np.arange(3_000))
    near = [np.delete(np.bitwise_count(image ^ one), at).min() <= 6 for at, one in enumerate(image)]
    assert 0.02 < np.mean(near) < 0.08
