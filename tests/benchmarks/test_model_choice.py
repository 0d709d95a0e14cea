"""How ours is chosen on the Handbook: on earlier weeks alone, the plainest that is not surely worse."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xgboost as xgb

from benchmarks.handbook import model_choice, windows
from benchmarks.handbook.feature_rows import Rows, read
from benchmarks.handbook.features import HANDBOOK, OURS, RISING
from benchmarks.handbook.model_choice import CHOSEN_ON, TESTED, Candidate, whether
from jobs.training import boosting

pytestmark = pytest.mark.slow

DAY = np.timedelta64(1, "D")
FEW = {"days": whether("days", 7, 56), "rounds": whether("rounds", 5, 10)}


def rows_of(shown: str, seed: int = 3, each_day: int = 60) -> Rows:
    """Payments of 40 customers from April to August, a tenth of them frauds, which one column shows."""
    draw = np.random.default_rng(seed)
    day = np.repeat(np.arange(np.datetime64("2018-04-01"), np.datetime64("2018-08-15")), each_day)
    fraud = (draw.random(len(day)) < 0.1).astype(np.int32)
    columns = {c: draw.random(len(day)) for c in HANDBOOK.columns}
    columns[shown] = columns[shown] + fraud
    return Rows(day, draw.integers(0, 40, len(day)).astype(str), fraud, pa.table(columns))


def test_what_is_chosen_knows_nothing_of_the_test_weeks(monkeypatch):
    monkeypatch.setattr(model_choice, "QUESTIONS", FEW)
    assert max(split.test_last for split in CHOSEN_ON) == dt.date(2018, 7, 10)
    assert min(split.test_first for split in TESTED) == dt.date(2018, 7, 18)
    told: dict[int, list] = {0: [], 1: []}
    for later, found in told.items():
        rows = rows_of(OURS[-1])
        rows.fraud[rows.day > np.datetime64("2018-07-10")] = later
        model_choice.chosen(rows, lambda question, candidate, metrics, found=found: found.append(metrics))
    assert told[0] == told[1] and len(told[0]) == 4


@pytest.mark.parametrize(("shown", "columns"), [(OURS[-1], len(OURS)), ("amount", len(model_choice.FOURTEEN))])
def test_the_features_that_are_better_on_earlier_weeks_are_taken(monkeypatch, shown, columns):
    monkeypatch.setattr(model_choice, "QUESTIONS", {"columns": model_choice.QUESTIONS["columns"]})
    monkeypatch.setattr(model_choice, "PARAMETERS", {**model_choice.PARAMETERS, "colsample_bytree": 1.0})
    best = model_choice.chosen(rows_of(shown), lambda *_: None)
    assert len(best.columns) == columns


@pytest.mark.parametrize(("by", "taken"), [((0.01, 0.01, 0.01, 0.01), 1), ((0.05, -0.03, 0.03, -0.02), 0),
                                           ((-0.01, -0.01, -0.01, -0.01), 0)])
def test_a_less_plain_answer_must_win_by_more_than_weeks_differ(by, taken):
    plain = [(0.9, 0.7, 0.3), (0.8, 0.6, 0.3), (0.7, 0.7, 0.2), (0.9, 0.8, 0.3)]
    assert model_choice.plainest([plain, [(a + more, b, c) for (a, b, c), more in zip(plain, by)]]) == taken


def test_a_rising_score_never_falls_where_a_column_grows_that_should_raise_it():
    rows = rows_of("seller_first_fraud_seconds_60d_delayed_7d")
    steps = np.linspace(0, 1, 101)
    asked = pa.table({c: steps if c in RISING else np.full(101, 0.5) for c in OURS})

    def falls(rising: bool) -> bool:
        parameters = Candidate(columns=OURS, leaf=1, rising=rising).parameters
        booster = boosting.boost(parameters, rows.features.select(list(OURS)), rows.fraud, 50, 0)
        return bool((np.diff(booster.predict(xgb.DMatrix(asked), output_margin=True)) < 0).any())

    assert falls(False) and not falls(True)


def test_what_tells_nothing_is_left_out_and_what_tells_all_is_kept(monkeypatch):
    asked = {name: model_choice.without(prefixes) for name, prefixes in
             {"frauds": ("seller_fraud_rate",), "time": ("hour", "is_")}.items()}
    monkeypatch.setattr(model_choice, "QUESTIONS", {"columns": whether("columns", OURS), **asked,
                                                    "rounds": whether("rounds", 20)})
    best = model_choice.chosen(rows_of("seller_fraud_rate_7d_delayed_7d"), lambda *_: None)
    assert "seller_fraud_rate_7d_delayed_7d" in best.columns and "hour" not in best.columns


def test_nothing_between_the_training_week_and_the_test_is_learnt_from():
    split, rows = TESTED[0], rows_of("amount")
    between = (rows.day > np.datetime64(split.train_last)) & (rows.day < np.datetime64(split.test_first))
    before = rows.day <= np.datetime64(split.train_last) - 7 * DAY

    def found(days: int, strange: np.ndarray):
        candidate = Candidate(days, rounds=20, depth=3, leaf=1)
        amount = rows.features["amount"].to_numpy()
        other = pa.array(np.where(strange, 2 - amount, amount))
        features = rows.features.set_column(rows.features.column_names.index("amount"), "amount", other)
        return model_choice.of_split(candidate, replace(rows, features=features), split)

    nowhere = np.zeros(len(between), bool)
    assert found(7, nowhere) == found(7, between) == found(7, before)
    assert found(28, nowhere) != found(28, before)


def test_rows_come_back_by_day_and_order(tmp_path):
    table = {c: [1.0, 2.0, 3.0] for c in HANDBOOK.columns} | {
        "ds": [dt.date(2018, 4, 2), dt.date(2018, 4, 1), dt.date(2018, 4, 1)], "order_id": ["1", "3", "2"],
        "user_id": ["a", "b", "c"], "fraud": [0, 1, 0]}
    pq.write_table(pa.table(table), tmp_path / "part.parquet")
    rows = read(tmp_path)
    assert rows.customer.tolist() == ["c", "b", "a"] and rows.fraud.tolist() == [0, 1, 0]
    assert rows.inputs(("amount",), rows.fraud == 0).tolist() == [[3.0], [1.0]]


def test_a_feature_that_differs_from_the_definition_is_seen(real_data, tmp_path):
    import duckdb

    raw = tmp_path / "raw" / "ds=2018-04-01"
    raw.mkdir(parents=True)
    duckdb.sql(f"COPY (SELECT * FROM read_parquet('{real_data}/handbook/ds=2018-04-01/*.parquet') LIMIT 100) "
               f"TO '{raw}/transactions.parquet' (FORMAT parquet)")
    ours = tmp_path / "ours"
    ours.mkdir()
    for off, expected in ((0.0, 0.0), (0.25, 0.25)):
        duckdb.sql(f"COPY (SELECT * REPLACE (user_order_amount_mean_7d + {off} AS user_order_amount_mean_7d) FROM "
                   f"({windows.definition(tmp_path / 'raw')})) TO '{ours}/part.parquet' (FORMAT parquet)")
        assert windows.largest_difference(tmp_path / "raw", ours) == (100, pytest.approx(expected))
    duckdb.sql(f"COPY (SELECT * FROM read_parquet('{ours}/part.parquet') LIMIT 99) TO '{ours}/part.parquet'")
    with pytest.raises(ValueError, match="1 of 100 orders are missing on one side"):
        windows.largest_difference(tmp_path / "raw", ours)
