"""Link features in DuckDB: columns over shared identifiers, neighbours, components and audiences.

SciPy computes the components, as a person would do it: SQL alone needs one round per step of a path.
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
from features.inputs.verdict_precedence import ORDER
from features.language.feature import CONFIRMED, Audience, Component, Neighbours, SharedIdentifier
from features.language.feature_set import FeatureSet

YOUNG_DAYS = 30


def shared_identifiers(features: FeatureSet, accounts: str, value_tables: Mapping[str, str]) -> str:
    """Return a SELECT of identifiers that 2 to `MAX_SHARERS` accounts share.

    Args:
        accounts: the FROM item of the registrations.
        value_tables: tables of values over 90 days, by the name of the distinct count.

    Returns:
        A SELECT of (account, identifier_type, value, accounts, smallest): the value's hash, the number of accounts with
        the value, and the smallest of them.
    """
    observed = [f"SELECT {features.id} AS account, '{shared.name}' AS identifier_type, value FROM {value_tables[name]}"
                for shared in features.of_type(SharedIdentifier) for name in shared.of]
    observed += [f"SELECT {features.id} AS account, '{shared.name}' AS identifier_type, {column} AS value "
                 f"FROM {accounts} WHERE {column} IS NOT NULL"
                 for shared in features.of_type(SharedIdentifier) for column in shared.profile_columns]
    return (f"WITH once AS (SELECT DISTINCT * FROM ({' UNION ALL '.join(observed)})), "
            "counted AS (SELECT identifier_type, value, count(*) AS accounts, min(account) AS smallest "
            f"FROM once GROUP BY ALL HAVING count(*) BETWEEN 2 AND {MAX_SHARERS}) "
            "SELECT account, identifier_type, hash(identifier_type, value) AS value, accounts, smallest FROM once "
            "JOIN counted USING (identifier_type, value)")


def confirmed(verdicts: str, entity: str) -> str:
    """Return a SELECT of (account, risk) of an entity's confirmed risks."""
    latest = f"arg_max(confirmed, ({', '.join(ORDER)}))"
    return (f"SELECT entity_id AS account, risk FROM {verdicts} WHERE entity = '{entity}' GROUP BY ALL HAVING {latest}")


def sharers(features: FeatureSet) -> str:
    """Return a SELECT of (account, a column per `SharedIdentifier`) from the entity's `shared_identifiers`."""
    columns = [f"coalesce(max(accounts - 1) FILTER (identifier_type = '{d.name}'), 0) AS {d.columns[0]}"
               for d in features.of_type(SharedIdentifier)]
    return f"SELECT account, {', '.join(columns)} FROM {features.entity}_identifiers GROUP BY account"


def group_sizes(db: duckdb.DuckDBPyConnection, entity: str) -> pa.Table:
    """Return (account, size): the number of accounts in each account's component."""
    edges = db.sql(f"SELECT account, smallest FROM {entity}_identifiers").to_arrow_table()
    ends = pa.chunked_array([*edges["account"].chunks, *edges["smallest"].chunks], pa.string())
    code = ends.combine_chunks().dictionary_encode()
    number, count = code.indices.to_numpy(), len(code.dictionary)
    one, other = np.split(number, 2)
    group = connected_components(coo_matrix((np.ones(len(one), np.int8), (one, other)), (count, count)), False)[1]
    return pa.table({"account": code.dictionary, "size": np.bincount(group)[group]})


def neighbour_means(features: FeatureSet) -> str:
    """Return a SELECT of (account, the columns of every `Neighbours`).

    The SELECT reads the entity's `shared_identifiers`, base features and confirmed risks.
    """
    wanted = features.of_type(Neighbours)
    names = {of: f"x{i}" for i, of in enumerate(sorted({d.of for d in wanted}))}
    base = ", ".join(f"{_millionths(_averaged(of))} AS {x}" for of, x in names.items())
    means = ", ".join(f"{names[d.of]}_{hops} / {float(MICRO)} AS {column}"
                      for d in wanted for hops, column in zip(("1hop", "2hops"), d.columns))
    return (f"WITH known AS (SELECT account, list(risk) AS risks FROM {features.entity}_confirmed GROUP BY account), "
            f"base AS (SELECT account, {base} FROM (SELECT DISTINCT account FROM {features.entity}_identifiers) "
            f"LEFT JOIN {features.entity}_own ON {features.id} = account LEFT JOIN known USING (account)), "
            f"near AS ({_hop(features, 'base', names.values())}), far AS ({_hop(features, 'near', names.values())}) "
            f"SELECT near.account, {means} FROM (SELECT account, {_renamed(names.values(), '1hop')} FROM near) near "
            f"JOIN (SELECT account, {_renamed(names.values(), '2hops')} FROM far) far USING (account)")


def audience_columns(features: FeatureSet, audience: Audience, rows: str, day: dt.date) -> str:
    """Return a SELECT of (account, the columns of one `Audience`).

    The SELECT reads the table `rows` of the audience's values, and the users' `shared_identifiers`, features and
    confirmed risks.
    """
    count, linked, sure, young = audience.columns
    return (f"WITH members AS (SELECT {features.id} AS owner, value AS member FROM {rows} "
            f"WHERE last > DATE '{day}' - {audience.window}), "
            "met AS (SELECT owner, member, i.value FROM members JOIN user_identifiers i ON i.account = member), "
            "shared AS (SELECT owner, value FROM met GROUP BY ALL HAVING count(*) > 1), "
            "linked AS (SELECT DISTINCT owner, member FROM met JOIN shared USING (owner, value)), "
            "sure AS (SELECT DISTINCT account AS member FROM user_confirmed), "
            f"young AS (SELECT user_id AS member FROM user_own WHERE account_age_days < {YOUNG_DAYS}) "
            f"SELECT owner AS account, count(l.member) AS {count}, {count} / count(*) AS {linked}, "
            f"count(s.member) / count(*) AS {sure}, count(y.member) / count(*) AS {young} FROM members m "
            "LEFT JOIN linked l USING (owner, member) LEFT JOIN sure s ON s.member = m.member "
            "LEFT JOIN young y ON y.member = m.member GROUP BY owner")


def all_columns(features: FeatureSet, parts: Sequence[str]) -> str:
    """Return a SELECT of every feature column, from the base features and the tables of link features."""
    defaults = {column: value for d in features.of_type(SharedIdentifier, Audience, Component)
                for column, value in zip(d.columns[:1], (1 if isinstance(d, Component) else 0,))}
    columns = [f"CAST(coalesce({c}, {defaults[c]}) AS BIGINT) AS {c}" if c in defaults else c for c in features.columns]
    joins = " ".join(f"LEFT JOIN {part} ON {part}.account = own.{features.id}" for part in parts)
    return (f"SELECT ds, {features.id}, {', '.join([*features.slice_columns, *columns])} "
            f"FROM {features.entity}_own own {joins}")


def _averaged(of: str) -> str:
    if of == CONFIRMED:
        return "CAST(risks IS NOT NULL AS INT)"
    risk = of.removeprefix(f"{CONFIRMED}_")
    return of if risk == of else f"CAST(coalesce(list_contains(risks, '{risk}'), false) AS INT)"


def _millionths(value: str) -> str:
    # DuckDB's `least` and `greatest` ignore nulls: without the CASE a null would become a number.
    limited = f"greatest(least(CAST({value} AS DOUBLE), {MAX_ABS_VALUE}), -{MAX_ABS_VALUE})"
    return f"CASE WHEN ({value}) IS NOT NULL THEN CAST(floor({limited} * {MICRO} + 0.5) AS BIGINT) END"


def _hop(features: FeatureSet, rows: str, columns) -> str:
    """Return a SELECT of (account, columns): the mean of the other accounts of each value, in whole millionths."""
    sums = ", ".join(f"sum({x}) AS {x}_sum, count({x}) AS {x}_count" for x in columns)
    others = ", ".join(f"CAST(floor(CAST(sum({x}_sum - coalesce({x}, 0)) AS DOUBLE) / "
                       f"nullif(sum({x}_count - ({x} IS NOT NULL)::INT), 0) + 0.5) AS BIGINT) AS {x}" for x in columns)
    return (f"SELECT account, {others} FROM {features.entity}_identifiers JOIN {rows} USING (account) "
            f"JOIN (SELECT value, {sums} FROM {features.entity}_identifiers JOIN {rows} USING (account) "
            "GROUP BY value) USING (value) GROUP BY account")


def _renamed(columns, hops: str) -> str:
    return ", ".join(f"{x} AS {x}_{hops}" for x in columns)
