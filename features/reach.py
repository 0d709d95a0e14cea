"""What hangs together, in the memory of one process."""

import numpy as np
import pyarrow as pa


def sizes(edges: pa.Table) -> pa.Table:
    """The size of the component of every node.

    Args:
        edges: (larger, smaller), numbers of the nodes at both ends, in any number of copies.

    Returns:
        (node, size), one row per node of an edge.
    """
    ends = np.concatenate([edges[end].to_numpy() for end in ("larger", "smaller")])
    nodes, place = np.unique(ends, return_inverse=True)
    root = roots(place[:len(edges)], place[len(edges):], len(nodes))
    return pa.table({"node": nodes, "size": np.bincount(root, minlength=len(nodes))[root]})


def roots(one: np.ndarray, other: np.ndarray, count: int) -> np.ndarray:
    """The least node of the component of each of `count` nodes.

    Args:
        one, other: the nodes at both ends of each edge, from 0 up.

    Every round hangs the larger of two roots that an edge joins below the smaller, then lets all nodes point at their
    roots (after Shiloach and Vishkin, "An O(log n) parallel connectivity algorithm", 1982).
    """
    root = np.arange(count)
    while (apart := root[one] != root[other]).any():
        one, other = one[apart], other[apart]
        over, under = np.minimum(root[one], root[other]), np.maximum(root[one], root[other])
        np.minimum.at(root, under, over)
        while (root != (higher := root[root])).any():
            root = higher
    return root
