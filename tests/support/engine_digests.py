"""What an engine makes of generated rows: Spark in the tests' own process, Sail in this file run as a program."""

import datetime as dt
import json
import random
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import benchmark_lake as world_files
from features.case_labels import case_labels
from features.inputs.tables import TABLES
from features.labels import labels
from features.risks import after_sales, by_verdict
from jobs.engines.spark import session
from jobs.feature_store import entity_features, order_features
from jobs.settings import load_settings
from jobs.storage.data_files import DataFile
from jobs.storage.lake import Lake
from jobs.storage.row_checksum import row_checksum
from tests.support.builders import TODAY, ago, at
from tests.support.generated_events import WORLDS

RISKS = {"seller": "brushing", "user": "refund_abuse", "creator": "traffic_fraud", "order": "payment_fraud"}


def fill(home: Path) -> None:
    """A lake of clean events, made without an engine."""
    world = WORLDS["whole"]
    (home / "lake").mkdir()
    lake = Lake(str(home / "lake"), "filled")
    tables = {**world.events, **world.accounts, "verdicts": verdicts()}
    for name, rows in tables.items():
        days = sorted({row["ds"] for row in rows})
        world_files.commit(lake, TABLES[name], [_file(lake, name, rows, day) for day in days])


def _file(lake: Lake, name: str, rows: list[dict], day: dt.date) -> DataFile:
    own = pa.Table.from_pylist([row for row in rows if row["ds"] == day], world_files.schema_of(TABLES[name]))
    return world_files.write_file(lake, name, day, lambda path: pq.write_table(own, path))


def verdicts() -> list[dict]:
    """Decisions on every kind of entity: some taken back (some at once), some late, some of unknown extent."""
    draw, rows = random.Random(4), []
    prefixes = {"seller": "s", "user": "u", "creator": "k", "order": "o"}
    for n in range(200):
        entity, day = draw.choice(list(prefixes)), ago(draw.randrange(60))
        rows.append({"verdict_id": f"v{n}", "decided_at": at(day, draw.randrange(24)), "entity": entity,
                     "entity_id": f"{prefixes[entity]}{draw.randrange(20)}", "risk": RISKS[entity],
                     "confirmed": draw.random() < 0.7, "incident_from": ago(draw.randrange(9), day),
                     "incident_to": draw.choice([None, day]), "loss_cents": draw.choice([None, 0, 700]),
                     "ds": ago(-draw.choice((0, 0, 3)), day)})
    return rows + [row | {"verdict_id": f"again {row['verdict_id']}", "confirmed": not row["confirmed"]}
                   for row in rows[::4]]


def compute(spark, lake: str) -> dict[str, str]:
    """Digests of all tables once features and labels are built, and committed as they are.

    Features as of one day are computed in another way than those of several.
    """
    for run_id, as_ofs in (("engines-training", [ago(14), ago(7)]), ("engines", [TODAY])):
        building = Lake(lake, run_id)
        entity_features.build(spark, building, as_ofs)
        order_features.build(spark, building, as_ofs)
        for file in sorted(Path(lake).glob(f"_staged/{run_id}/*.json")):
            building.commit(building.staged(file.stem))
    for entity in RISKS:
        _label(spark, Lake(lake, "engines"), entity)
    return {table: row_checksum(Lake(lake), table) for table in Lake(lake).tables()}


def _label(spark, lake: Lake, entity: str) -> None:
    from pyspark.sql import functions as F

    rows = lake.read(spark, f"{entity}_features").select(F.col("ds").alias("as_of"),
                                                         F.col(f"{entity}_id").alias("entity_id"))
    found = labels(lake.read(spark, "verdicts"), rows, by_verdict(entity), [ago(7), TODAY], TODAY)
    if of_cases := after_sales(entity):
        found = found.unionByName(case_labels(lake.read(spark, "cases"), rows, of_cases, TODAY))
    lake.commit(lake.write(found.withColumn("ds", F.lit(TODAY)), f"{entity}_labels", [TODAY], key="entity_id"))


if __name__ == "__main__":
    config = load_settings()
    sys.stdout.write(json.dumps(compute(session(config), config.lake)) + "\n")
