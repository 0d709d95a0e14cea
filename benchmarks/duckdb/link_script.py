"""What is known of an entity by those it is tied to, in DuckDB: the columns of features/graph/shared_identifiers.py.

The groups that hang together come from SciPy, as a person would have it: SQL alone needs a round for each step.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

import duckdb
import numpy as np
import pyarrow as pa
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from features.graph.neighbours import MAX_ABS_VALUE, MICRO
from features.graph.shared_identifiers import MAX_SHARERS
from features.labels import ORDER
from features.language.feature import CONFIRMED, Audience, Component, Neighbours, SharedIdentifier
from features.language.feature_set import FeatureSet

YOUNG_DAYS = 30


def ties(features: FeatureSet, accounts: str, held: Mapping[str, str]) -> str:
    """SELECT of (account, tie, value, accounts, smallest): values that 2 to `PUBLIC` accounts were seen with.

    Args:
        accounts: what to select the registrations from.
        held: by distinct count, the table of its values over 90 days.
    """
    seen = [f"SELECT {features.id} AS account, '{tie.name}' AS tie, value FROM {held[name]}"
            for tie in features.of_type(SharedIdentifier) for name in tie.of]
    seen += [f"SELECT {features.id} AS account, '{tie.name}' AS tie, {column} AS value FROM {accounts} "
             f"WHERE {column} IS NOT NULL"
             for tie in features.of_type(SharedIdentifier) for column in tie.profile_columns]
    return (f"WITH once AS (SELECT DISTINCT * FROM ({' UNION ALL '.join(seen)})), "
            "behind AS (SELECT tie, value, count(*) AS accounts, min(account) AS smallest FROM once GROUP BY ALL "
            f"HAVING count(*) BETWEEN 2 AND {MAX_SHARERS}) "
            "SELECT account, tie, hash(tie, value) AS value, accounts, smallest FROM once "
            "JOIN behind USING (tie, value)")


def confirmed(verdicts: str, entity: str) -> str:
    """SELECT of (account, risk) of an entity's risks that stand confirmed."""
    latest = f"arg_max(confirmed, ({', '.join(ORDER)}))"
    return (f"SELECT entity_id AS account, risk FROM {verdicts} WHERE entity = '{entity}' GROUP BY ALL HAVING {latest}")


def sharers(features: FeatureSet) -> str:
    """SELECT of (account, a column per Tie) from the entity's ties."""
    most = [f"coalesce(max(accounts - 1) FILTER (tie = '{d.name}'), 0) AS {d.columns[0]}"
            for d in features.of_type(SharedIdentifier)]
    return f"SELECT account, {', '.join(most)} FROM {features.entity}_ties GROUP BY account"


def group_sizes(db: duckdb.DuckDBPyConnection, entity: str) -> pa.Table:
    """(account, size): how many accounts each can reach over any number of ties."""
    edges = db.sql(f"SELECT account, smallest FROM {entity}_ties").to_arrow_table()
    ends = pa.chunked_array([*edges["account"].chunks, *edges["smallest"].chunks], pa.string())
    code = ends.combine_chunks().dictionary_encode()
    number, count = code.indices.to_numpy(), len(code.dictionary)
    one, other = np.split(number, 2)
    group = connected_components(coo_matrix((np.ones(len(one), np.int8), (one, other)), (count, count)), False)[1]
    return pa.table({"account": code.dictionary, "size": np.bincount(group)[group]})


def neighbour_means(features: FeatureSet) -> str:
    """SELECT of (account, the columns of every Neighbours) from the entity's ties, own features and confirmed risks."""
    wanted = features.of_type(Neighbours)
    names = {of: f"x{i}" for i, of in enumerate(sorted({d.of for d in wanted}))}
    base = ", ".join(f"{_millionths(_looked_at(of))} AS {x}" for of, x in names.items())
    told = ", ".join(f"{names[d.of]}_{hops} / {float(MICRO)} AS {column}"
                     for d in wanted for hops, column in zip(("1hop", "2hops"), d.columns))
    return (f"WITH known AS (SELECT account, list(risk) AS risks FROM {features.entity}_confirmed GROUP BY account), "
            f"base AS (SELECT account, {base} FROM (SELECT DISTINCT account FROM {features.entity}_ties) "
            f"LEFT JOIN {features.entity}_own ON {features.id} = account LEFT JOIN known USING (account)), "
            f"near AS ({_hop(features, 'base', names.values())}), far AS ({_hop(features, 'near', names.values())}) "
            f"SELECT near.account, {told} FROM (SELECT account, {_renamed(names.values(), '1hop')} FROM near) near "
            f"JOIN (SELECT account, {_renamed(names.values(), '2hops')} FROM far) far USING (account)")


def circles(features: FeatureSet, circle: Audience, rows: str, day: dt.date) -> str:
    """SELECT of (account, the columns of one Circle) from the table `rows` of its values, and from the users'."""
    count, linked, sure, young = circle.columns
    return (f"WITH members AS (SELECT {features.id} AS owner, value AS member FROM {rows} "
            f"WHERE last > DATE '{day}' - {circle.window}), "
            "met AS (SELECT owner, member, t.value FROM members JOIN user_ties t ON t.account = member), "
            "shared AS (SELECT owner, value FROM met GROUP BY ALL HAVING count(*) > 1), "
            "linked AS (SELECT DISTINCT owner, member FROM met JOIN shared USING (owner, value)), "
            "sure AS (SELECT DISTINCT account AS member FROM user_confirmed), "
            f"young AS (SELECT user_id AS member FROM user_own WHERE account_age_days < {YOUNG_DAYS}) "
            f"SELECT owner AS account, count(l.member) AS {count}, {count} / count(*) AS {linked}, "
            f"count(s.member) / count(*) AS {sure}, count(y.member) / count(*) AS {young} FROM members m "
            "LEFT JOIN linked l USING (owner, member) LEFT JOIN sure s ON s.member = m.member "
            "LEFT JOIN young y ON y.member = m.member GROUP BY owner")


def together(features: FeatureSet, parts: Sequence[str]) -> str:
    """SELECT of every feature column, from the own ones and the tables of the linked ones."""
    nothing = {column: value for d in features.of_type(SharedIdentifier, Audience, Component)
               for column, value in zip(d.columns[:1], (1 if isinstance(d, Component) else 0,))}
    columns = [f"CAST(coalesce({c}, {nothing[c]}) AS BIGINT) AS {c}" if c in nothing else c for c in features.columns]
    joins = " ".join(f"LEFT JOIN {part} ON {part}.account = own.{features.id}" for part in parts)
    return (f"SELECT ds, {features.id}, {', '.join([*features.slice_columns, *columns])} "
            f"FROM {features.entity}_own own {joins}")


def _looked_at(of: str) -> str:
    if of == CONFIRMED:
        return "CAST(risks IS NOT NULL AS INT)"
    risk = of.removeprefix(f"{CONFIRMED}_")
    return of if risk == of else f"CAST(coalesce(list_contains(risks, '{risk}'), false) AS INT)"


def _millionths(value: str) -> str:
    # DuckDB's least and greatest leave nulls out: of a null there would be a number.
    cut = f"greatest(least(CAST({value} AS DOUBLE), {MAX_ABS_VALUE}), -{MAX_ABS_VALUE})"
    return f"CASE WHEN ({value}) IS NOT NULL THEN CAST(floor({cut} * {MICRO} + 0.5) AS BIGINT) END"


def _hop(features: FeatureSet, rows: str, columns) -> str:
    """(account, columns): the mean of the others behind each value of an account, in whole millionths."""
    sums = ", ".join(f"sum({x}) AS {x}_sum, count({x}) AS {x}_count" for x in columns)
    others = ", ".join(f"CAST(floor(CAST(sum({x}_sum - coalesce({x}, 0)) AS DOUBLE) / "
                       f"nullif(sum({x}_count - ({x} IS NOT NULL)::INT), 0) + 0.5) AS BIGINT) AS {x}" for x in columns)
    return (f"SELECT account, {others} FROM {features.entity}_ties JOIN {rows} USING (account) "
            f"JOIN (SELECT value, {sums} FROM {features.entity}_ties JOIN {rows} USING (account) GROUP BY value) "
            "USING (value) GROUP BY account")


def _renamed(columns, hops: str) -> str:
    return ", ".join(f"{x} AS {x}_{hops}" for x in columns)
