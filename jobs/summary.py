"""What a person sees at the end of a run: the riskiest sellers, users, creators and orders, and what to do next."""

import datetime as dt

from features.risks import of_entity
from jobs import built
from jobs.lake import Lake
from jobs.risk_rows import names
from jobs.settings import Settings
from jobs.storage.query import connect

TOP = 10


def show(places: Settings, ds: dt.date) -> None:
    """Print the ten riskiest of every entity, each with score, level and reasons, and three commands."""
    lake = Lake(places.lake)
    for entity in built.entities(lake):
        print(f"\n{riskiest(lake, entity, ds)}")
    print(f"\nNext:\n{next_commands(ds)}")


def riskiest(lake: Lake, entity: str, ds: dt.date) -> str:
    """A table of the entities of the day with the largest scores."""
    title = f"The {TOP} riskiest {entity}s of {ds}"
    rows = top(lake, entity, ds)
    if not rows:
        return (f"{title}: no model has a champion, because no verdicts to learn from have settled; "
                "the features are published, the scores are empty.")
    lines = [title, f"{entity:<12}{'score':>7}  {'level':<9}{'risk':<19}why"]
    for name, score, level, risk, known, reasons in rows:
        confirmed = f" (confirmed: {known})" if known else ""
        lines.append(f"{name:<12}{score:>7.3f}  {level:<9}{risk:<19}{'; '.join(reasons[:3]) or '-'}{confirmed}")
    return "\n".join(lines)


def top(lake: Lake, entity: str, ds: dt.date) -> list[tuple]:
    """(id, score, level, risk, known risk, reasons in words), the largest score first."""
    called = names(entity)
    with connect() as db:
        db.register("risk", lake.arrow(f"{entity}_risk_daily", [ds]))
        return db.execute(
            f"SELECT {entity}_id, {', '.join(called)}, list_transform(reasons, lambda r: r.reason) FROM risk "
            f"WHERE {called.score} IS NOT NULL ORDER BY {called.score} DESC, {entity}_id LIMIT {TOP}").fetchall()


def next_commands(ds: dt.date) -> str:
    """Three things worth typing now."""
    risk = of_entity("seller")[0].name
    return (f'  make sql Q="select seller_id, {risk}_score, action from seller_risk_daily '
            f"where ds = '{ds}' order by 2 desc limit 20\"\n"
            f"  make ui                     (runs in Airflow, models and their plots in MLflow)\n"
            f"  make train DS={ds}     (train again; the champion moves only if it loses)")
