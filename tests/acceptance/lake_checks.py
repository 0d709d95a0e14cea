"""A run's lake and registry held to what is expected: rows, accounting, levels, champions."""

import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import duckdb

from jobs.storage.lake import Lake
from tests.acceptance import raw_counts
from tests.acceptance.expectations import Check, Expected, equal

ACCOUNT = ("rows_in", "kept", "quarantined", "dropped")
BOOKS = ("ingest_log", "quarantine")  # what every ingest writes besides its tables
RISK_TABLE = "_risk_daily"
DECIDED = ("decision_daily", "review_queue_daily", "experiment_units", "exposure_daily", "effect_daily",
           "prevalence_weekly", "loss_ledger", "loss_monthly", "governance_funnel_daily",
           "displacement_weekly", "goal_daily", "case_attribution_daily", "case_fairness_weekly")
QUEUES = Path(__file__).resolve().parents[2] / "policies" / "queues.toml"


def checks(run: Expected, home: Path, raw: Path) -> list[Check]:
    """All figures of a finished run, those of its raw files first."""
    lake, expected = Lake(str(home / "lake")), {*run.events, *BOOKS, *run.published, *DECIDED}
    found = [*of_raw_files(run, raw), *of_registry(run, home),
             equal("tables that are missing", [], sorted(expected - set(lake.tables()))),
             equal("tables without rows", [], sorted(set(without_rows(lake)) - set(run.empty)))]
    if expected - set(lake.tables()):
        return found
    with duckdb.connect() as db:
        for table in lake.tables():
            db.register(table, lake.arrow(table))
        return [*found, *of_ingest(db, run, lake), *of_the_day(db, run, lake), *of_decisions(db, run)]


def of_raw_files(run: Expected, raw: Path) -> Iterator[Check]:
    """What the raw files hold today, so that other files are not taken for a mistake of Vigil's."""
    counted = raw_counts.counted(run.name, raw, run.day)
    for part, expected in (("events", run.events), ("published", run.published)):
        for table, figures in expected.items():
            yield equal(f"{table}, counted in the raw files", figures, counted[part].get(table))


def of_ingest(db: duckdb.DuckDBPyConnection, run: Expected, lake: Lake) -> Iterator[Check]:
    """Every row in is kept, quarantined or dropped: in all, on each day, and by the rows that are there."""
    found = {table: dict(zip(ACCOUNT, sums)) for table, *sums in db.sql(
        f'SELECT "table", {", ".join(f"sum({name})::BIGINT" for name in ACCOUNT)} FROM ingest_log GROUP BY ALL'
    ).fetchall()}
    for table, figures in run.events.items():
        yield equal(f"{table}, ingested", figures, found.get(table))
        yield equal(f"{table}, rows in the lake", figures["kept"], sum(lake.counts(table).values()))
    yield equal("tables ingested besides", [], sorted(name for name in found.keys() - run.events.keys()
                                                      if found[name]["rows_in"]))
    yield nothing("days whose rows in are not kept, quarantined or dropped", db.sql(
        'SELECT "table", ds FROM ingest_log WHERE rows_in <> kept + quarantined + dropped').fetchall())
    kept = " UNION ALL ".join(f"SELECT '{table}' AS \"table\", ds FROM {table}" for table in run.events)
    for column, rows in (("kept", kept), ("quarantined", 'SELECT "table", ds FROM quarantine')):
        yield nothing(f"days on which other rows are {column} than the log says", _unlike(db, column, rows))


def _unlike(db: duckdb.DuckDBPyConnection, column: str, rows: str) -> list[tuple]:
    """(table, day) on which a column of the log is not the number of rows there are, given as (table, ds)."""
    rows = f'SELECT "table", ds, count(*) AS there FROM ({rows}) GROUP BY ALL'
    return db.sql(f'SELECT "table", ds FROM (SELECT "table", ds, sum({column}) AS told FROM ingest_log GROUP BY ALL) '
                  f'FULL JOIN ({rows}) USING ("table", ds) WHERE coalesce(told, 0) <> coalesce(there, 0)').fetchall()


def of_the_day(db: duckdb.DuckDBPyConnection, run: Expected, lake: Lake) -> Iterator[Check]:
    """Rows of the day from features to risk tables, one risk table for each entity, and the levels they use."""
    yield equal("entities with a risk table", sorted(name.removesuffix(RISK_TABLE) for name in run.published),
                [name.removesuffix(RISK_TABLE) for name in lake.tables() if name.endswith(RISK_TABLE)])
    for table, rows in run.published.items():
        entity = table.removesuffix(RISK_TABLE)
        for name in (f"{entity}_features", f"{entity}_scores", table):
            yield equal(f"{name}, rows of the day", rows, lake.counts(name).get(run.day, 0))
        yield equal(f"{table}, levels", sorted(run.levels), levels(db, table))


def of_decisions(db: duckdb.DuckDBPyConnection, run: Expected) -> Iterator[Check]:
    """Every scored row counts in the exposure, reviewers have time for their list, and actions come from decisions."""
    for table, rows in run.published.items():
        entity = table.removesuffix(RISK_TABLE)
        counted = db.sql(f"SELECT DISTINCT sum(e.rows)::BIGINT FROM exposure_daily e WHERE ds = '{run.day}' "
                         f"AND entity = '{entity}' GROUP BY risk").fetchall()
        yield equal(f"{entity}s in the exposure of each risk", [(rows,)], counted)
        yield nothing(f"{entity}s whose action no live decision asks for", db.sql(
            f"SELECT {entity}_id FROM {table} r ANTI JOIN (FROM decision_daily WHERE mode = 'live' "
            f"AND suppressed_by IS NULL) d ON d.decision_id = r.decision_id AND d.entity_id = r.{entity}_id "
            f"AND d.action = r.action WHERE r.decision_id IS NOT NULL AND r.ds = '{run.day}'").fetchall())
    minutes = {name: queue["minutes_a_day"] for name, queue in tomllib.loads(QUEUES.read_text()).items()}
    found = db.sql("SELECT queue, ds, sum(minutes) FROM review_queue_daily GROUP BY ALL").fetchall()
    yield nothing("queues with more minutes than their reviewers have",
                  [(queue, ds) for queue, ds, taken in found if taken > minutes[queue]])


def levels(db: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The levels that a risk table uses, in order; `none` where a row has no level."""
    return [level for (level,) in db.sql(
        f"SELECT DISTINCT coalesce(risk_level, 'none') FROM {table} ORDER BY 1").fetchall()]


def of_registry(run: Expected, home: Path) -> Iterator[Check]:
    """The models that have a champion, entity by entity."""
    found = champions(home)
    for entity in ("seller", "user", "creator", "order"):
        yield equal(f"champions of {entity}", *([name.removeprefix(f"{entity}-") for name in sorted(names)
                                                 if name.startswith(f"{entity}-")] for names in (run.champions, found)))


def champions(home: Path) -> list[str]:
    """Registered models with a champion, from MLflow's own database."""
    with closing(sqlite3.connect(f"file:{quote(str(home / 'mlflow.db'))}?mode=ro", uri=True)) as db:
        return sorted(name for (name,) in db.execute(
            "SELECT name FROM registered_model_aliases WHERE alias = 'champion'"))


def without_rows(lake: Lake) -> list[str]:
    """Tables that were committed and hold no row."""
    return [table for table in lake.tables() if not sum(lake.counts(table).values())]


def nothing(what: str, found: list[tuple]) -> Check:
    """A list that must be empty; its first three are shown."""
    shown = [", ".join(map(str, each)) for each in sorted(found)[:3]]
    return Check(what, "none", "none" if not found else f"{len(found)}: {'; '.join(shown)}", not found)
