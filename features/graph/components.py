"""Connected components: how many accounts can be reached from an account over shared identifiers.

Nodes are accounts of one day (`features.frames.hashing.account_day_id`): no two days share a node.

Edges that fit into one worker go to one, where SciPy follows them in memory. More edges stay distributed, with the
alternating algorithm of Kiveris, Lattanzi, Mirrokni, Rastogi and Vassilvitskii, "Connected Components in MapReduce and
Beyond" (SoCC 2014). Edges point from the larger account to the smaller. Every round shortens all paths at once. A chain
of a thousand accounts takes about ten rounds, and Spark plans and starts each round by itself.
"""

import sys

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from features.frames import partition_udf
from features.frames.materialize import Materialize

# Rounds grow with the logarithm of the longest path. No graph that fits on disks needs as many.
MAX_ROUNDS = 60

# Edges that go to one worker, which needs some 200 bytes for each.
MAX_EDGES_IN_MEMORY = 10_000_000


def components(edges: DataFrame, materialize: Materialize, max_rounds: int = MAX_ROUNDS,
               max_edges_in_memory: int = MAX_EDGES_IN_MEMORY) -> DataFrame:
    """Return the size of each account's component as of each day, for all days at once.

    Args:
        edges: as `features.graph.shared_identifiers.account_identifier_edges` returns them; read more than once.
        max_rounds: after which the search ends with an error.
        max_edges_in_memory: edges that one worker follows in memory. With more edges the search runs in rounds.

    Returns:
        (node, size bigint), one row per node of `edges`.

    Raises:
        RuntimeError: the edges still change after `max_rounds` rounds.
    """
    stars = _identifier_stars(edges)
    if edges.count() <= max_edges_in_memory:
        return stars.repartition(1).mapInArrow(
            partition_udf.partition_udf(component_sizes_in_memory, sys.modules[__name__]), "node bigint, size bigint")
    stars = stars.distinct()
    for _ in range(max_rounds):
        stars = materialize(_small_star(_large_star(stars)))
        roots = _roots(stars)
        if _converged(roots):
            return _sizes(roots)
    raise RuntimeError(f"components: {stars.count():,} edges still move after {max_rounds} rounds. Expected no further "
                       "move after about as many rounds as the length of the longest chain has binary digits: "
                       "`materialize` must return the same rows at every reading, or `max_rounds` is too low")


def component_sizes_in_memory(edges: pa.Table) -> pa.Table:
    """Return (node, size) of every node.

    Args:
        edges: all edges, as (larger, smaller); may contain duplicates.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = np.concatenate([edges[end].to_numpy() for end in ("larger", "smaller")])
    nodes, index = np.unique(ends, return_inverse=True)
    pairs = np.ones(len(edges), np.int8), (index[:len(edges)], index[len(edges):])
    _, component = connected_components(coo_array(pairs, shape=(len(nodes), len(nodes))), directed=False)
    return pa.table({"node": nodes, "size": np.bincount(component)[component]})


def _identifier_stars(edges: DataFrame) -> DataFrame:
    """Return an edge from each account to the smallest account of the same identifier.

    The edges grow linearly with the accounts of an identifier; all pairs would grow quadratically.
    """
    return (edges.where(F.col("node") != F.col("smallest"))
            .select(F.col("node").alias("larger"), F.col("smallest").alias("smaller")))


def _large_star(edges: DataFrame) -> DataFrame:
    """Link each larger neighbour of an account to the smallest account of its neighbourhood."""
    ends = F.array(F.struct(F.col("larger").alias("node"), F.col("smaller").alias("neighbour")),
                   F.struct(F.col("smaller").alias("node"), F.col("larger").alias("neighbour")))
    smallest = F.least("node", F.min("neighbour").over(Window.partitionBy("node")))
    return (edges.select(F.inline(ends)).withColumn("smallest", smallest)
            .where(F.col("neighbour") > F.col("node"))
            .select(F.col("neighbour").alias("larger"), F.col("smallest").alias("smaller")))


def _small_star(edges: DataFrame) -> DataFrame:
    """Link each account and its smaller neighbours to the smallest of these neighbours.

    Every edge becomes one edge, so that no round has more edges than the round before. Duplicate edges stay: to remove
    them costs more than to carry them.
    """
    smallest = F.min("smaller").over(Window.partitionBy("larger"))
    # The edge to the smallest neighbour stays. Every other edge now starts at the other neighbour.
    larger = F.when(F.col("smaller") == F.col("smallest"), F.col("larger")).otherwise(F.col("smaller"))
    return (edges.withColumn("smallest", smallest)
            .select(larger.alias("larger"), F.col("smallest").alias("smaller")))


def _roots(edges: DataFrame) -> DataFrame:
    """Return (node, root, highest): the smallest and the largest end of a node's edges, one row per node.

    The smaller end of an edge counts as an end of its own edge too.
    """
    ends = F.array(F.struct(F.col("larger").alias("node"), F.col("smaller").alias("root")),
                   F.struct(F.col("smaller").alias("node"), F.col("smaller").alias("root")))
    return (edges.select(F.inline(ends)).groupBy("node")
            .agg(F.min("root").alias("root"), F.max("root").alias("highest")))


def _converged(roots: DataFrame) -> bool:
    """Return whether all accounts of a component point at one root, and the root at no other account.

    No further round would then change an edge.
    """
    return roots.where("root <> highest").isEmpty()


def _sizes(roots: DataFrame) -> DataFrame:
    size = F.count(F.lit(1)).over(Window.partitionBy("root"))
    return roots.select("node", size.alias("size"))
