"""Simulated marketplaces for the study of strategies: one to train on, and small ones that its models score.

A small marketplace has too few incidents for a model of its own: most fail their release tests.
"""

import contextlib
import dataclasses
import datetime as dt
import io
import pickle
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from features.entities import FEATURE_SETS
from features.risks import OF_ENTITIES, OF_ORDERS
from features.splits import training_days
from jobs.engines.spark import session
from jobs.evaluation import promotion
from jobs.evaluation.scored_rows import score_rows
from jobs.feature_store import entity_features, freshness, order_features
from jobs.ingestion import ingest_days, ingested_days
from jobs.ingestion.landing_inventory import list_landing
from jobs.quality import stages
from jobs.quality.commit_gate import audit_and_commit
from jobs.runtime import console
from jobs.runtime.day_ranges import days_between
from jobs.scoring import predict
from jobs.settings import Engine, Settings
from jobs.simulate import __main__ as simulate
from jobs.storage.lake import Lake
from jobs.training import label_tables, training_set
from jobs.training.boosting import train_model
from jobs.training.model_version import ModelVersion
from jobs.training.models import MODELS, Model, find_model
from jobs.training.seeds import bootstrap_seed, training_seed
from jobs.training.topic_training import fit_topics

Trained = Mapping[str, Mapping[str, ModelVersion]]  # released models by entity and risk

UNTIL = dt.date(2026, 11, 20)
DAYS = 70  # of each small world: the longest window, the scored days, and those in which their labels mature
SCORED = 8  # days
MATURES = max(risk.label_maturity_days for risk in (*OF_ENTITIES, *OF_ORDERS))
LAST = UNTIL - dt.timedelta(days=MATURES)
FIRST = LAST - dt.timedelta(days=SCORED - 1)
TRAINING_DAYS, TRAINING_SEED = 90, 6  # of the world to train on; small worlds have other seeds


@dataclasses.dataclass(frozen=True)
class World:
    """A marketplace without actions, simulated and ingested in a home of its own.

    Attributes:
        arguments: with which the simulation makes it again.
    """

    home: Path
    seed: int
    arguments: Sequence[str]
    lake: Lake


def make(config: Settings, home: Path, seed: int, size: str, days: int) -> tuple[World, Settings, object]:
    """Simulate a marketplace and ingest it on Sail; return it with its settings and the session."""
    config = dataclasses.replace(config, home=home, landing=home / "landing", lake=str(home / "lake"), sources=None,
                                 engine=Engine.SAIL, spark_remote=None, spark_master=None)
    world = World(home, seed, ["--until", str(UNTIL), "--days", str(days), "--seed", str(seed), "--size", size],
                  Lake(config.lake, f"strategy-{seed}"))
    simulated(simulate.main, ["--home", str(home), *world.arguments])
    spark = session(config, world.lake.run_id)
    with _committed(spark, world, "events", stages.event_audits):
        ingest_days.ingest(spark, config, world.lake, list_landing(config.landing).until(UNTIL).days)
    return world, config, spark


def trained_models(config: Settings, home: Path, size: str) -> Trained:
    """Train every model on a marketplace of its own, and return those that pass the release test of `make train`.

    Models are kept in memory, and not registered in MLflow. Writes below `home`.
    """
    world, config, spark = make(config, home, TRAINING_SEED, size, TRAINING_DAYS)
    begun = ingested_days.first_order_day(world.lake)
    build_features(spark, world, *(training_days(begun, UNTIL, risks) for risks in (OF_ENTITIES, OF_ORDERS)))
    with _committed(spark, world, "labels", lambda lake: stages.label_audits()):
        for entity in FEATURE_SETS:
            label_tables.build(spark, world.lake, entity, UNTIL)
    released: dict[str, dict[str, ModelVersion]] = {entity: {} for entity in FEATURE_SETS}
    for model in MODELS:
        if trained := _released(world.lake, model):
            released[model.entity][model.risk] = trained
    return released


def save(models: Trained, file: Path) -> None:
    """Write trained models for other processes. A declared model has no pickle: its name stands for it."""
    file.write_bytes(pickle.dumps([dataclasses.replace(version, model=version.model.name)
                                   for by_risk in models.values() for version in by_risk.values()]))


def load(file: Path) -> Trained:
    """Read the models that `save` wrote."""
    models: dict[str, dict[str, ModelVersion]] = {entity: {} for entity in FEATURE_SETS}
    for version in pickle.loads(file.read_bytes()):
        model = find_model(version.model)
        models[model.entity][model.risk] = dataclasses.replace(version, model=model)
    return models


def scored_world(config: Settings, home: Path, seed: int, models: Trained) -> World:
    """Make a small marketplace, and write the features and scores of its scored days."""
    world, _, spark = make(config, home, seed, "small", DAYS)
    build_features(spark, world, scored_days(), scored_days())
    with _committed(spark, world, "scores", lambda lake: stages.score_audits()):
        for entity, by_risk in models.items():
            predict.score(spark, world.lake, entity, scored_days(), by_risk)
    return world


def scored_days() -> list[dt.date]:
    """Return the scored days of a small marketplace. Labels of the last one mature on the last simulated day."""
    return days_between(FIRST, LAST)


def build_features(spark, world: World, days: Sequence[dt.date], order_days: Sequence[dt.date]) -> None:
    """Build the features of some days: of entities, and of orders."""
    with _committed(spark, world, "features", lambda lake: stages.feature_audits()):
        for build, group, wanted in ((entity_features.build, freshness.ENTITY_FEATURES, days),
                                     (order_features.build, freshness.ORDER_FEATURES, order_days)):
            build(spark, world.lake, freshness.days_with_rows(world.lake, group.final_entity, wanted))


def simulated(main, argv: Sequence[str]) -> None:
    """Run a simulation without its messages."""
    with contextlib.redirect_stdout(io.StringIO()):
        main(argv)


@contextlib.contextmanager
def _committed(spark, world: World, stage: str, audits) -> Iterator[None]:
    """Commit what the block stages, unaudited: the suites have tests of their own."""
    yield
    audit_and_commit(spark, world.lake, stage, UNTIL,
                     [(table, lambda df, written: []) for table, _ in audits(world.lake)])


def _released(lake: Lake, model: Model) -> ModelVersion | None:
    """Return a model that is trained as of the last day; None where it fails its release test."""
    train, validation, test = (training_set.read_rows(lake, model, UNTIL, part)
                               for part in ("train", "validation", "test"))
    if not (train.positives and validation.positives):
        console.log(f"{model.name}: no positive rows to train on")
        return None
    topics = fit_topics(train, training_seed(model, UNTIL))
    train, validation = (training_set.with_topics(rows, topics) for rows in (train, validation))
    trained = train_model(model, train, validation, training_seed(model, UNTIL))
    version = ModelVersion(model, "1", "study", trained.booster, trained.calibration,
                           tuple(train.features.column_names), model.feature_set.hash, {}, topics)
    decided = promotion.decide(score_rows(version, test), None, model.release, model.declared_risk.capacity,
                               bootstrap_seed(model))
    console.log(f"{model.name}: {decided.reason}")
    return version if decided.move else None
