"""The cost of a night against one DuckDB script over the raw events, which a person would write instead.

Both sides compute every feature of every entity as of the day, score them with the same boosters and write Parquet.
Vigil reads the tiles of earlier nights and builds the day's tiles. The script stores nothing and reads all events. The
tables of both sides are compared row by row: a difference is an error.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import benchmark_lake
from benchmarks.context import BenchmarkContext
from benchmarks.costs import nights
from benchmarks.costs.boosters import made
from benchmarks.duckdb import night
from benchmarks.duckdb.feature_equality import differences
from benchmarks.result import BenchmarkResult
from features.aggregation import value_days, windows
from features.aggregation.history import History
from features.entities import AS_OF_DAY
from jobs.feature_store import entity_features, tile_store
from jobs.runtime import day_ranges
from jobs.scoring import predict
from jobs.storage import catalog
from jobs.storage.lake import Lake
from jobs.training import training_set
from jobs.training.model_version import ModelVersion

AIM = 1.0


def measure(at: BenchmarkContext) -> BenchmarkResult:
    """Time the night of the last day by Vigil and by the script, alternately, and the steps of both sides."""
    config = at.world
    nights.ready(at.spark, config, benchmark_lake.LAST, at.eve)
    models = {entity: made(entity) for entity in AS_OF_DAY}
    tables: dict[str, dict[str, pa.Table]] = {}
    ratio = at.time_interleaved("features and scores of a night", {
        "Vigil": lambda: tables.update(vigil=by_vigil(at, models)),
        "one DuckDB script": lambda: tables.update(script=by_script(at, models))}, AIM)
    compared = {entity: differences(tables["vigil"][entity], tables["script"][entity], AS_OF_DAY[entity])
                for entity in AS_OF_DAY}
    details = {"compared": compared, "seconds_of_the_script": seconds_of_script(at, models),
               "seconds_of_vigil": seconds_of_vigil(at)}
    nights.tidy(config)
    title = f"A night by Vigil on {at.engine} against one DuckDB script over the raw events"
    return BenchmarkResult("duckdb", title, at.conditions(
        columns={entity: len(features.columns) for entity, features in AS_OF_DAY.items()},
        note="both write features and scores; Vigil also writes the day's tiles, a file for the audit, and texts; "
             "neither ingests, audits nor publishes"), (ratio,), details)


def by_vigil(at: BenchmarkContext, models: Mapping[str, Mapping[str, ModelVersion]]) -> dict[str, pa.Table]:
    """Compute and score the features of every entity, and return the features from the lake."""
    lake = nights.entities(at.spark, at.world, [benchmark_lake.LAST])
    tables = {}
    for entity in AS_OF_DAY:
        tables[entity] = lake.written_arrow(lake.staged(catalog.features(entity).name)).to_table()
        _score(at, entity, "vigil", predict.scores(without_texts(tables[entity], entity), entity, benchmark_lake.LAST,
                                                   models[entity]))
    return tables


def by_script(at: BenchmarkContext, models: Mapping[str, Mapping[str, ModelVersion]],
              step_done: Callable[[str], None] = lambda step: None) -> dict[str, pa.Table]:
    """Compute the features with DuckDB and score them with the bare calls of XGBoost; return the features."""
    import xgboost as xgb

    with night.connect() as db:
        tables = night.features(db, night.events(Lake(at.world.lake), benchmark_lake.LAST), benchmark_lake.LAST,
                                step_done)
    for entity, rows in tables.items():
        pq.write_table(rows, _file(at, catalog.features(entity).name, "script"))
        scores = {risk: c.calibration.apply(c.booster.predict(
            xgb.DMatrix(training_set.as_features(rows, c.columns)), output_margin=True))
            for risk, c in models[entity].items()}
        _score(at, entity, "script", pa.table({f"{entity}_id": rows[f"{entity}_id"], **scores}))
    step_done("scores")
    return tables


def without_texts(rows: pa.Table, entity: str) -> pa.Table:
    """Return rows with null texts, for models that read no texts."""
    for text in AS_OF_DAY[entity].texts:
        rows = rows.append_column(text.name, pa.nulls(rows.num_rows, pa.string()))
    return rows


def seconds_of_script(at: BenchmarkContext, models: Mapping[str, Mapping[str, ModelVersion]]) -> dict[str, float]:
    """Time each step of the script in one run."""
    seconds, last = {}, [time.perf_counter()]

    def step_done(name: str) -> None:
        now = time.perf_counter()
        seconds[name] = round(now - last[0], 2)
        last[0] = now

    by_script(at, models, step_done)
    return seconds


def seconds_of_vigil(at: BenchmarkContext) -> dict[str, float]:
    """Time the parts of Vigil's night, entity by entity. A night runs entities in parallel, in less than the sum."""
    lake, seconds = Lake(at.world.lake, nights.name()), {}
    needed = day_ranges.days_between(value_days.first_tile([benchmark_lake.LAST]), benchmark_lake.LAST)
    for entity, features in AS_OF_DAY.items():
        began = time.perf_counter()
        stored = tile_store.load_or_build_tiles(at.spark, lake, features, needed)
        tiled = time.perf_counter()
        accounts = lake.read(at.spark, features.profile.name)
        history = History(stored["tiles"], stored["values"], accounts, tile_store.first_days(lake, features),
                          stored["month_values"])
        windows.as_of_features(history, features, [benchmark_lake.LAST], entity_features.materialize).toArrow()
        seconds[f"{entity}: tiles of the day"] = round(tiled - began, 2)
        seconds[f"{entity}: own features"] = round(time.perf_counter() - tiled, 2)
    began = time.perf_counter()
    nights.entities(at.spark, at.world, [benchmark_lake.LAST])
    return seconds | {"all features, links and texts among them": round(time.perf_counter() - began, 2)}


def _score(at: BenchmarkContext, entity: str, side: str, table: pa.Table) -> None:
    pq.write_table(table, _file(at, catalog.scores(entity).name, side))


def _file(at: BenchmarkContext, table: str, side: str) -> Path:
    folder = at.world.home / "scored" / side
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{table}.parquet"
