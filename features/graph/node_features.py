"""A plain graph in the words of accounts: a node is an account, an edge an identifier that two of them share.

So the columns of sellers and users that come from links serve for any nodes and edges.
"""

import datetime as dt
from collections.abc import Callable, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.graph import link_features, neighbour_labels, shared_identifiers, spectral_embedding
from features.inputs.contract import Column, Table
from features.language.feature import Attribute, Component, Neighbours
from features.language.feature_set import FeatureSet

# Links are as of days, and a graph has none: this one stands for always.
ALWAYS = dt.date(1970, 1, 1)

DEGREE = "degree"


def graph_features(columns: Sequence[str]) -> FeatureSet:
    """What is computed of nodes that have some numeric columns, in one order."""
    nodes = Table("nodes", key="node_id", event_time="", meaning="nodes of a graph", quirks="", optional=False,
                  columns=tuple(Column(name, "double", name) for name in columns))
    own = [Attribute(name, nodes, name, meaning=name) for name in (*columns, DEGREE)]
    return FeatureSet("node", nodes, (
        *own,
        Component("component_size", "nodes that can be reached over any number of edges"),
        *[Neighbours(f"neighbour_{d.name}", d.name, d.meaning) for d in own],
    ), slice_columns=())


def column_names(columns: Sequence[str]) -> tuple[str, ...]:
    """All that is known of nodes that have some numeric columns: what `graph_columns` gives, and where they stand."""
    return (*linked_names(columns), *spectral_embedding.COLUMNS)


def linked_names(columns: Sequence[str]) -> tuple[str, ...]:
    """The columns that `graph_columns` gives, in its order."""
    return (*graph_features(columns).columns, *neighbour_labels.COLUMNS)


def graph_columns(nodes: DataFrame, edges: DataFrame, labels: DataFrame,
                  materialize: Callable[[DataFrame], DataFrame]) -> DataFrame:
    """What is known of each node by itself, by its neighbours, and by the labels around it.

    Args:
        nodes: (node_id, numeric columns...), each node once. Null is not known; NaN is not allowed.
        edges: (source, target), each pair of nodes once, in one direction, none of a node with itself.
        labels: (node_id, label = 1 or 0), the labels that may be looked at. A node's columns never
            depend on its own.
        hold: computes a frame and gives it back as one that is read without computing it again.

    Returns:
        (node_id, `linked_names` of the numeric columns), one row per node. A mean or a share of nothing is null.
    """
    features = graph_features([name for name in nodes.columns if name != "node_id"])
    ties = materialize(_edge_identifiers(edges))
    frame = materialize(_with_degree(nodes, ties))
    linked = link_features.link_columns(frame, features, link_features.LinkInputs(ties), materialize)
    known = labels.select(F.lit(ALWAYS).alias("as_of"), F.col("node_id").alias("account"), "label")
    shares = neighbour_labels.neighbour_label_rates(ties, known).withColumnRenamed("account", "node_id").drop("as_of")
    count, *rest = neighbour_labels.COLUMNS
    return linked.join(shares, ["node_id"], "left").select(
        "node_id", *features.columns, F.coalesce(count, F.lit(0)).alias(count), *rest)


def _edge_identifiers(edges: DataFrame) -> DataFrame:
    ends = F.explode(F.array("source", "target")).alias("account")
    return shared_identifiers.account_identifier_edges(edges.select(F.lit(ALWAYS).alias("as_of"), ends,
                                                                    F.lit("edge").alias("identifier_type"),
                                                                    F.struct("source", "target").alias("value")))


def _with_degree(nodes: DataFrame, ties: DataFrame) -> DataFrame:
    degrees = ties.groupBy(F.col("account").alias("node_id")).agg(F.count(F.lit(1)).alias(DEGREE))
    return nodes.join(degrees, ["node_id"], "left").select(
        F.lit(ALWAYS).alias("ds"), *nodes.columns, F.coalesce(DEGREE, F.lit(0)).alias(DEGREE))
