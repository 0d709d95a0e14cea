"""Every figure of `make bench` is measured once over a tiny world: the numbers mean nothing, the code runs."""

import dataclasses
import datetime as dt
import json
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import benchmark_lake as bench_world
from benchmarks import prepared_home, result
from benchmarks.context import BenchmarkContext
from benchmarks.costs import __main__, boosters, duckdb_comparison, hot_key, learning, near_copies, nights, peak_memory
from benchmarks.duckdb import feature_equality
from benchmarks.result import BenchmarkResult, CostRatio, save
from features.entities import AS_OF_DAY
from features.inputs.tables import FEATURE_INPUTS, TABLES
from features.seller import SELLER
from jobs.errors import UserError
from jobs.runtime import day_ranges
from jobs.scoring import predict
from jobs.storage.data_files import DataFile
from jobs.storage.lake import Lake
from tests.support.builders import TODAY, ago, at, day
from tests.support.generated_events import WORLDS

# What is tested here does not depend on the engine: the faster one serves it.
pytestmark = [pytest.mark.slow, pytest.mark.engine("sail")]

VERDICTS = [("user", "u1", "refund_abuse", True, 30), ("user", "u2", "incentive_abuse", True, 9),
            ("user", "u2", "incentive_abuse", False, 2), ("user", "u3", "account_integrity", True, 5),
            ("seller", "s1", "brushing", True, 12), ("seller", "s2", "merchant_fraud", True, 3)]


def rows_of(name: str) -> list[dict]:
    if name == "verdicts":
        return [{"verdict_id": f"v{n}", "decided_at": at(ago(days)), "entity": entity, "entity_id": who, "risk": risk,
                 "confirmed": confirmed, "ds": ago(days)}
                for n, (entity, who, risk, confirmed, days) in enumerate(VERDICTS)]
    whole = WORLDS["whole"]
    return (whole.events | whole.accounts)[name]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A setting whose world, the generated one, is there already; measured once, without a run before."""
    setting = BenchmarkContext(tmp_path_factory.mktemp("worlds"), "small", 90, rounds=1, warm=0, rows=3_000)
    home = bench_world.home_of(setting.folder, "small", 90)
    lake = Lake(bench_world.settings_of(home).lake)
    for name in FEATURE_INPUTS:
        table = TABLES[name]
        schema = bench_world.schema_of(table)
        bench_world.commit(lake, table, [written(home / "lake" / name, ds, rows, schema)
                                         for ds, rows in by_day(rows_of(name)).items()])
    (home / "made").touch()
    return setting


@pytest.fixture
def at_tiny(spark, tiny):
    """The same with the Spark of all tests, set for few rows."""
    return dataclasses.replace(tiny, started=spark)


def by_day(rows: list[dict]) -> dict[dt.date, list[dict]]:
    return {ds: [row for row in rows if row["ds"] == ds] for ds in sorted({row["ds"] for row in rows})}


def written(folder, ds: dt.date, rows: list[dict], schema: pa.Schema) -> DataFile:
    folder.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema)
    pq.write_table(table, folder / f"{ds}.parquet")
    return DataFile(f"{ds}.parquet", str(ds), (folder / f"{ds}.parquet").stat().st_size, len(rows))


def test_a_night_of_vigil_and_the_script_of_duckdb_give_the_same_features(at_tiny):
    nights.ready(at_tiny.spark, at_tiny.world, bench_world.LAST, at_tiny.eve)
    models = {entity: boosters.made(entity) for entity in AS_OF_DAY}
    ours, script = duckdb_comparison.by_vigil(at_tiny, models), duckdb_comparison.by_script(at_tiny, models)
    told = {entity: feature_equality.differences(ours[entity], script[entity],
                                                 AS_OF_DAY[entity]) for entity in AS_OF_DAY}
    nights.tidy(at_tiny.world)
    assert {entity: found["rows"] for entity, found in told.items()} == {
        "seller": 16, "user": 27, "creator": 9}
    assert all(found["largest_relative_difference"] < 1e-12 for found in told.values())


def test_the_script_scores_what_it_computes_and_tells_its_steps(tiny):
    models = {entity: boosters.made(entity) for entity in AS_OF_DAY}
    told = duckdb_comparison.seconds_of_script(tiny, models)
    assert {"user: own features", "user: groups", "seller: audience of buyers", "scores"} <= set(told)
    scores = pq.read_table(tiny.world.home / "scored" / "script" / "user_scores.parquet")
    assert scores.column_names == ["user_id", *models["user"]] and scores.num_rows == 27


def test_a_shorter_history_has_the_same_last_days_and_accounts(tiny):
    short, whole = (Lake(config.lake) for config in (nights.shortened(tiny.world, 30, TODAY), tiny.world))
    days = set(day_ranges.days_between(ago(29), TODAY))
    assert short.files("orders") == {ds: paths for ds, paths in whole.files("orders").items() if ds in days}
    assert short.files("users") == whole.files("users")
    assert short.counts("users") == whole.counts("users")
    assert short.arrow("orders").to_table().num_rows == sum(short.counts("orders").values())


def test_what_nights_leave_is_removed_and_nothing_else(tiny):
    lake = tiny.world.home / "lake"
    (lake / "user_features" / f"{nights.name()}-1").mkdir(parents=True)
    (lake / "_staged" / nights.name()).mkdir(parents=True)
    (lake / "_runs").mkdir(exist_ok=True)
    (lake / "_runs" / f"{nights.name()}.json").write_text("{}")
    nights.tidy(tiny.world)
    assert not list(lake.glob("*/night-*")) and Lake(str(lake)).arrow("orders").to_table().num_rows > 400


def test_hot_orders_move_half_to_one_seller_and_change_nothing_else():
    hot, even = (hot_key.orders(4_000, share) for share in (0.5, 0.0))
    assert abs(np.mean(hot["seller_id"].to_numpy() == "s0") - 0.5) < 0.03
    assert np.mean(even["seller_id"].to_numpy() == "s0") < 0.01
    assert all(hot[name].equals(even[name]) for name in ("order_id", "ds", "ordered_at"))


def test_hot_orders_are_measured_against_others(at_tiny):
    assert [ratio.aim for ratio in hot_key.measure(at_tiny).ratios] == [1.3, 1.3]


def test_each_planted_photo_is_found_in_a_process_of_its_own(at_tiny, monkeypatch):
    monkeypatch.setenv("ENGINE", "sail")
    ratios = near_copies.measure(at_tiny).ratios
    assert [ratio.aim for ratio in ratios] == [1, 5.2] and ratios[0].value > 0
    assert near_copies.planted_found(at_tiny.spark.read.parquet(str(at_tiny.folder / "photos-3000.parquet"))) == 30


def test_training_and_scoring_are_measured_against_the_bare_calls(at_tiny):
    found = learning.measure(at_tiny).ratios
    assert [ratio.aim for ratio in found] == [1.15, 1.15, 1.333, None, 1.333]
    assert not list(at_tiny.folder.glob("scored-*/lake/*/night-*"))


def test_scores_are_those_of_each_model_by_itself():
    table = learning.rows_to_score(40)
    numbers = pa.array([2**24 + n for n in range(40)])  # whole numbers that 32 bits cannot tell apart
    table = table.set_column(table.column_names.index("order_count_7d"), "order_count_7d", numbers)
    models = boosters.made("user")
    found = predict.scores(table, "user", TODAY, models)
    for risk, candidate in models.items():
        assert found[f"{risk}_margin"].to_pylist() == predict.predict(candidate, table)[0].tolist()
    assert found["model_versions"].to_pylist() == [[{"risk": risk, "version": "1"} for risk in models]] * 40
    assert found["reasons"].to_pylist() == [[]] * 40 and found["ds"].to_pylist() == [TODAY] * 40


def test_the_peak_of_a_process_is_that_of_all_it_has_held(tmp_path):
    held = "import time; held = bytearray(200_000_000); del held; time.sleep(1)"
    found = peak_memory.peak([__main__.sys.executable, "-c", held], {})
    assert 200_000_000 < found["Python"] < 400_000_000 and found["Java"] == 0


def test_workers_count_together_while_they_are_there_and_other_processes_do_not():
    worker = "import time; held = bytearray(60_000_000); time.sleep(1)"
    two_by_two = ("import subprocess, sys\nfor _ in range(2):\n"
                  f" pair = [subprocess.Popen([sys.executable, '-c', '{worker}']) for _ in range(2)]\n"
                  " [each.wait() for each in pair]\nsubprocess.run(['sleep', '1'])")
    found = peak_memory.peak([__main__.sys.executable, "-c", two_by_two], {})
    assert 120_000_000 < found["Python workers"] < 220_000_000


def test_a_command_that_fails_is_told():
    with pytest.raises(UserError, match="no such thing"):
        peak_memory.peak([__main__.sys.executable, "-c", "raise SystemExit('no such thing')"], {})


def test_a_home_of_the_evening_before_is_made_once_and_anew_for_other_features(tmp_path, monkeypatch):
    setting, nights_run = BenchmarkContext(tmp_path, "small", 30), []
    monkeypatch.setattr(prepared_home, "simulate", lambda arguments: Path(arguments[1], "landing").mkdir(parents=True))
    monkeypatch.setattr(prepared_home, "run", lambda home, engine, landed, ds: nights_run.append(ds))
    home = prepared_home.prepared_home(setting)
    (home / "old").touch()
    assert prepared_home.prepared_home(setting) == home and (home / "old").exists()
    monkeypatch.setattr(prepared_home.tiles, "TILE_FORMAT_VERSION", "of tomorrow")
    prepared_home.prepared_home(setting)
    assert not (home / "old").exists() and nights_run == [str(setting.eve)] * 2


def test_copies_of_a_home_share_its_parquet_files_and_nothing_else(tmp_path):
    home = tmp_path / "home"
    for file in ("lake/orders/a.parquet", "lake/orders/_delta_log/0.json", "landing/orders/b.parquet"):
        (home / file).parent.mkdir(parents=True, exist_ok=True)
        (home / file).write_text("before")
    with prepared_home.hard_linked_copies(home, 2) as (one, other):
        (one / "lake/orders/_delta_log/0.json").write_text("after")
        assert (other / "lake/orders/a.parquet").samefile(home / "lake/orders/a.parquet")
        assert not (one / "landing").exists()
    assert (home / "lake/orders/_delta_log/0.json").read_text() == "before"
    assert list(tmp_path.iterdir()) == [home]


def test_a_figure_that_fails_does_not_stop_the_others(monkeypatch, tmp_path):
    asked = []

    def run(command, cwd):
        asked.append(command[-1])
        return SimpleNamespace(returncode=int(command[-1] == "hot_key"))

    monkeypatch.setattr(__main__, "subprocess", SimpleNamespace(run=run))
    with pytest.raises(UserError, match="^hot_key: not measured"):
        __main__.main(["--date", "2026-11-20", "--out", str(tmp_path)])
    assert asked == list(__main__.FIGURES)


@pytest.mark.parametrize(("name", "world"), [("history_on_sail", ("large", 40, "sail")),
                                             ("history", ("large", 40, "spark")), ("engines", ("demo", 90, "spark"))])
def test_a_figure_is_measured_in_its_own_world_and_engine(monkeypatch, tmp_path, name, world):
    seen = []

    def work(at):
        seen.append((at, os.environ["ENGINE"]))
        return BenchmarkResult("any", "", {}, ())

    monkeypatch.setitem(__main__.FIGURES, name, __main__.FIGURES[name]._replace(work=work))
    monkeypatch.setenv("ENGINE", "spark")
    __main__.main(["--only", name, "--rounds", "2", "--rows", "5000", "--size", "large", "--days", "40",
                   "--date", "2026-11-20", "--out", str(tmp_path)])
    (at, engine), = seen
    assert (at.size, at.days, engine) == world and (at.rounds, at.rows, at.warm) == (2, 5_000, 1)
    assert (tmp_path / f"{name}.json").exists()
    assert (tmp_path / "ratios.md").read_text() == result.table(tmp_path)


def test_the_ratio_is_that_of_neighbouring_runs_and_the_warm_one_does_not_count(monkeypatch):
    now, work = [0.0], iter([50, 1, 4, 2, 9, 3])
    monkeypatch.setattr(result, "time", SimpleNamespace(perf_counter=lambda: now[0]))

    def run() -> None:
        now[0] += next(work)

    ratio = result.time_interleaved("", {"one": run, "other": run}, 2.5, rounds=2, warm=1)
    assert ratio.seconds == {"one": [4, 9], "other": [2, 3]}
    assert ratio.value == (4 / 2 + 9 / 3) / 2 and ratio.met


def test_a_figure_is_kept_with_its_machine_and_whether_the_aim_was_met(tmp_path):
    save(BenchmarkResult("night", "A night", {"days": 90}, (CostRatio("features", 1.4, 1.3), CostRatio("scores", 0.9))),
         tmp_path, day("2026-11-20"))
    told = json.loads((tmp_path / "night.json").read_text())
    assert [(r["value"], r["aim"], r["met"]) for r in told["ratios"]] == [(1.4, 1.3, False), (0.9, None, None)]
    assert told["date"] == "2026-11-20" and {"cores", "memory_gib", "duckdb", "pyspark"} <= set(told["machine"])
    assert (tmp_path / "night.png").stat().st_size > 10_000
    assert result.table(tmp_path).splitlines()[2:] == ["| [night](night.json) | features | 1.40 | 1.3 | no |",
                                                       "| [night](night.json) | scores | 0.90 |  |  |"]


@pytest.mark.parametrize(("column", "value"), [("order_count_7d", 1), ("order_amount_mean_7d", 1.0 + 1e-8)])
def test_tables_that_differ_are_no_benchmark(column, value):
    row = {"seller_id": "s1", **dict.fromkeys(SELLER.slice_columns, "north"), **dict.fromkeys(SELLER.columns, 0)}
    row["order_amount_mean_7d"] = 1.0
    one, other = (pa.Table.from_pylist([each]) for each in (row, row | {column: value}))
    assert feature_equality.differences(one, one, SELLER)["largest_relative_difference"] == 0
    with pytest.raises(UserError, match=f"seller, {column}: 1 rows differ"):
        feature_equality.differences(one, other, SELLER)


def test_tables_are_compared_in_whatever_order_their_rows_lie():
    row = {**dict.fromkeys(SELLER.slice_columns, "north"), **dict.fromkeys(SELLER.columns, 0)}
    rows = [{"seller_id": seller, **row, "order_count_7d": n} for n, seller in enumerate(("s1", "s2", "s3"))]
    one, other = pa.Table.from_pylist(rows), pa.Table.from_pylist(rows[::-1])
    assert feature_equality.differences(one, other, SELLER)["rows"] == 3
    with pytest.raises(UserError, match="3 rows against 2, not the same entities"):
        feature_equality.differences(one, other.slice(1), SELLER)


def test_landed_rows_are_taken_in_without_those_sent_twice(tmp_path):
    config = bench_world.settings_of(tmp_path)
    for name in FEATURE_INPUTS:
        table = TABLES[name]
        folder = tmp_path / "landing" / name / f"ds={TODAY}"
        folder.mkdir(parents=True)
        rows = [dict.fromkeys(table.names) | {table.key: key, table.event_time: f"{TODAY}T10:00:00Z"}
                | {c.name: "1" for c in table.columns if c.required and c.name not in (table.key, table.event_time)}
                for key in ("a", "a", "b", None)]
        (folder / "part-0.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    bench_world.write_tables(config, [TODAY])
    lake = Lake(config.lake)
    assert {name: lake.counts(name) for name in FEATURE_INPUTS} == dict.fromkeys(FEATURE_INPUTS, {TODAY: 2})
