"""Training, promotion and scores on small made-up rows, with real XGBoost."""

import dataclasses
import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from jobs.evaluation import metrics, promotion, scored_rows
from jobs.evaluation.metrics import Scored
from jobs.scoring import contributions, predict, reason_families
from jobs.studies import reason_stability
from jobs.training import topic_training, training_set
from jobs.training.boosting import fit, train_model
from jobs.training.model_version import ModelVersion
from jobs.training.models import ReleaseCriteria
from jobs.training.topic_training import fit_topics
from jobs.training.training_set import Rows
from tests.support.training_rows import MODEL, rows


@pytest.fixture(scope="module")
def candidate() -> ModelVersion:
    learnt = train_model(MODEL, rows(1), rows(2), seed=7)
    return ModelVersion(MODEL, "1", "run", learnt.booster, learnt.calibration, MODEL.columns, MODEL.feature_set.hash,
                        {})


def test_the_same_rows_and_seed_give_the_same_model():
    first, second = (train_model(MODEL, rows(1), rows(2), seed=7).booster for _ in range(2))
    assert first.save_raw("json") == second.save_raw("json")


def test_another_seed_gives_another_model():
    first, second = (train_model(MODEL, rows(1), rows(2), seed=seed).booster for seed in (7, 8))
    assert first.save_raw("json") != second.save_raw("json")


def test_the_validation_rows_say_when_to_stop_and_are_then_learnt_from():
    stopped, curve = fit(MODEL, rows(1), rows(2), seed=7)
    learnt = train_model(MODEL, rows(1), rows(2), seed=7)
    assert learnt.curve == curve
    assert learnt.booster.num_boosted_rounds() == stopped.num_boosted_rounds() == int(np.argmax(curve)) + 1
    rows_seen = [b.trees_to_dataframe()["Cover"][0] for b in (stopped, learnt.booster)]
    assert rows_seen[1] > 1.7 * rows_seen[0]


def test_a_score_is_null_where_there_is_no_champion_and_has_no_reasons(candidate):
    features = rows(3).features.append_column("user_id", pa.array([f"u{i}" for i in range(600)]))
    table = predict.scores(features, "user", dt.date(2026, 11, 1), {})
    assert table["account_integrity_score"].null_count == 600
    assert table["reasons"].to_pylist() == [[]] * 600


@pytest.mark.parametrize("count", [1, 4, 5])
def test_rows_are_laid_out_in_blocks_as_they_would_be_at_once(count, monkeypatch):
    monkeypatch.setattr(training_set, "ROWS_PER_BATCH", 2)
    columns = [np.array([n, np.nan, -n, 0.5, n])[:count].astype(np.float32) for n in (1, 2, 3)]
    found = training_set.matrix(pa.table(columns, names=["a", "b", "c"]))
    assert found.dtype == np.float32 and found.flags.c_contiguous
    np.testing.assert_array_equal(found, np.column_stack(columns))


def test_every_row_above_low_has_reasons_and_no_other_has(candidate):
    features = rows(3).features.append_column("seller_id", pa.array([f"s{i}" for i in range(600)]))
    table = predict.scores(features, "seller", dt.date(2026, 11, 1), {MODEL.risk: candidate}).to_pylist()
    assert {bool(row["reasons"]) for row in table if row[f"{MODEL.risk}_score"] >= 0.1} == {True}
    assert {bool(row["reasons"]) for row in table if row[f"{MODEL.risk}_score"] < 0.1} == {False}


def test_the_reason_family_of_a_row_is_its_strongest_or_empty(candidate, monkeypatch):
    parts = np.zeros((3, len(MODEL.columns) + 1))
    parts[0, [0, 1]] = 0.5, 0.7
    parts[1, 0] = -0.5
    parts[2, 0] = 0.5
    monkeypatch.setattr(contributions, "contributions", lambda candidate, features: parts)
    first, second = (reason_families.family(MODEL.feature_set, column) for column in MODEL.columns[:2])
    assert first != second
    assert reason_stability.explanations(candidate, rows(3, 3)).family.tolist() == [second, "", first]


LEAKS = ("a caller knew my order", "somebody called about it")
OTHERS = ("lovely, thanks", "took three weeks", "too small")
READER = dataclasses.replace(MODEL, text=("reviews",))


def read_rows(seed: int, n: int = 800) -> Rows:
    """Rows whose label follows what is written of them, and nothing else. Of two thirds nothing is."""
    rng = np.random.default_rng(seed)
    kind = rng.random(n)
    texts = [None if k < 2 / 3 else "\n".join([*rng.choice(OTHERS, 2), *rng.choice(LEAKS, int(k > 0.9))]) for k in kind]
    label = (kind > 0.9).astype(np.int8)
    table = pa.table({name: rng.normal(size=n).astype(np.float32) for name in MODEL.columns})
    names = np.array([f"s{i}" for i in range(n)])
    return Rows(table, label, np.full(n, np.datetime64("2026-11-01")), names, label.astype(np.int64) * 100, names, {},
                pa.table({"reviews": pa.array(texts, pa.string())}))


@pytest.fixture(scope="module")
def reader() -> ModelVersion:
    """A candidate that knows the risk from what is written alone."""
    topics = fit_topics(read_rows(1), seed=7)
    train, validation = (training_set.with_topics(read_rows(seed), topics) for seed in (1, 2))
    learnt = train_model(READER, train, validation, seed=7)
    return ModelVersion(READER, "1", "run", learnt.booster, learnt.calibration, tuple(train.features.column_names),
                        MODEL.feature_set.hash, {}, topics)


def test_a_risk_that_only_texts_tell_of_is_found_through_their_topics(reader):
    test = read_rows(3)
    found = metrics.measure_scores(scored_rows.score_rows(reader, test), capacity=20)
    assert found["average_precision"] > 0.95
    unread = dataclasses.replace(test, texts=pa.table({"reviews": pa.nulls(len(test), pa.string())}))
    assert metrics.measure_scores(scored_rows.score_rows(reader, unread), capacity=20)["average_precision"] < 0.3


def test_a_candidate_sees_its_own_columns_in_its_own_order_whatever_the_rows_hold(reader):
    test = read_rows(3)
    mixed = test.table.select(sorted(test.table.column_names, reverse=True)).append_column("more", [range(len(test))])
    seen = training_set.inputs(reader, mixed)
    assert seen.column_names == list(reader.columns)
    same = training_set.columns_of_model(reader, test).features.to_pandas()
    assert np.array_equal(seen.to_pandas(), same, equal_nan=True) and same["topic_reviews_0"].notna().sum() > 200


def test_topics_are_fitted_on_the_texts_of_positives_and_of_some_others_alike():
    texts = ["one"] * 5 + [None] * 5 + ["other"] * 5_000 + [""]
    label = np.array([1] * 10 + [0] * 5_001)
    chosen, seed, weight = topic_training._examples(texts, label, 3)
    assert chosen == ["one"] * 5 + ["other"] * topic_training.MAX_NEGATIVE_TEXTS and seed == 3
    assert weight[:5].sum() == pytest.approx(weight[5:].sum())
    assert topic_training._examples([None, ""], np.array([1, 0]), 3)[0] == []


def test_a_reason_from_a_text_is_told_by_words_of_that_text(reader):
    test = read_rows(3)
    table = test.table.append_column("seller_id", [test.entity])
    found = predict.scores(table, "seller", dt.date(2026, 11, 1), {MODEL.risk: reader}).to_pylist()
    told = {row["seller_id"]: r for row in found for r in row["reasons"] if r["feature"].startswith("topic_reviews_")}
    assert len(told) > 50
    for entity, text in zip(test.entity, test.texts["reviews"].to_pylist()):
        if entity in told and text:
            family, name, words = told[entity]["reason"].split(": ")
            assert (family, name) == (reason_families.WRITTEN, "reviews")
            assert all(word in text for term in words.split(", ") for word in term.split())
            assert isinstance(told[entity]["value"], float)


def scored(good: bool) -> Scored:
    """Twenty positives among two hundred; a good model puts them first."""
    label = np.array([1] * 20 + [0] * 180)
    value = np.where(label == 1, 0.9, 0.05) if good else np.linspace(0.1, 0.2, 200)
    return Scored(label, value, np.full(200, np.datetime64("2026-11-01")), np.array([f"s{i:03}" for i in range(200)]),
                  label * 100)


LOOSE = ReleaseCriteria(positives=10, lift=3.0, calibration_error=0.2)


def test_the_first_version_that_passes_its_gate_is_promoted():
    decision = promotion.decide(scored(True), None, LOOSE, capacity=20, seed=1)
    assert decision.move and "first version" in decision.reason


def test_a_challenger_that_does_not_win_stays_one_with_the_reason():
    decision = promotion.decide(scored(True), scored(True), LOOSE, capacity=20, seed=1)
    assert not decision.move and "difference +0.000" in decision.reason


def test_a_challenger_that_wins_on_the_same_rows_is_promoted():
    assert promotion.decide(scored(True), scored(False), LOOSE, capacity=20, seed=1).move


def test_a_model_below_its_gate_is_not_released_even_as_the_first():
    decision = promotion.decide(scored(False), None, LOOSE, capacity=20, seed=1)
    assert not decision.move and "base rate" in decision.reason


def test_too_few_positives_release_nothing():
    decision = promotion.decide(scored(True), None, dataclasses.replace(LOOSE, positives=21), capacity=20, seed=1)
    assert not decision.move and "20 positives in the test, 21 needed" in decision.reason
