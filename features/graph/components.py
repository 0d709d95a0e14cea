"""Connected components: how many accounts can be reached from one over any number of ties.

Accounts are nodes here (`features.frames.hashing.account_day_id`), which no two days have in common.

Ties that one worker can hold go to one, where SciPy follows them in memory. More of them stay where they are: the
alternating algorithm of Kiveris, Lattanzi, Mirrokni, Rastogi and Vassilvitskii, "Connected Components in MapReduce and
Beyond" (SoCC 2014). Edges point from the larger account to the smaller. Every round shortens all paths at once, so a
chain of a thousand takes about ten rounds, each of which has to be planned and started.
"""

import sys

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from features.frames import partition_udf
from features.frames.materialize import Materialize

# Rounds grow with the logarithm of the longest path: no graph that fits on disks comes near.
MAX_ROUNDS = 60

# Ties that go to one worker: some 200 bytes each while it follows them.
MAX_EDGES_IN_MEMORY = 10_000_000


def components(ties: DataFrame, materialize: Materialize, max_rounds: int = MAX_ROUNDS,
               max_edges_in_memory: int = MAX_EDGES_IN_MEMORY) -> DataFrame:
    """Size of each account's component as of each day, all days at once.

    Args:
        ties: as `features.graph.shared_identifiers.account_identifier_edges` makes them. They are counted first: hold them where they are costly to compute.
        hold: computes a frame and gives it back as one that is read without computing it again.
        most_rounds: after which the search is given up.
        in_one_worker: how many ties one worker follows in memory; of more, the search goes in rounds.

    Returns:
        (node, size bigint), one row per node of `ties`.

    Raises:
        RuntimeError: the edges have not come to rest after `most_rounds` rounds.
    """
    edges = _identifier_stars(ties)
    if ties.count() <= max_edges_in_memory:
        return edges.repartition(1).mapInArrow(
            partition_udf.partition_udf(component_sizes_in_memory, sys.modules[__name__]), "node bigint, size bigint")
    edges = edges.distinct()
    for _ in range(max_rounds):
        edges = materialize(_small_star(_large_star(edges)))
        roots = _roots(edges)
        if _converged(roots):
            return _sizes(roots)
    raise RuntimeError(f"components: {edges.count():,} edges still move after {max_rounds} rounds. Expected them to "
                       "come to rest after about as many as the longest chain of accounts has binary digits: `hold` "
                       "must give back the same rows at every reading, or `most_rounds` is too low")


def component_sizes_in_memory(edges: pa.Table) -> pa.Table:
    """(node, size) of every node, all edges being given: (larger, smaller), in any number of copies."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = np.concatenate([edges[end].to_numpy() for end in ("larger", "smaller")])
    nodes, place = np.unique(ends, return_inverse=True)
    pairs = np.ones(len(edges), np.int8), (place[:len(edges)], place[len(edges):])
    _, component = connected_components(coo_array(pairs, shape=(len(nodes), len(nodes))), directed=False)
    return pa.table({"node": nodes, "size": np.bincount(component)[component]})


def _identifier_stars(ties: DataFrame) -> DataFrame:
    """Each account tied to the smallest one behind the same value: linear, where all pairs are not."""
    return (ties.where(F.col("node") != F.col("smallest"))
            .select(F.col("node").alias("larger"), F.col("smallest").alias("smaller")))


def _large_star(edges: DataFrame) -> DataFrame:
    """Ties each larger neighbour of an account to the smallest account in its neighbourhood."""
    ends = F.array(F.struct(F.col("larger").alias("node"), F.col("smaller").alias("neighbour")),
                   F.struct(F.col("smaller").alias("node"), F.col("larger").alias("neighbour")))
    smallest = F.least("node", F.min("neighbour").over(Window.partitionBy("node")))
    return (edges.select(F.inline(ends)).withColumn("smallest", smallest)
            .where(F.col("neighbour") > F.col("node"))
            .select(F.col("neighbour").alias("larger"), F.col("smallest").alias("smaller")))


def _small_star(edges: DataFrame) -> DataFrame:
    """Ties each account and its smaller neighbours to the smallest of these.

    Every edge gives one edge, so that a round never has more of them than the one before. Edges that
    become copies of each other are kept: to look for them costs more than to carry them.
    """
    smallest = F.min("smaller").over(Window.partitionBy("larger"))
    # The edge to the smallest neighbour stays; any other now runs from that neighbour.
    larger = F.when(F.col("smaller") == F.col("smallest"), F.col("larger")).otherwise(F.col("smaller"))
    return (edges.withColumn("smallest", smallest)
            .select(larger.alias("larger"), F.col("smallest").alias("smaller")))


def _roots(edges: DataFrame) -> DataFrame:
    """(node, root, highest): where a node's edges end, the smaller end of an edge in itself."""
    ends = F.array(F.struct(F.col("larger").alias("node"), F.col("smaller").alias("root")),
                   F.struct(F.col("smaller").alias("node"), F.col("smaller").alias("root")))
    return (edges.select(F.inline(ends)).groupBy("node")
            .agg(F.min("root").alias("root"), F.max("root").alias("highest")))


def _converged(roots: DataFrame) -> bool:
    """Whether all accounts of a component point at one root, and that at nobody: no further round moves an edge."""
    return roots.where("root <> highest").isEmpty()


def _sizes(roots: DataFrame) -> DataFrame:
    size = F.count(F.lit(1)).over(Window.partitionBy("root"))
    return roots.select("node", size.alias("size"))
