"""Columns from shared identifiers, neighbours, components and audiences, joined to an entity's other columns."""

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
    """The inputs of one entity's link columns, each None where its tables never arrived.

    Each frame is read more than once.

    Attributes:
        edges: the entity's edges, as `features.graph.shared_identifiers.account_identifier_edges` returns them.
        confirmed: (as_of, entity_id, risk) of the entity, as `features.labels.confirmed_risks` returns them.
        members: the members of the entity's audiences.
        users: the attributes of users; read for audiences alone.
    """

    edges: DataFrame | None
    confirmed: DataFrame | None = None
    members: AudienceMembers | None = None
    users: UserAttributes | None = None


def link_columns(frame: DataFrame, features: FeatureSet, inputs: LinkInputs, materialize: Materialize) -> DataFrame:
    """Return the frame with every link column of a feature set.

    A kind of definition that the set does not have costs nothing.

    Args:
        frame: (ds = the as-of day, entity id, ..., every column that a `Neighbours` of the set reads); read more than
            once.
        features: declares the link columns.
        inputs: what the link columns are computed from.

    Returns:
        `frame` with the columns of every `SharedIdentifier`, `Component`, `Neighbours` and `Audience` of the set.
        Counts and sizes are bigint, means and shares double. An account without edges has counts of 0, a component of 1
        and null means. All columns of a kind are null where `inputs` has None for its tables.
    """
    parts = [*_edge_columns(frame, features, inputs, materialize), *_audience_columns(features, inputs)]
    available = {column for part in parts for column in part.columns}
    joined = frame
    if parts:
        nodes = frame.withColumn("node", account_day_id("ds", features.id))
        joined = nodes.join(_one_row_per_node(parts), ["node"], "left")
    return joined.select(*frame.columns, *[_filled_column(d, column, column in available)
                                           for d in features.of_type(SharedIdentifier, Component, Neighbours, Audience)
                                           for column in d.columns])


def _edge_columns(frame: DataFrame, features: FeatureSet, inputs: LinkInputs,
                  materialize: Materialize) -> Iterator[DataFrame]:
    """Yield (node, columns) for each kind of definition that the set has."""
    if inputs.edges is None:
        return
    if features.of_type(SharedIdentifier):
        yield sharers(inputs.edges, features)
    if neighbours := features.of_type(Neighbours):
        yield neighbour_means(inputs.edges, _neighbour_inputs(frame, features, inputs), neighbours, materialize)
    if component_definitions := features.of_type(Component):
        sizes = components(inputs.edges, materialize)
        yield sizes.select("node", *[F.col("size").alias(d.name) for d in component_definitions])


def _audience_columns(features: FeatureSet, inputs: LinkInputs) -> Iterator[DataFrame]:
    if features.of_type(Audience) and inputs.members is not None and inputs.users is not None:
        yield (audience_features(inputs.members, inputs.users, features)
               .withColumn("node", account_day_id("as_of", "owner")).drop("as_of", "owner"))


def _neighbour_inputs(frame: DataFrame, features: FeatureSet, inputs: LinkInputs) -> DataFrame:
    """Return (node, the columns that `Neighbours` read), one row per node of the edges.

    An account with edges and no row in `frame`, such as a silent one, may still be confirmed.
    """
    column_names = sorted({d.of for d in features.of_type(Neighbours)})
    own_columns = [of for of in column_names if of in features.columns]
    risks = [of.removeprefix(f"{CONFIRMED}_") for of in column_names if of not in own_columns and of != CONFIRMED]
    base = inputs.edges.select("node").distinct()
    if own_columns:
        rows = frame.select(account_day_id("ds", features.id), *own_columns)
        base = base.join(rows, ["node"], "left")
    if len(own_columns) < len(column_names) and inputs.confirmed is not None:
        return confirmed_columns(base, inputs.confirmed, risks)
    return base.select("*", *[F.lit(None).cast("int").alias(of) for of in column_names if of not in own_columns])


def _one_row_per_node(parts: list[DataFrame]) -> DataFrame:
    """Return the columns of all parts with one row per node: the wide frame is then joined once."""
    rows = union_by_name(parts)
    return rows.groupBy("node").agg(*[F.max(column).alias(column) for column in rows.columns if column != "node"])


def _filled_column(d: Definition, column: str, is_available: bool) -> Column:
    default = _value_without_links(d, column)
    type_name = "double" if default is None else "bigint"
    if not is_available:
        return F.lit(None).cast(type_name).alias(column)
    value = F.col(column).cast(type_name)
    return (value if default is None else F.coalesce(value, F.lit(default))).alias(column)


def _value_without_links(d: Definition, column: str) -> int | None:
    """Return the value of an account without edges or members: a component of 1, counts of 0, no mean and no share."""
    if isinstance(d, Component):
        return 1
    is_count = isinstance(d, SharedIdentifier) or (isinstance(d, Audience) and column == d.columns[0])
    return 0 if is_count else None
