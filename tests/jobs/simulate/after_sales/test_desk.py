"""The after-sales desk: its confusion matrix, its bias as a parameter, second reviews, and reversals on appeal."""

import numpy as np
import pytest

from jobs.simulate import world as worlds
from jobs.simulate.after_sales import desk
from jobs.simulate.after_sales.desk import DeskConduct
from jobs.simulate.after_sales.happenings import SELLER
from jobs.simulate.legitimate import claims
from jobs.simulate.people import REGIONS
from jobs.simulate.rows import count, take
from jobs.simulate.sizes import SIZES

SIZE = 40_000
ISLANDS = REGIONS.index("islands")


@pytest.fixture(scope="module")
def world():
    return worlds.build(SIZES["small"], np.datetime64("2026-09-01"), 40, 7)


def cases(world, seller):
    size = np.arange(SIZE)
    return {"order": size, "kind": size % 4, "fault": size // 4 % 4, "seller": np.full(SIZE, seller),
            "other": size // 16 % 5, "claim": np.full(SIZE, 1_000), "number": size}


def sellers(world):
    """A small shop of the islands, a small one of elsewhere, and a large one of the islands."""
    weight, honest = world.sellers["weight"], world.honest["seller"]
    small = weight < np.quantile(weight[honest], 0.8)
    islands, alive = world.sellers["region"] == ISLANDS, weight > 0
    return [int(np.flatnonzero(mask & alive)[0]) for mask in (small & islands, small & ~islands, ~small & islands)]


def blamed(world, seller, bias):
    return desk.decide(world, DeskConduct(desk_bias=bias), cases(world, seller))["responsible"] == SELLER


def test_rows_of_the_confusion_matrix_add_up_to_one_and_their_own_party_is_the_likeliest():
    assert np.allclose(desk.CONFUSION.sum(axis=2), 1)
    assert (desk.CONFUSION.argmax(axis=2) == np.arange(4)).all()


def test_the_desk_blames_small_sellers_of_the_islands_by_the_bias_more_often(world):
    favoured, elsewhere, large = sellers(world)
    for bias in (0.1, 0.2):
        change = blamed(world, favoured, bias).mean() - blamed(world, favoured, 0.0).mean()
        assert change == pytest.approx(bias, abs=0.006)
    for seller in (elsewhere, large):
        assert (blamed(world, seller, 0.2) == blamed(world, seller, 0.0)).all()


def test_a_share_of_the_cases_has_a_second_review_that_is_more_often_right_and_knows_no_bias(world):
    favoured, elsewhere, _ = sellers(world)
    judged = [desk.decide(world, DeskConduct(0.3, 0.15), cases(world, seller)) for seller in (favoured, elsewhere)]
    assert (judged[0]["second_responsible"] == judged[1]["second_responsible"]).all()
    drawn = take(judged[0], judged[0]["second_responsible"] >= 0)
    assert count(drawn) / SIZE == pytest.approx(0.15, abs=0.006)
    assert (drawn["second_responsible"] == drawn["fault"]).mean() > 0.87 > 0.75 > (~drawn["is_wrong"]).mean()
    for fault in range(4):  # at random: no party has more of them
        assert (drawn["fault"] == fault).mean() == pytest.approx(0.25, abs=0.02)


def test_reversals_follow_appeals_by_more_than_a_week_and_mostly_mend_errors(world):
    judged = desk.decide(world, DeskConduct(), cases(world, sellers(world)[1])) | {
        "lot": np.zeros(SIZE), "incident": np.full(SIZE, -1), "user": np.zeros(SIZE, int),
        "time": np.zeros(SIZE, np.int64)}
    closed = claims.settle(np.random.default_rng(1), judged, desk.appeals)
    again = desk.reversals(world, judged, closed)
    first = take(closed, again["number"])
    assert count(again) > 500 and first["appealed"].all()
    assert (again["time"] - first["time"] > 8 * 86_400).all() and (again["responsible"] != first["responsible"]).all()
    truth = judged["fault"][again["number"]]
    assert (again["responsible"] == truth).mean() > 0.7 > 0.2 > (first["responsible"] == truth).mean()
    paid = again["responsible"] != claims.PARTIES.index("buyer")
    assert (again["paid"] == np.where(paid, 1_000, 0)).all()


def test_wrong_decisions_are_appealed_more_often():
    rejected = np.full(2, claims.OUTCOMES.index("rejected"))
    wrong, right = desk.appeals(rejected, np.array([True, False]))
    assert wrong > 3 * right > 0 and wrong < 1
