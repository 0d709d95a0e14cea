"""How many of a node's neighbours are positive, by labels among which its own never is.

A label that a model is to learn comes back to its node at the second hop, in what the neighbour says of its own
neighbours. It is taken out there exactly, one edge at a time, as non-backtracking walks do (Alon, Benjamini,
Lubetzky and Sodin, "Non-backtracking random walks mix faster", 2007). So the columns mean the same for a node
whose label is known as for one whose label is not, and no known label is hidden from anybody else. Labels of a
fold of nodes hidden from that fold would do as well, but show nodes to learn from fewer labels than those to score.
"""

from collections.abc import Iterable

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from features.graph.neighbours import MICRO, mean

COLUMNS = ("labelled_neighbours", "positive_share", "positive_share_2hops")


def neighbour_label_rates(ties: DataFrame, labels: DataFrame) -> DataFrame:
    """Shares of positives among the labelled nodes one and two edges away.

    Args:
        ties: as `features.graph.shared_identifiers.account_identifier_edges` makes them of edges: two nodes behind each value, and no two nodes
            behind two of them.
        labels: (as_of, account, label = 1 or 0), each known label once.

    Returns:
        (as_of, account, `labelled_neighbours` bigint, `positive_share` and `positive_share_2hops` double), one
        row per account of `ties`. Two hops are the mean over the neighbours of the share among their labelled
        neighbours, this account left out of them, in whole millionths. Null where nobody there is labelled.
    """
    rows = ties.select("account", "as_of", "value").join(labels, ["account", "as_of"], "left")
    return _two_hops(_one_hop(rows)).groupBy("as_of", "account").agg(
        F.max("labelled").alias(COLUMNS[0]),
        (F.max("positives") / F.max(F.when(F.col("labelled") > 0, F.col("labelled")))).alias(COLUMNS[1]),
        (mean(F.sum("share"), F.count("share")) / F.lit(float(MICRO))).alias(COLUMNS[2]))


def _one_hop(rows: DataFrame) -> DataFrame:
    """Rows with `positives` and `labelled`: how many of the account's neighbours are."""
    of_account = Window.partitionBy("account", "as_of")
    return _others(rows, ["label"]).select("account", "as_of", "value", "label",
                                           F.sum("label_sum").over(of_account).alias("positives"),
                                           F.sum("label_count").over(of_account).alias("labelled"))


def _two_hops(rows: DataFrame) -> DataFrame:
    """Rows with `share`: of positives around the neighbour at the other end, this account's own label taken out."""
    own = {"positives": F.coalesce("label", F.lit(0)), "labelled": F.col("label").isNotNull().cast("bigint")}
    left = {name: F.col(f"{name}_sum") - label for name, label in own.items()}
    return _others(rows, own).withColumn("share", mean(left["positives"] * MICRO, left["labelled"]))


def _others(rows: DataFrame, columns: Iterable[str]) -> DataFrame:
    """Rows with `<x>_sum` and `<x>_count`: of the values of the node at the other end of the same edge."""
    behind = Window.partitionBy("value")
    found = []
    for x in columns:
        found += [(F.sum(x).over(behind) - F.coalesce(x, F.lit(0))).alias(f"{x}_sum"),
                  (F.count(x).over(behind) - F.col(x).isNotNull().cast("bigint")).alias(f"{x}_count")]
    return rows.select("*", *found)
