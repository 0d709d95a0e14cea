"""The terminal summary of a run: the riskiest sellers, users, creators and orders, what to open, and commands."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from features.risks import of_entity
from jobs.feature_store import freshness
from jobs.reporting.risk_listing import RiskyRow, listing
from jobs.runtime import console, terminal
from jobs.runtime.terminal_text import cell_count, wrapped
from jobs.settings import Settings
from jobs.storage import catalog
from jobs.storage.lake import Lake
from jobs.storage.query import connect

TOP = 10
REASONS = 3
TABLE_PAGE = "docs/tables.md"
INDENT = "  "


def show(config: Settings, ds: dt.date) -> None:
    """Print the riskiest rows of every entity, with score, level and reasons; then what to open, and commands."""
    lake = Lake(config.lake)
    for entity in freshness.entities(lake):
        console.show("\n", *riskiest(lake, entity, ds))
    console.show("\nOpen next:\n", notes(to_open(lake, ds)))
    console.show("\nCommands:\n", notes(next_commands(lake, ds)))


def riskiest(lake: Lake, entity: str, ds: dt.date) -> list[str | console.Coloured]:
    """Return the day's rows with the largest scores as a table in parts, or the reason why there is none."""
    table = catalog.risk_daily(entity).name
    if not lake.has(table) or not lake.counts(table).get(ds):
        return [console.fitted(f"The riskiest {entity}s of {ds}: none arrived.", INDENT)]
    rows = riskiest_rows(lake, entity, ds)
    if not rows:
        return [console.fitted(f"The riskiest {entity}s of {ds}: no scores, because no model of {entity}s has a "
                               "champion; training says why.", INDENT)]
    return [console.fitted(f"The {TOP} riskiest {entity}s of {ds}, with the strongest reasons", INDENT), "\n",
            *listing(entity, rows, terminal.width())]


def riskiest_rows(lake: Lake, entity: str, ds: dt.date) -> list[RiskyRow]:
    """Return the rows of the day with the largest scores, the largest first."""
    with connect() as db:
        db.register("risk", lake.arrow(catalog.risk_daily(entity).name, [ds]))
        found = db.execute(
            f"SELECT {entity}_id, risk_score, risk_level, top_risk, confirmed_risk, "
            f"list_transform(reasons[:{REASONS}], lambda r: r.reason) FROM risk "
            f"WHERE risk_score IS NOT NULL ORDER BY risk_score DESC, {entity}_id LIMIT {TOP}").fetchall()
    return [RiskyRow(*row) for row in found]


def notes(entries: Sequence[tuple[str, str]]) -> str:
    """Return what a person may type or open, each with its explanation beside or, in a narrow terminal, below it."""
    width = terminal.width()
    short = [cell_count(text) for text, _ in entries if "\n" not in text]
    beside = len(INDENT) + max(short, default=0) + 2
    fits = all(beside + cell_count(about) <= width for text, about in entries if about and "\n" not in text)
    lines = []
    for text, about in entries:
        lines += [line for each in text.split("\n") for line in wrapped(f"{INDENT}{each}", width, INDENT * 2)]
        if about and fits and "\n" not in text:
            lines[-1] += " " * (beside - cell_count(lines[-1])) + about
        elif about:
            lines += wrapped(f"{INDENT * 3}{about}", width, INDENT * 3)
    return "\n".join(lines)


def to_open(lake: Lake, ds: dt.date) -> list[tuple[str, str]]:
    """Return paths of the day's risk tables and of the page that describes them, each with what it is."""
    tables = [catalog.risk_daily(entity).name for entity in freshness.entities(lake)]
    return [*((_short(f"{lake.root}/{table}"), f"Delta table, {lake.counts(table)[ds]:,} rows of {ds}")
              for table in tables if lake.has(table) and ds in lake.counts(table)),
            (TABLE_PAGE, "every table and column, with a query for each")]


def _short(path: str) -> str:
    """Return a path relative to the working directory where it lies below."""
    return str(Path(path).relative_to(Path.cwd())) if Path(path).is_relative_to(Path.cwd()) else path


def next_commands(lake: Lake, ds: dt.date) -> list[tuple[str, str]]:
    """Return commands and what each does. The queries name risks with scores on the day, so with a champion."""
    return [*_queries_of_scores(lake, ds), *_query_of_reviews(lake, ds),
            ("make sql", "the tables of the lake"),
            ("make ui", "runs in Airflow, models and their plots in MLflow"),
            (f"make train DS={ds}", "train again; says why a model has no champion")]


def _queries_of_scores(lake: Lake, ds: dt.date) -> list[tuple[str, str]]:
    """Return a query for each entity with a scored risk: the highest scores of its first one."""
    queries = []
    for entity in freshness.entities(lake):
        table = catalog.risk_daily(entity).name
        for column in scored(lake, entity, ds)[:1]:
            queries.append((f'make sql Q="select {entity}_id, {column}, action\n'
                            f"            from {table} where ds = '{ds}'\n"
                            f'            order by 2 desc limit 20"', ""))
    return queries


def _query_of_reviews(lake: Lake, ds: dt.date) -> list[tuple[str, str]]:
    """Return the query that lists the day's reviews, if there are any."""
    table = catalog.REVIEW_QUEUE_DAILY.name
    if not lake.has(table) or ds not in lake.days(table):
        return []
    return [(f'make sql Q="select queue, rank, entity_id, action, why\n'
             f"            from {table} where ds = '{ds}'\n"
             f'            order by queue, rank"', "")]


def scored(lake: Lake, entity: str, ds: dt.date) -> list[str]:
    """Return the score columns of an entity's risk table with values on the day, in the order of the risks."""
    columns = [f"{risk.name}_score" for risk in of_entity(entity)]
    table = catalog.risk_daily(entity).name
    if not lake.has(table):
        return []
    with connect() as db:
        db.register("risk", lake.arrow(table, [ds]))
        counts = db.execute(f"SELECT {', '.join(f'count({column})' for column in columns)} FROM risk").fetchall()[0]
    return [column for column, count in zip(columns, counts) if count]
