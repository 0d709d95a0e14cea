"""Neighbour label rates: the share of a node's neighbours with a positive label, without the node's own label.

At the second hop a node's own label would leak into its features, through the neighbours of its neighbours. It is
subtracted there exactly, one edge at a time, as non-backtracking walks do (Alon, Benjamini, Lubetzky and Sodin,
"Non-backtracking random walks mix faster", 2007). The columns therefore mean the same for a node with a known label and
for one without, and every known label is visible to all other nodes. The rejected alternative hides the labels of a
fold of nodes from that fold: training nodes would then see fewer labels than scored nodes.
"""

from collections.abc import Iterable

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from features.graph.neighbours import MICRO, mean

COLUMNS = ("labelled_neighbours", "positive_share", "positive_share_2hops")


def neighbour_label_rates(edges: DataFrame, labels: DataFrame) -> DataFrame:
    """Return the shares of positives among the labelled nodes one and two edges away.

    Args:
        edges: as `features.graph.shared_identifiers.account_identifier_edges` returns them for a graph: two nodes share
            each value, and no two nodes share two values.
        labels: (as_of, account, label = 1 or 0), each known label once.

    Returns:
        (as_of, account, `labelled_neighbours` bigint, `positive_share` and `positive_share_2hops` double), one row per
        account of `edges`. The 2-hop share is the mean over the neighbours of the share among their labelled
        neighbours, without this account, in whole millionths. Shares are null where no such node is labelled.
    """
    rows = edges.select("account", "as_of", "value").join(labels, ["account", "as_of"], "left")
    return _two_hops(_one_hop(rows)).groupBy("as_of", "account").agg(
        F.max("labelled").alias(COLUMNS[0]),
        (F.max("positives") / F.max(F.when(F.col("labelled") > 0, F.col("labelled")))).alias(COLUMNS[1]),
        (mean(F.sum("share"), F.count("share")) / F.lit(float(MICRO))).alias(COLUMNS[2]))


def _one_hop(rows: DataFrame) -> DataFrame:
    """Return the rows with `positives` and `labelled`, counted over the account's neighbours."""
    by_account = Window.partitionBy("account", "as_of")
    return _others(rows, ["label"]).select("account", "as_of", "value", "label",
                                           F.sum("label_sum").over(by_account).alias("positives"),
                                           F.sum("label_count").over(by_account).alias("labelled"))


def _two_hops(rows: DataFrame) -> DataFrame:
    """Return the rows with `share`: the positives among the neighbour's neighbours, without the account's own label."""
    own_labels = {"positives": F.coalesce("label", F.lit(0)), "labelled": F.col("label").isNotNull().cast("bigint")}
    without_own = {name: F.col(f"{name}_sum") - value for name, value in own_labels.items()}
    return _others(rows, own_labels).withColumn("share", mean(without_own["positives"] * MICRO,
                                                              without_own["labelled"]))


def _others(rows: DataFrame, columns: Iterable[str]) -> DataFrame:
    """Return the rows with `<column>_sum` and `<column>_count`, over the node at the other end of the same edge."""
    by_edge = Window.partitionBy("value")
    totals = []
    for column in columns:
        totals += [(F.sum(column).over(by_edge) - F.coalesce(column, F.lit(0))).alias(f"{column}_sum"),
                   (F.count(column).over(by_edge) - F.col(column).isNotNull().cast("bigint")).alias(f"{column}_count")]
    return rows.select("*", *totals)
