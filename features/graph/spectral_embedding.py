"""Spectral embedding: coordinates in which nodes that share many neighbours lie close together.

A mean over neighbours describes the neighbours, but not the part of the graph that they lie in. Labels often agree
within such a part: a crowd, a project, a ring. The coordinates are the first eigenvectors of the random walk on the
graph (Belkin and Niyogi, "Laplacian eigenmaps for dimensionality reduction and data representation", 2003). The mean
degree is added to every degree: otherwise the first eigenvectors describe small pieces with few edges to the rest (Qin
and Rohe, "Regularized spectral clustering under the degree-corrected stochastic blockmodel", 2013).
"""

import numpy as np

# 8 dimensions have a lower ROC AUC on one of two simulated graphs; 32 have a higher one on neither.
DIMENSIONS = 16
# Of eigenvalues. The fifth digit of a coordinate does not improve a model.
TOLERANCE = 1e-6
COLUMNS = tuple(f"position_{number}" for number in range(1, DIMENSIONS + 1))


def spectral_embedding(source: np.ndarray, target: np.ndarray, nodes: int) -> np.ndarray:
    """Return the coordinates of every node.

    Args:
        source: int (edges,), the first node of each edge, numbered from 0. Each pair of nodes occurs once, without
            loops.
        target: int (edges,), the second node of each edge.
        nodes: how many nodes there are.

    Returns:
        float64 (nodes, `DIMENSIONS`), NaN in the dimensions that a small graph does not have. The mean square of a
        dimension is 1 over the nodes, each weighted by its raised degree over the mean raised degree. The entry of a
        dimension that is farthest from 0 is positive. A node without an edge is at 0.
    """
    from scipy.sparse import csr_array, diags_array
    from scipy.sparse.linalg import eigsh
    from threadpoolctl import threadpool_limits

    coordinates = np.full((nodes, DIMENSIONS), np.nan)
    dimensions = min(DIMENSIONS, nodes - 1)  # ARPACK finds fewer than all
    if dimensions < 1 or not len(source):
        return coordinates
    ends = np.concatenate([source, target]), np.concatenate([target, source])
    adjacency = csr_array((np.ones(len(ends[0])), ends), shape=(nodes, nodes))
    degree = np.asarray(adjacency.sum(axis=1)).ravel()
    root = np.sqrt(degree + degree.mean())
    walk = diags_array(1 / root) @ adjacency @ diags_array(1 / root)
    with threadpool_limits(1):  # sums by several threads may differ from run to run
        vectors = eigsh(walk, k=dimensions, which="LA", v0=root, tol=TOLERANCE)[1][:, ::-1]
    coordinates[:, :dimensions] = vectors * (np.sqrt(nodes) * np.sqrt(np.mean(root**2)) / root)[:, None]
    return coordinates * _signs(coordinates)


def _signs(columns: np.ndarray) -> np.ndarray:
    """Return 1 or -1 for each column: the sign of an eigenvector is arbitrary."""
    farthest = np.argmax(np.abs(np.nan_to_num(columns)), axis=0)
    return np.where(columns[farthest, np.arange(columns.shape[1])] < 0, -1.0, 1.0)
