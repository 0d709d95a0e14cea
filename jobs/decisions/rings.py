"""Rings among the entities of a review queue: those that are linked over shared identifiers are reviewed once."""

from collections.abc import Sequence

import duckdb
import numpy as np

from features.entities import AS_OF_DAY
from features.inputs.tables import TABLES
from features.language.feature import LOOKBACK_DAYS, Feature, SharedIdentifier
from features.language.feature_set import FeatureSet
from jobs.storage.query import literal

# An identifier of more entities of one queue links nothing: it is an office, a courier's address or a missing value.
MAX_MEMBERS = 50
# Two accounts with the same words are no ring: many people write the same two words.
NO_LINK = ("review_text",)


def rings(db: duckdb.DuckDBPyConnection, entity: str, entity_ids: Sequence[str], as_of) -> dict[str, str]:
    """Return the ring of each entity that is linked to another one of the list: the smallest identifier in it.

    Args:
        db: has the views of the event tables that arrived up to `as_of`.
        entity_ids: the entities of a queue, few.
    """
    if entity not in AS_OF_DAY or len(entity_ids) < 2:
        return {}
    # DuckDB hands a list to the reader of the files, and would read every row for a join.
    queued = ", ".join(literal(name) for name in sorted(set(entity_ids)))
    sql = identifiers(entity, as_of, f"AND {AS_OF_DAY[entity].id} IN ({queued})")
    if not sql:
        return {}
    pairs = db.sql(f"""
        WITH identifier AS ({sql}),
             shared AS (SELECT kind, value, min(entity_id) AS first FROM identifier GROUP BY kind, value
                        HAVING count(*) BETWEEN 2 AND {MAX_MEMBERS})
        SELECT DISTINCT first, entity_id FROM identifier JOIN shared USING (kind, value)
        WHERE first <> entity_id ORDER BY ALL""").to_arrow_table()
    return _connected([tuple(pair.values()) for pair in pairs.to_pylist()])


def identifiers(entity: str, as_of, among: str = "") -> str | None:
    """Return the SQL of (entity_id, kind, value), the identifiers of entities; None where an entity has none.

    Args:
        among: a further condition on the entity's identifier, such as `AND user_id = 'u1'`.
    """
    columns = _identifier_columns(AS_OF_DAY[entity]) if entity in AS_OF_DAY else {}
    return " UNION ALL ".join(_identifiers(AS_OF_DAY[entity], source, by_kind, among, as_of)
                              for source, by_kind in columns.items()) or None


def _identifier_columns(features: FeatureSet) -> dict[str, list[tuple[str, str]]]:
    """Return the columns of each source table that hold identifiers of an entity, each with the kind of identifier."""
    columns: dict[str, list[tuple[str, str]]] = {}
    plain = {feature.name: feature for feature in features.of_type(Feature) if _is_plain(feature)}
    for shared in features.of_type(SharedIdentifier):
        if shared.name not in NO_LINK:
            for column in shared.profile_columns:
                columns.setdefault(features.profile.name, []).append((shared.name, column))
            for name in plain.keys() & set(shared.of):
                columns.setdefault(plain[name].source.name, []).append((shared.name, plain[name].expression))
    return {source: sorted(by_kind) for source, by_kind in sorted(columns.items())}


def _identifiers(features: FeatureSet, source: str, columns: Sequence[tuple[str, str]], among: str, as_of) -> str:
    """Return a SELECT of (entity_id, kind, value) of entities. It reads the source once.

    Identifiers of an event count for 90 days, those of a registration for ever, as in the features of links.
    """
    recent = "" if source == features.profile.name else f"AND ds > DATE '{as_of}' - {LOOKBACK_DAYS}"
    pairs = ", ".join(f"{{'kind': '{kind}', 'value': {column}}}" for kind, column in columns)
    return f"""SELECT DISTINCT entity_id, pair.kind, pair.value FROM (
                   SELECT {features.id} AS entity_id, unnest([{pairs}]) AS pair
                   FROM {source} WHERE {features.id} IS NOT NULL {among} {recent})
               WHERE pair.value IS NOT NULL"""


def _is_plain(feature: Feature) -> bool:
    """Return whether a feature counts the values of a column of an event table, without a condition in Spark SQL."""
    return feature.source.name in TABLES and feature.expression.isidentifier() and feature.where is None


def _connected(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the smallest member of the connected component of each name."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not pairs:
        return {}
    names, index = np.unique(np.array(pairs, object).astype(str), return_inverse=True)
    index = index.reshape(-1, 2)
    edges = coo_array((np.ones(len(index), np.int8), (index[:, 0], index[:, 1])), shape=(len(names), len(names)))
    _, component = connected_components(edges, directed=False)
    smallest = {number: str(name) for number, name in zip(component[::-1], names[::-1])}
    return {str(name): smallest[number] for name, number in zip(names, component)}
