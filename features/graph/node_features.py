"""Link features of a plain graph: a node is an account, an edge is an identifier that two accounts share.

The link columns of sellers and users therefore serve any nodes and edges.
"""

import datetime as dt
from collections.abc import Callable, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.graph import link_features, neighbour_labels, shared_identifiers, spectral_embedding
from features.inputs.contract import Column, Table
from features.language.feature import Attribute, Component, Neighbours
from features.language.feature_set import FeatureSet

# Link columns are as of a day. A graph has no days, and this one stands for all time.
ALWAYS = dt.date(1970, 1, 1)

DEGREE = "degree"


def graph_features(columns: Sequence[str]) -> FeatureSet:
    """Return the feature set of nodes with these numeric columns."""
    nodes = Table("nodes", key="node_id", event_time="", meaning="nodes of a graph", quirks="", optional=False,
                  columns=tuple(Column(name, "double", name) for name in columns))
    attributes = [Attribute(name, nodes, name, meaning=name) for name in (*columns, DEGREE)]
    return FeatureSet("node", nodes, (
        *attributes,
        Component("component_size", "nodes that can be reached over any number of edges"),
        *[Neighbours(f"neighbour_{d.name}", d.name, d.meaning) for d in attributes],
    ), slice_columns=())


def column_names(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the names of all columns of nodes with these numeric columns, the spectral embedding included."""
    return (*linked_names(columns), *spectral_embedding.COLUMNS)


def linked_names(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the columns of `graph_columns`, in its order."""
    return (*graph_features(columns).columns, *neighbour_labels.COLUMNS)


def graph_columns(nodes: DataFrame, edges: DataFrame, labels: DataFrame,
                  materialize: Callable[[DataFrame], DataFrame]) -> DataFrame:
    """Return the features of each node from its own columns, its neighbours and its neighbours' labels.

    Args:
        nodes: (node_id, numeric columns...), each node once. Null means unknown; NaN is not allowed.
        edges: (source, target), each pair of nodes once, in one direction, without loops.
        labels: (node_id, label = 1 or 0), the labels that features may read. A node's features never depend on its own.

    Returns:
        (node_id, `linked_names` of the numeric columns), one row per node. A mean or a share over no nodes is null.
    """
    features = graph_features([name for name in nodes.columns if name != "node_id"])
    identifiers = materialize(_edge_identifiers(edges))
    frame = materialize(_with_degree(nodes, identifiers))
    linked = link_features.link_columns(frame, features, link_features.LinkInputs(identifiers), materialize)
    account_labels = labels.select(F.lit(ALWAYS).alias("as_of"), F.col("node_id").alias("account"), "label")
    shares = (neighbour_labels.neighbour_label_rates(identifiers, account_labels)
              .withColumnRenamed("account", "node_id").drop("as_of"))
    count, *rest = neighbour_labels.COLUMNS
    return linked.join(shares, ["node_id"], "left").select(
        "node_id", *features.columns, F.coalesce(count, F.lit(0)).alias(count), *rest)


def _edge_identifiers(edges: DataFrame) -> DataFrame:
    ends = F.explode(F.array("source", "target")).alias("account")
    return shared_identifiers.account_identifier_edges(edges.select(
        F.lit(ALWAYS).alias("as_of"), ends, F.lit("edge").alias("identifier_type"),
        F.struct("source", "target").alias("value")))


def _with_degree(nodes: DataFrame, identifiers: DataFrame) -> DataFrame:
    degrees = identifiers.groupBy(F.col("account").alias("node_id")).agg(F.count(F.lit(1)).alias(DEGREE))
    return nodes.join(degrees, ["node_id"], "left").select(
        F.lit(ALWAYS).alias("ds"), *nodes.columns, F.coalesce(DEGREE, F.lit(0)).alias(DEGREE))
