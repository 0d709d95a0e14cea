"""Shares of responsibility: they sum to one, find what is planted, and learn nothing from a row's own seller."""

import numpy as np
import pyarrow as pa
import pytest
import xgboost

from features.case.definitions import NAMES, PARTIES
from jobs.after_sales import responsibility
from jobs.after_sales.responsibility import FOLDS, clusters_of, fit_responsibility, folds
from tests.support.closed_rows import closed, with_column


@pytest.fixture(scope="module", autouse=True)
def few_rounds():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(responsibility, "ROUNDS", 12)
        yield


@pytest.fixture(scope="module")
def world():
    return closed(800)


@pytest.fixture(scope="module")
def fitted(world):
    return fit_responsibility(world.rows, world.label, world.second, seed=3)


def test_shares_sum_to_one_and_find_the_planted_party(fitted, world):
    later = closed(400, seed=2)
    for shares, truth in ((fitted.shares, world.truth), (fitted.model.shares(later.rows), later.truth)):
        assert shares.sum(axis=1) == pytest.approx(np.ones(len(truth))) and (shares > 0).all()
        assert (shares.argmax(axis=1) == truth).mean() > 0.85


def test_equal_seeds_give_equal_models(fitted, world):
    again = fit_responsibility(world.rows, world.label, world.second, seed=3)
    other = fit_responsibility(world.rows, world.label, world.second, seed=4)
    later = closed(100, seed=2).rows
    assert np.array_equal(again.model.shares(later), fitted.model.shares(later))
    assert np.array_equal(again.shares, fitted.shares) and not np.array_equal(other.shares, fitted.shares)


def test_the_shares_of_a_row_do_not_depend_on_the_rows_beside_it(fitted, world):
    assert np.array_equal(fitted.model.shares(world.rows.slice(5, 1)), fitted.model.shares(world.rows)[5:6])


def leaking(**columns):
    """Rows in which each of 20 sellers has a party of its own, and nothing but a column of the seller is known."""
    world = closed(2_500, unclear=1.0, sellers=20, with_words=False)
    seller = np.array([int(name[1:]) for name in world.rows["seller_id"].to_pylist()])
    rows = world.rows
    for name, of in columns.items():
        rows = with_column(rows, name, [of(one) for one in seller])
    return rows, (np.random.default_rng(5).permutation(20) % 4)[seller]


def test_shares_out_of_fold_know_no_label_of_the_row_s_own_seller():
    rows, label = leaking(**dict.fromkeys(("listing_length", "quantity", "order_cents", "text_length"), float))
    fitted = fit_responsibility(rows, label, label)
    matrix = xgboost.DMatrix(fitted.model.matrix(rows), feature_names=list(fitted.model.columns.names))
    # Margins, because calibration by sellers that were not seen leaves nothing of what was learned by heart.
    inside = np.mean([booster.predict(matrix, output_margin=True).reshape(-1, len(PARTIES))
                      for booster in fitted.model.boosters], axis=0)
    assert (inside.argmax(axis=1) == label).mean() > 0.8
    assert (fitted.shares.argmax(axis=1) == label).mean() < 0.4


def test_margins_of_texts_know_no_label_of_the_row_s_own_seller():
    rows, label = leaking(conversation=lambda one: f"sincerely {'abcdefghijklmnopqrst'[one] * 5}")
    fitted = fit_responsibility(rows, label, label)
    place = len(fitted.model.columns.names) - len(PARTIES) + label
    out, inside = ((matrix[np.arange(len(label)), place] > 0).mean()
                   for matrix in (fitted.matrix, fitted.model.matrix(rows)))
    assert inside > 0.9 and out < 0.2


def test_rows_of_a_seller_are_in_one_fold_and_unknown_sellers_together():
    names = ["a", "b", None, "a", "c", None, "d", "e", ""]
    found = folds(names, 1)
    assert found[0] == found[3] and found[2] == found[5] == found[8]
    assert sorted(set(folds([f"s{number}" for number in range(50)], 2).tolist())) == list(range(FOLDS))
    assert folds(names, 1).tolist() == found.tolist()


def test_without_enough_second_reviews_the_model_learns_the_desk():
    world = closed(800, desk_errs=0.6, reviewed=0.05)
    desk = fit_responsibility(world.rows, world.label, world.second)
    assert desk.model.noise is None
    corrected = fit_responsibility(world.rows, world.label, world.truth)
    assert corrected.model.noise is not None
    at_seller = [each.shares[:, PARTIES.index("seller")].mean() for each in (desk, corrected)]
    assert at_seller[0] == pytest.approx((world.label == 1).mean(), abs=0.05)
    assert at_seller[1] == pytest.approx((world.truth == 1).mean(), abs=0.05)


def test_second_reviews_are_labels_where_there_are_any():
    world = closed(1_500, desk_errs=0.5, unclear=0.0)
    # The desk errs in cases without a second review as in the others, and what it says of reviewed ones is not learned.
    reviewed = np.arange(1_500) < 1_200
    second = np.where(reviewed, world.truth, -1)
    backwards = np.where(reviewed, world.label[::-1], world.label)
    one, other = (fit_responsibility(world.rows, label, second).model for label in (world.label, backwards))
    later = closed(500, seed=2, unclear=0.0)
    assert all((each.shares(later.rows).argmax(axis=1) == later.truth).mean() > 0.95 for each in (one, other))


def test_a_kind_or_reason_never_seen_and_no_text_at_all_have_shares(fitted, world):
    rows = with_column(with_column(world.rows, "kind", ["dispute"] * 800), "reason", ["never seen"] * 800)
    for name in ("text", "conversation", "seller_id"):
        rows = with_column(rows, name, [None] * 800)
    shares = fitted.model.shares(rows)
    assert np.isfinite(shares).all() and (shares.argmax(axis=1) == world.truth).mean() > 0.55
    empty = pa.table({name: pa.nulls(3, rows.schema.field(name).type) for name in rows.column_names}, rows.schema)
    assert set(NAMES) < set(rows.column_names) and np.isfinite(fitted.model.shares(empty)).all()


def test_without_any_text_there_is_no_classifier():
    world = closed(400, with_words=False)
    fitted = fit_responsibility(with_column(world.rows, "text", [None] * 400), world.label, world.second)
    assert fitted.model.classifier is None and np.isnan(fitted.matrix[:, -4:]).all()
    assert (fitted.shares.argmax(axis=1) == world.truth).mean() > 0.75


def test_one_party_alone_is_refused_and_two_are_enough(world):
    rows = world.rows.slice(0, 300)
    with pytest.raises(ValueError, match="fewer than two parties"):
        fit_responsibility(rows, np.zeros(300, int), np.full(300, -1))
    two = fit_responsibility(rows, world.truth[:300] % 2, np.full(300, -1))
    assert (two.shares[:, :2].sum(axis=1) > 0.9).all()


def test_clusters_are_sellers_and_cases_where_sellers_are_too_few():
    rows = closed(30, sellers=9).rows
    assert clusters_of(rows) == rows["seller_id"].to_pylist()
    assert clusters_of(closed(30, sellers=3).rows) == rows["case_id"].to_pylist()


@pytest.mark.parametrize("sellers", [1, 2])
def test_a_shop_with_few_sellers_has_a_model(sellers):
    world = closed(400, sellers=sellers)
    fitted = fit_responsibility(world.rows, world.label, world.second)
    assert (fitted.shares.argmax(axis=1) == world.truth).mean() > 0.8
