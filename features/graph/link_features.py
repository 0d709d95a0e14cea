"""Link columns of a feature set, joined to its own columns."""

from collections.abc import Iterator
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from features.frames.hashing import account_day_id
from features.frames.materialize import Materialize
from features.frames.union import union_by_name
from features.graph.audience import AudienceMembers, UserAttributes, audience_features
from features.graph.components import components
from features.graph.neighbours import confirmed_columns, neighbour_means
from features.graph.shared_identifiers import sharers
from features.language.feature import CONFIRMED, Audience, Component, Definition, Neighbours, SharedIdentifier
from features.language.feature_set import FeatureSet


@dataclass(frozen=True)
class LinkInputs:
    """What link columns of one entity are made of, as of each day. None: the tables never arrived.

    Each frame is read several times: hold what is costly to compute.

    Attributes:
        ties: the entity's own, as `ties` makes them.
        confirmed: (as_of, entity_id, risk) of the entity, as `features.labels.confirmed_risks` gives it.
        members: the users around each of the entity's accounts.
        users: what is known of users. Needed for circles alone.
    """

    edges: DataFrame | None
    confirmed: DataFrame | None = None
    members: AudienceMembers | None = None
    users: UserAttributes | None = None


def link_columns(frame: DataFrame, features: FeatureSet, known: LinkInputs, materialize: Materialize) -> DataFrame:
    """Joins every link column of a feature set to the columns that have been computed.

    Kinds of which the set has no definition cost nothing.

    Args:
        frame: (ds = the as-of day, entity id, ..., every column that a Neighbours of the set looks at). It
            is read twice: hold it where it is costly to compute.
        features: whose link columns.
        known: what they are made of.
        hold: computes a frame and gives it back as one that is read without computing it again.

    Returns:
        `frame` with one column per Tie, Component, Neighbours and Circle column of the set: counts and
        sizes bigint, means and shares double. An account without ties has counts of 0, a component of 1
        and no means. All are null where `known` has None for what they are made of.
    """
    parts = [*_edge_columns(frame, features, known, materialize), *_audience_columns(features, known)]
    found = {column for part in parts for column in part.columns}
    joined = frame
    if parts:
        joined = frame.withColumn("node", account_day_id("ds", features.id)).join(_one_row_per_node(parts), ["node"],
                                                                                  "left")
    return joined.select(*frame.columns, *[_filled_column(d, column, column in found)
                                           for d in features.of_type(SharedIdentifier, Component, Neighbours, Audience)
                                           for column in d.columns])


def _edge_columns(
    frame: DataFrame, features: FeatureSet, known: LinkInputs, hold: Materialize
) -> Iterator[DataFrame]:
    """(node, columns) of each kind that the set has."""
    if known.edges is None:
        return
    if features.of_type(SharedIdentifier):
        yield sharers(known.edges, features)
    if wanted := features.of_type(Neighbours):
        yield neighbour_means(known.edges, _neighbour_inputs(frame, features, known), wanted, hold)
    if named := features.of_type(Component):
        sizes = components(known.edges, hold)
        yield sizes.select("node", *[F.col("size").alias(d.name) for d in named])


def _audience_columns(features: FeatureSet, known: LinkInputs) -> Iterator[DataFrame]:
    if features.of_type(Audience) and known.members is not None and known.users is not None:
        yield (audience_features(known.members, known.users, features)
               .withColumn("node", account_day_id("as_of", "owner")).drop("as_of", "owner"))


def _neighbour_inputs(frame: DataFrame, features: FeatureSet, known: LinkInputs) -> DataFrame:
    """What Neighbours look at. An account with ties but no row of its own, long silent, may still be confirmed."""
    looked_at = sorted({d.of for d in features.of_type(Neighbours)})
    own = [of for of in looked_at if of in features.columns]
    risks = [of.removeprefix(f"{CONFIRMED}_") for of in looked_at if of not in own and of != CONFIRMED]
    base = known.edges.select("node").distinct()
    if own:
        rows = frame.select(account_day_id("ds", features.id), *own)
        base = base.join(rows, ["node"], "left")
    if len(own) < len(looked_at) and known.confirmed is not None:
        return confirmed_columns(base, known.confirmed, risks)
    return base.select("*", *[F.lit(None).cast("int").alias(of) for of in looked_at if of not in own])


def _one_row_per_node(parts: list[DataFrame]) -> DataFrame:
    """One row per node, so that the frame, which is wide, is joined once."""
    rows = union_by_name(parts)
    return rows.groupBy("node").agg(*[F.max(column).alias(column) for column in rows.columns if column != "node"])


def _filled_column(d: Definition, column: str, found: bool) -> Column:
    nothing = _value_without_links(d, column)
    kind = "double" if nothing is None else "bigint"
    if not found:
        return F.lit(None).cast(kind).alias(column)
    value = F.col(column).cast(kind)
    return (value if nothing is None else F.coalesce(value, F.lit(nothing))).alias(column)


def _value_without_links(d: Definition, column: str) -> int | None:
    """The value of an account without ties or members: it hangs together with itself; there is no mean or share."""
    if isinstance(d, Component):
        return 1
    counted = isinstance(d, SharedIdentifier) or (isinstance(d, Audience) and column == d.columns[0])
    return 0 if counted else None
