"""Compensation on planted mixtures: coverage over seeds, ends in cents, and what the intervals follow."""

import numpy as np
import pytest

from jobs.after_sales.compensation import fit_compensation

ROWS, LATER, SEEDS = 1_500, 3_000, 8


def world(name, rows, draw):
    """Features (rows, 3), of which one is noise, and paid shares: a mass at 0, one at 1, and a density between."""
    x = draw.normal(size=(rows, 3))
    none, full = {"even": (0.35, 0.35), "full": (0.1, 0.55), "refused": (0.55, 0.15), "between": (0.05, 0.05),
                  "sure": (0, 0)}[name]
    tilt = np.tanh(x[:, 0])
    u, middle = draw.random(rows), draw.beta(3, 3, rows) * 0.4 + 0.3 * (1 + np.tanh(x[:, 1]))
    if name == "sure":
        return x, np.where(u < np.where(x[:, 0] > 0, 0.95, 0.05), 1.0, 0.0)
    share = np.where(u < none * (1 + 0.8 * tilt), 0, np.where(u > 1 - full * (1 - 0.8 * tilt), 1, middle))
    return x, share.clip(0, 1)


def is_held(found, share):
    return (share >= found.low) & (share <= found.high)


@pytest.mark.parametrize("name", ["even", "full", "refused", "between"])
def test_intervals_hold_the_stated_share_of_later_cases_and_little_more(name):
    held = []
    for seed in range(SEEDS):
        draw = np.random.default_rng(seed)
        model = fit_compensation(*world(name, ROWS, draw), seed=seed)
        x, share = world(name, LATER, draw)
        held.append(is_held(model.predict(x, seed=seed), share).mean())
    assert 0.77 <= np.mean(held) <= 0.83


def test_where_most_cases_are_paid_their_median_an_interval_cannot_hold_less():
    draw = np.random.default_rng(1)
    model = fit_compensation(*world("sure", ROWS, draw))
    x, share = world("sure", LATER, draw)
    found = model.predict(x)
    assert 0.93 < is_held(found, share).mean() < 0.97
    assert (found.low == found.high).mean() > 0.9


def test_the_coverage_holds_in_each_kind():
    draw = np.random.default_rng(4)
    parts = [world(name, 2_000, draw) for name in ("between", "refused")]
    kind = np.repeat(["between", "refused"], 2_000)
    # The features do not say the kind: one reach for both would hold too much of one and too little of the other.
    model = fit_compensation(np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts]), kind=kind)
    for name in ("between", "refused"):
        x, share = world(name, LATER, draw)
        assert 0.75 <= is_held(model.predict(x, np.repeat(name, LATER)), share).mean() <= 0.85


def test_the_probability_of_a_payment_and_the_mean_are_those_of_the_world():
    draw = np.random.default_rng(2)
    model = fit_compensation(*world("even", 6_000, draw))
    x, share = world("even", 20_000, draw)
    found = model.predict(x)
    for rows in (x[:, 0] < -0.7, np.abs(x[:, 0]) < 0.3, x[:, 0] > 0.7):
        assert found.paid[rows].mean() == pytest.approx((share[rows] > 0).mean(), abs=0.04)
        assert found.expected[rows].mean() == pytest.approx(share[rows].mean(), abs=0.04)
    assert found.paid[x[:, 0] < -0.7].mean() - found.paid[x[:, 0] > 0.7].mean() > 0.3


def test_an_interval_holds_its_median_and_follows_the_features():
    draw = np.random.default_rng(3)
    model = fit_compensation(*world("between", 4_000, draw))
    x = draw.normal(size=(1_000, 3))
    found = model.predict(x)
    assert (found.low <= found.median).all() and (found.median <= found.high).all()
    assert (found.low >= 0).all() and (found.high <= 1).all()
    assert found.median[x[:, 1] > 1].mean() - found.median[x[:, 1] < -1].mean() > 0.3


def test_the_ends_in_cents_hold_the_same_payments():
    draw = np.random.default_rng(5)
    model = fit_compensation(*world("even", ROWS, draw))
    x, share = world("even", LATER, draw)
    claim = draw.integers(100, 100_000, LATER)
    cents = np.where(share == 1, claim, np.where(share == 0, 0, np.clip(np.round(share * claim), 1, claim - 1)))
    found = model.predict(x)
    low, median, high = found.cents(claim)
    assert ((cents >= low) & (cents <= high) == is_held(found, cents / claim)).all()
    assert np.isin(1, low) and (low == np.round(low)).all() and (median <= claim).all()
    assert np.isnan(found.cents(np.full(LATER, np.nan))).all()


def test_no_cluster_both_trains_and_calibrates():
    """Every seller has a share of its own that its feature names: only its own rows could teach it."""
    draw = np.random.default_rng(6)
    seller = np.arange(4_000) % 40
    own = draw.random(40)
    x = np.column_stack([seller, draw.random(4_000)])
    share = own[seller]
    by_seller = fit_compensation(x, share, cluster=seller).predict(x)
    by_row = fit_compensation(x, share).predict(x)
    assert (by_seller.high - by_seller.low).mean() > (by_row.high - by_row.low).mean() + 0.1


def test_the_same_seed_gives_the_same_rows_and_another_seed_other_ends():
    x, share = world("even", ROWS, np.random.default_rng(7))
    one, two = (fit_compensation(x, share, seed=1) for _ in range(2))
    assert (one.predict(x, seed=3).low == two.predict(x, seed=3).low).all()
    assert (one.predict(x, seed=3).low != one.predict(x, seed=4).low).any()


def test_few_cases_rule_nothing_out():
    found = fit_compensation([[1.0]] * 6, [0, 1, 0.5, 1, 0, 1]).predict([[1.0], [np.nan]])
    assert (found.low <= 1e-6).all() and (found.high >= 1 - 1e-6).all()


def test_no_case_gives_no_row():
    model = fit_compensation(*world("even", ROWS, np.random.default_rng(8)))
    assert len(model.predict(np.empty((0, 3))).low) == 0


@pytest.mark.parametrize(("share", "message"), [
    ([0.5, 1.1], r"expected one share in \[0, 1\]"), ([0.5, np.nan], r"expected one share in \[0, 1\]"),
    ([0.5], "2 rows of features and 1 paid shares")])
def test_shares_that_are_none_are_an_error(share, message):
    with pytest.raises(ValueError, match=message):
        fit_compensation([[1.0], [2.0]], share)


def test_one_cluster_is_an_error():
    with pytest.raises(ValueError, match="1 clusters; expected two or more"):
        fit_compensation([[1.0], [2.0]], [0, 1], cluster=["s1", "s1"])
