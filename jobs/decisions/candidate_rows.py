"""The rows that policies decide on: scores with features, money at risk and what is known, in DuckDB.

A row is an entity and a risk. Conditions and worth expressions of policies read the columns of a score row.
"""

import datetime as dt
from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.dataset as pads

from features.entities import FEATURE_SETS
from features.inputs.verdict_precedence import ORDER as PRECEDENCE
from features.order import ORDER
from features.risks import AFTER_SALES
from jobs.decisions import open_money
from jobs.decisions.experiment_files import Experiment
from jobs.decisions.policy_documents import PARTIES
from jobs.decisions.policy_files import Policy
from jobs.scoring.risk_levels import level_sql, lowest_explained
from jobs.storage import catalog
from jobs.storage.query import literal

KEY = ("entity", "entity_id", "risk")
LEVEL = level_sql("score")
ABOVE_LOW = f"score >= {lowest_explained()}"


def attach_confirmed(db: duckdb.DuckDBPyConnection) -> None:
    """Create the table `confirmed` (entity, entity_id, risk): risks that stand confirmed by the view `verdicts`."""
    latest = ", ".join(f"{sql} DESC" for sql in PRECEDENCE)
    db.execute(f"""CREATE OR REPLACE TEMP TABLE confirmed AS
        SELECT entity, entity_id, risk FROM (
            SELECT entity, entity_id, risk, confirmed FROM verdicts
            QUALIFY row_number() OVER (PARTITION BY entity, entity_id, risk ORDER BY {latest}) = 1)
        WHERE confirmed""")


def attach_opened_cases(db: duckdb.DuckDBPyConnection) -> None:
    """Add the orders with a case to the table `confirmed`, each under the after-sales risk of the case's kind.

    An order that is called off already needs no action against being called off. No verdict says so, and the column
    `confirmed_risk` of the risk tables does not either.
    """
    kinds = ", ".join(f"('{risk.case_kind}', '{risk.entity}', '{risk.name}')" for risk in AFTER_SALES)
    db.execute(f"""INSERT INTO confirmed
        SELECT DISTINCT of_kind.entity, order_id, of_kind.risk
        FROM cases JOIN (VALUES {kinds}) of_kind (kind, entity, risk) USING (kind) WHERE order_id IS NOT NULL""")


def attach(db: duckdb.DuckDBPyConnection, entity: str, ds: dt.date, scores: pads.Dataset | pa.Table,
           features: pads.Dataset | pa.Table) -> None:
    """Create the view `<entity>_rows`: the entity's scores of a day with its features and its open money.

    Args:
        db: has the views of `open_money.attach`.
        scores: the columns of `<entity>_scores`; features: those of `<entity>_features`. Both of the day alone.
    """
    identifier = FEATURE_SETS[entity].id
    db.register(f"{entity}_score_input", scores)
    db.register(f"{entity}_feature_input", features)
    db.execute(f"CREATE OR REPLACE TEMP TABLE subjects AS SELECT {identifier} AS entity_id, DATE '{ds}' AS as_of "
               f"FROM {entity}_score_input")
    money = open_money.open_money(db, entity, "subjects", arrived_on=ds if entity == ORDER.entity else None
                                  ).to_arrow_table()
    db.register(f"{entity}_money", money)
    both = set(scores.schema.names) & set(features.schema.names) - {identifier}
    excluded = f"EXCLUDE ({', '.join(sorted(both))})" if both else ""
    db.execute(f"""CREATE OR REPLACE TEMP VIEW {entity}_rows AS
        SELECT *, {identifier} AS entity_id
        FROM {entity}_score_input LEFT JOIN (SELECT * {excluded} FROM {entity}_feature_input) USING ({identifier})
             LEFT JOIN (SELECT entity_id AS {identifier}, open_cents FROM {entity}_money) USING ({identifier})""")


def population(db: duckdb.DuckDBPyConnection, entity: str, risks: Sequence[str], salt: str) -> pa.Table:
    """Return every entity, for random reviews of some risks.

    Returns:
        (entity_id, open_cents, and for each risk `<risk>_score`, `<risk>_confirmed`, `<risk>_draw` in [0, 1) from the
        salt and the key), ordered by entity_id: sums over the rows are then the same in every run.
    """
    columns = ", ".join(f"""{risk}_score,
        (entity_id IN (SELECT entity_id FROM confirmed WHERE entity = '{entity}' AND risk = '{risk}'))
        AS {risk}_confirmed,
        md5_number_lower(concat_ws('|', '{salt}', '{entity}', entity_id, '{risk}')) / 18446744073709551616.0
        AS {risk}_draw""" for risk in risks)
    return db.sql(f"SELECT entity_id, open_cents, {columns} FROM {entity}_rows ORDER BY entity_id").to_arrow_table()


def policy_rows(db: duckdb.DuckDBPyConnection, policy: Policy, worth: dict[str, str],
                experiments: Sequence[Experiment] = ()) -> pa.Table:
    """Return the rows of a policy's risks: above low, confirmed, or in the table `wanted_rows`.

    Args:
        db: has `<entity>_rows`, `confirmed` and `wanted_rows` (entity, entity_id, risk).
        worth: SQL of the worth of each party.
        experiments: of the entity, that enrol today.

    Returns:
        (entity, entity_id, risk, score, level, open_cents, confirmed, when_<n> for each action of the ladder,
        worth_<party>, eligible: the first experiment whose condition holds, or null), ordered by entity_id and risk.
    """
    conditions = [f"coalesce({action.when}, false) AS when_{rung}" for rung, action in enumerate(policy.ladder)]
    worths = [f"CAST({worth[party]} AS DOUBLE) AS worth_{party}" for party in PARTIES]
    cases = "".join(f" WHEN ({each.eligible}) AND risk IN ({', '.join(map(literal, each.risks))}) "
                    f"THEN {literal(each.name)}" for each in experiments)
    eligible = f"CASE{cases} END" if cases else "NULL"
    each = " UNION ALL ".join(_rows_of_risk(policy.entity, risk) for risk in policy.risks)
    return db.sql(f"""
        SELECT '{policy.entity}' AS entity, entity_id, risk, score, level, open_cents, confirmed,
               {', '.join([*conditions, *worths])}, CAST({eligible} AS VARCHAR) AS eligible
        FROM ({each}) ORDER BY entity_id, risk""").to_arrow_table()


def _rows_of_risk(entity: str, risk: str) -> str:
    known = f"(entity_id IN (SELECT entity_id FROM confirmed WHERE entity = '{entity}' AND risk = '{risk}'))"
    wanted = f"entity_id IN (SELECT entity_id FROM wanted_rows WHERE entity = '{entity}' AND risk = '{risk}')"
    return (f"SELECT *, {LEVEL} AS level FROM (SELECT *, '{risk}' AS risk, {risk}_score AS score, {known} AS confirmed "
            f"FROM {entity}_rows) WHERE {ABOVE_LOW} OR confirmed OR {wanted}")


def column(table: pa.Table, name: str) -> np.ndarray:
    """Return a column as floats; null becomes NaN."""
    return table[name].to_numpy(zero_copy_only=False).astype(float)


def scored_entities(lake, ds: dt.date) -> list[str]:
    """Return the entities with scores of a day."""
    return [entity for entity in FEATURE_SETS
            if lake.has(catalog.scores(entity).name) and ds in lake.days(catalog.scores(entity).name)]
