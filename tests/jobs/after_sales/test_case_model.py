"""The model of cases on planted data: what it decides errs within the targets, and what it cannot know it leaves."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features.case.definitions import NAMES, PARTIES
from features.inputs.tables import TABLES
from jobs.after_sales import case_model, case_model_files, responsibility
from jobs.after_sales.case_model import TARGETS, attribution, cells, fit_case_model, helpful_evidence, one_row_a_case
from jobs.after_sales.case_reasons import STRONGEST, reasons
from jobs.after_sales.conformal import ConformalSets
from jobs.after_sales.registered_model import parameters
from jobs.errors import DamagedStore, UserError
from jobs.training.registered_files import RegisteredFiles
from tests.support.builders import TODAY
from tests.support.closed_rows import closed, on_day, with_column
from tests.support.stored_home import cut


@pytest.fixture(scope="module", autouse=True)
def few_rounds():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(responsibility, "ROUNDS", 15)
        yield


def fit(world, **more):
    return fit_case_model(world.rows, world.label, world.second, world.paid_share, tuple(TABLES), **more)


@pytest.fixture(scope="module")
def evaluated():
    return fit(closed(2_000, desk_errs=0.05))


@pytest.fixture(scope="module")
def model(evaluated):
    return evaluated.model


def test_decided_cases_err_within_their_targets_and_unclear_ones_are_not_decided(model):
    later = closed(4_000, seed=9)
    said = model.attribute(later.rows)
    clear = np.array([text is not None for text in later.rows["conversation"].to_pylist()])
    assert said.decided[clear].mean() > 0.5 and said.decided[~clear].mean() < 0.1
    wrong, cell = said.likeliest != later.truth, cells(said.shares)
    for name, target in TARGETS.items():
        assert np.isfinite(model.thresholds[name].confidence) and model.thresholds[name].target == target
        decided = said.decided & (cell == name)
        assert decided.sum() > 200 and wrong[decided].mean() <= target
    assert (said.in_set.sum(axis=1)[said.decided] == 1).all()
    assert said.in_set[np.arange(4_000), later.truth].mean() > 0.88


def test_what_is_said_of_training_rows_is_decided_as_later_rows_are(evaluated, model):
    again = attribution(evaluated.shares, np.array(evaluated.rows["kind"].to_pylist(), object), model.sets,
                        model.thresholds)
    assert np.array_equal(again.decided, evaluated.decided) and evaluated.decided.any()


def test_without_second_reviews_nothing_is_decided_and_the_desk_is_learned():
    world = closed(800, reviewed=0.0)
    found = fit(world)
    said = found.model.attribute(closed(500, seed=9).rows)
    assert not found.decided.any() and not said.decided.any() and said.in_set.all()
    assert said.shares.sum(axis=1) == pytest.approx(np.ones(500))
    assert parameters(found.model)["learns"] == "desk" and not found.calibrates.any()
    assert parameters(found.model)["confidence/buyer denied"] == np.inf


def test_undetermined_cases_are_no_rows_of_the_training(evaluated):
    world = closed(600)
    label = np.where(np.arange(600) % 3, world.label, -1)
    found = fit_case_model(world.rows, label, world.second, world.paid_share, tuple(TABLES))
    assert len(found.rows) == len(found.label) == len(found.shares) == 400
    assert found.rows["case_id"].to_pylist() == [f"k{number:05}" for number in range(600) if number % 3]
    assert len(evaluated.rows) == 2_000 and parameters(evaluated.model)["learns"] == "truth"


def test_a_case_on_two_days_calibrates_once():
    rows = closed(300).rows
    both = pa.concat_tables([rows, on_day(rows, TODAY + dt.timedelta(days=3))])
    chosen = one_row_a_case(both, 1)
    assert chosen.sum() == 300 and len(set(both.filter(pa.array(chosen))["case_id"].to_pylist())) == 300
    assert 100 < chosen[:300].sum() < 200 and np.array_equal(one_row_a_case(both, 1), chosen)


def test_a_case_is_decided_only_if_its_likeliest_party_is_the_only_one_of_its_set(model):
    shares = np.array([[0.6, 0.4, 0, 0], [0.4, 0.6, 0, 0], [0.3, 0.3, 0.4, 0]])
    sets = ConformalSets(0.1, (), np.array([[-1, 0.7, -1, -1]]))  # all but the seller are never in a set
    thresholds = {name: replace(each, confidence=0.0) for name, each in model.thresholds.items()}
    said = attribution(shares, np.array(["refund"] * 3), sets, thresholds)
    assert said.in_set.sum(axis=1).tolist() == [1, 1, 1] and said.decided.tolist() == [False, True, False]


def test_thresholds_are_fitted_on_the_cases_that_can_be_decided():
    shares = np.array([[0.6, 0.4, 0, 0]] * 300 + [[0.4, 0.6, 0, 0]] * 300)
    sets = ConformalSets(0.1, (), np.array([[-1, 0.7, -1, -1]]))
    second, kind, case = np.ones(600, int), np.array(["refund"] * 600), np.arange(600) // 2
    found = case_model._thresholds(shares, np.where(np.arange(600) < 400, second, -1), kind, case, sets)
    # Two days of a case count once, and cases without a second review not at all.
    assert (found["buyer denied"].rows, found["buyer paid"].rows, found["buyer paid"].wrong) == (0, 50, 0)


def test_too_few_paid_shares_give_no_model_of_the_payment(model):
    world = closed(700)
    known = np.where(np.arange(700) < case_model.LEAST_CASES - 1, world.paid_share, np.nan)
    assert model.compensation is not None
    assert fit(replace(world, paid_share=known)).model.compensation is None


def test_a_shop_of_one_seller_has_a_model_of_the_payment():
    assert fit(closed(700, sellers=1)).model.compensation is not None


def test_helpful_evidence_is_that_which_arrived_where_a_case_became_decided():
    first = closed(3, unclear=1.0).rows
    last = with_column(on_day(first, TODAY + dt.timedelta(days=3)), "platform_admits", [1.0, 1.0, 0.0])
    last = with_column(last, "photo_copies", [1.0, 0.0, 1.0])
    rows = pa.concat_tables([last, first])
    decided = np.array([True, True, True, False, False, True])
    found = helpful_evidence(rows, decided, tuple(TABLES))
    assert found == {"refund": ["photo_shown_before", "platform_admits"], "return": ["platform_admits"]}
    assert helpful_evidence(rows, decided, ()) == {"refund": ["photo_shown_before"], "return": []}


# Files

def files_in(folder) -> RegisteredFiles:
    return RegisteredFiles("a model", folder, "make train")


def test_a_loaded_model_says_the_same_in_every_bit(model, tmp_path):
    model = replace(model, helpful={"refund": ["wear_is_noted"]})
    case_model_files.save(model, tmp_path)
    loaded, rows = case_model_files.load(files_in(tmp_path)), closed(500, seed=9).rows
    one, other = model.attribute(rows), loaded.attribute(rows)
    for name in ("shares", "in_set", "decided", "likeliest"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    paid = [each.compensation.predict(each.responsibility.matrix(rows), np.array(rows["kind"].to_pylist()), 3)
            for each in (model, loaded)]
    assert all(np.array_equal(getattr(paid[0], name), getattr(paid[1], name)) for name in ("low", "median", "high"))
    assert (loaded.thresholds, loaded.helpful) == (model.thresholds, model.helpful)
    assert repr(parameters(loaded)) == repr(parameters(model))
    kinds = ["refund", "return", "never seen"]
    noise = [each.responsibility.noise for each in (model, loaded)]
    assert np.array_equal(noise[0].of_rows(kinds), noise[1].of_rows(kinds))


def test_a_model_that_decides_nothing_is_kept_too(tmp_path):
    found = fit(closed(400, reviewed=0.0, with_words=False)).model
    found = replace(found, responsibility=replace(found.responsibility, classifier=None))
    case_model_files.save(found, tmp_path)
    loaded = case_model_files.load(files_in(tmp_path))
    assert loaded.compensation is None and loaded.responsibility.noise is None
    assert loaded.responsibility.classifier is None and repr(loaded.thresholds) == repr(found.thresholds)
    assert np.array_equal(loaded.sets.thresholds, found.sets.thresholds) and np.isinf(loaded.sets.thresholds).all()
    rows = closed(50, seed=9).rows
    assert np.array_equal(loaded.attribute(rows).shares, found.attribute(rows).shares)


@pytest.fixture
def saved(model, tmp_path):
    case_model_files.save(model, tmp_path)
    return tmp_path


def changed(folder, change) -> None:
    """Write the document of a model again, with a change."""
    file = folder / case_model_files.DOCUMENT
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(document))


@pytest.mark.parametrize(("change", "said"), [
    (lambda of: of["features"].pop(3), rf"features that are missing: found \['{NAMES[3]}'\], expected \[\]"),
    (lambda of: of["features"].append("moon"), r"features that this code does not have: found \['moon'\], expected"),
    (lambda of: of["features"].reverse(), "order of the features: found"),
    (lambda of: of["columns"]["parties"].pop(), r"parties: found \(.*\), expected \('buyer', "),
    *((lambda of, key=key: of.pop(key), rf"parts that are missing: found \['{key}'\], expected \[\]")
      for key in case_model_files.KEYS)],
    ids=["feature missing", "feature more", "features in another order", "parties", *case_model_files.KEYS])
def test_a_model_of_other_code_is_refused_with_the_command_that_mends_it(saved, change, said):
    changed(saved, change)
    with pytest.raises(UserError, match=f"{saved / 'case_model.json'} was written by other code: {said}.* Train again: "
                                        "make train"):
        case_model_files.load(files_in(saved))


def test_a_model_without_a_column_of_its_boosters_is_refused(saved):
    changed(saved, lambda of: of["columns"]["kinds"].pop())
    with pytest.raises(UserError, match=r"shares_0.ubj was written by other code: columns: found \d+, expected \d+"):
        case_model_files.load(files_in(saved))


@pytest.mark.parametrize(("name", "damage"), [
    *((name, damage) for name in ("shares_0.ubj", "shares_4.ubj", "words.npz", "paid_classes.ubj", "paid_parts.ubj")
      for damage in (cut, Path.unlink)),
    ("case_model.json", cut), ("case_model.json", Path.unlink),
    ("case_model.json", lambda file: changed(file.parent, lambda of: of["sets"].clear())),
    ("case_model.json", lambda file: changed(file.parent, lambda of: of["compensation"].clear())),
    ("case_model.json", lambda file: changed(file.parent, lambda of: of["thresholds"]["buyer paid"].update(more=1)))])
def test_a_file_that_cannot_be_read_is_named(saved, name, damage):
    damage(saved / name)
    with pytest.raises(DamagedStore, match=rf"a model: {saved / name} (is missing|cannot be read) \(\w+.*\. Restore "
                                           "it from a backup, or train again: make train"):
        case_model_files.load(files_in(saved))


# Reasons

def test_reasons_are_the_planted_signs_the_strongest_first(model):
    later = closed(200, seed=9)
    found = reasons(model.responsibility, model.responsibility.matrix(later.rows), later.truth)
    clear = [row for row, text in enumerate(later.rows["conversation"].to_pylist()) if text]
    planted = {"photo_copies", "weight_ratio", "days_without_scan", "platform_admits",
               *(f"words that speak of the {party}" for party in PARTIES)}
    assert np.mean([found[row][0]["feature"] in planted for row in clear]) > 0.95
    for of_case in found:
        sizes = [each["contribution"] for each in of_case]
        assert len(of_case) <= STRONGEST and sizes == sorted(sizes, reverse=True) and min(sizes, default=1) > 0
    assert all(each["meaning"] and (each["value"] is None or np.isfinite(each["value"])) for of in found for each in of)


def test_contributions_sum_up_to_the_margin_of_one_booster_a_partition(model, monkeypatch):
    import xgboost
    monkeypatch.setattr("jobs.after_sales.case_reasons.STRONGEST", 10**6)
    rows = closed(40, seed=9).rows
    matrix = xgboost.DMatrix(model.responsibility.matrix(rows), feature_names=list(model.responsibility.columns.names))
    boosters = model.responsibility.boosters
    assert len(boosters) == responsibility.PARTITIONS * responsibility.FOLDS
    values = np.mean([boosters[place].predict(matrix, pred_contribs=True)
                      for place in range(0, len(boosters), responsibility.FOLDS)], axis=0)
    for party in range(len(PARTIES)):
        found = reasons(model.responsibility, model.responsibility.matrix(rows), np.full(40, party))
        expected = np.maximum(values[:, party, :-1], 0).sum(axis=1)
        assert [sum(each["contribution"] for each in of) for of in found] == pytest.approx(expected, abs=1e-5)


def test_no_case_has_no_reasons(model):
    nothing = model.responsibility.matrix(closed(1).rows.slice(0, 0))
    assert reasons(model.responsibility, nothing, np.empty(0, int)) == []
