"""The terminal summary of a run: the riskiest sellers, users, creators and orders, and the next commands."""

import datetime as dt
from collections.abc import Sequence

from features.risks import of_entity
from jobs.feature_store import freshness
from jobs.runtime.console import fitted, width
from jobs.settings import Settings
from jobs.storage import catalog
from jobs.storage.lake import Lake
from jobs.storage.query import connect

TOP = 10
NARROWEST = 30  # characters that reasons need beside the rest of a row


def show(config: Settings, ds: dt.date) -> None:
    """Print the ten riskiest rows of every entity, with score, level and reasons, and the next commands."""
    lake = Lake(config.lake)
    for entity in freshness.entities(lake):
        print(f"\n{riskiest(lake, entity, ds)}")
    print(f"\nNext:\n{next_commands(lake, ds)}")


def riskiest(lake: Lake, entity: str, ds: dt.date) -> str:
    """Return a table of the day's rows with the largest scores, at most as wide as the terminal."""
    title = f"The {TOP} riskiest {entity}s of {ds}"
    rows = riskiest_rows(lake, entity, ds)
    if not rows:
        return fitted(f"{title}: no model has a champion, because there are not enough matured labels to train; "
                      "the features are published, the scores are null.", indent="  ")
    longest = max(len(str(row[0])) for row in rows)
    lines = [title, f"{entity:<{max(12, longest + 2)}}{'score':>7}  {'level':<9}{'risk':<19}reasons"]
    for name, score, level, risk, confirmed_risk, reasons in rows:
        confirmed = [f"confirmed: {confirmed_risk}"] if confirmed_risk else []
        lines.append(_row(f"{name:<{max(12, longest + 2)}}{score:>7.3f}  {level:<9}{risk:<19}",
                          [*reasons[:3], *confirmed] or ["-"]))
    return "\n".join(lines)


def _row(head: str, reasons: Sequence[str]) -> str:
    """Return a row of the table, with one reason a line; in a narrow terminal all reasons are below the head."""
    narrow = width() - len(head) < NARROWEST
    indent = "    " if narrow else " " * len(head)
    lines = [fitted(f"{indent}{reason}", indent=f"{indent}  ") for reason in reasons]
    return "\n".join([head.rstrip(), *lines]) if narrow else head + "\n".join(lines)[len(head):]


def riskiest_rows(lake: Lake, entity: str, ds: dt.date) -> list[tuple]:
    """Return (id, risk_score, risk_level, top_risk, confirmed_risk, reasons in words), the largest score first."""
    with connect() as db:
        db.register("risk", lake.arrow(catalog.risk_daily(entity).name, [ds]))
        return db.execute(
            f"SELECT {entity}_id, risk_score, risk_level, top_risk, confirmed_risk, "
            "list_transform(reasons, lambda r: r.reason) FROM risk "
            f"WHERE risk_score IS NOT NULL ORDER BY risk_score DESC, {entity}_id LIMIT {TOP}").fetchall()


def next_commands(lake: Lake, ds: dt.date) -> str:
    """Return the next commands. The query names a risk with scores on the day."""
    return "\n".join([*_query_of_scores(lake, ds),
                      "  make ui                     (runs in Airflow, models and their plots in MLflow)",
                      f"  make train DS={ds}    (train again; the champion moves only if it loses)"])


def _query_of_scores(lake: Lake, ds: dt.date) -> list[str]:
    """Return the command that lists the highest scores of the first risk with scores; its quotation spans lines."""
    for entity in freshness.entities(lake):
        for column in scored(lake, entity, ds):
            return [f'  make sql Q="select {entity}_id, {column}, action from {catalog.risk_daily(entity)}',
                    f"              where ds = '{ds}' order by 2 desc limit 20\""]
    return []


def scored(lake: Lake, entity: str, ds: dt.date) -> list[str]:
    """Return the score columns of an entity's risk table with values on the day, in the order of the risks."""
    columns = [f"{risk.name}_score" for risk in of_entity(entity)]
    with connect() as db:
        db.register("risk", lake.arrow(catalog.risk_daily(entity).name, [ds]))
        counts = db.execute(f"SELECT {', '.join(f'count({column})' for column in columns)} FROM risk").fetchall()[0]
    return [column for column, count in zip(columns, counts) if count]
