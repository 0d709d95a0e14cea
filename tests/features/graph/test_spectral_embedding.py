"""Where nodes stand in a graph: near those that they share neighbours with."""

import numpy as np
import pytest

from features.graph.spectral_embedding import DIMENSIONS, spectral_embedding


def crowds(*sizes: int) -> tuple[np.ndarray, np.ndarray]:
    """Crowds in which everybody knows everybody, one after the other, and an edge from each crowd to the next."""
    first = np.concatenate(([0], np.cumsum(sizes)))
    pairs = [(a, b) for start, end in zip(first, first[1:]) for a in range(start, end) for b in range(a + 1, end)]
    pairs += [(end - 1, end) for end in first[1:-1]]
    return tuple(np.array(pairs).T)


def random_graph(nodes: int, edges: int) -> tuple[np.ndarray, np.ndarray]:
    pairs = np.sort(np.random.default_rng(2).integers(0, nodes, (edges, 2)), axis=1)
    return tuple(np.unique(pairs[pairs[:, 0] < pairs[:, 1]], axis=0).T)


def test_two_crowds_are_told_apart_by_the_second_coordinate():
    found = spectral_embedding(*crowds(20, 20), nodes=40)
    assert np.ptp(np.sign(found[:20, 1])) == np.ptp(np.sign(found[20:, 1])) == 0
    assert np.sign(found[0, 1]) == -np.sign(found[39, 1])


def test_a_small_piece_apart_does_not_take_the_first_coordinate():
    # The pair 40 - 41 hangs together as well as a graph can.
    source, target = crowds(20, 20)
    found = spectral_embedding(np.append(source, 40), np.append(target, 41), nodes=42)
    assert np.abs(found[40:, :2]).max() < 1e-5 < np.abs(found[:40, :2]).min()


def test_positions_are_the_first_eigenvectors_of_the_regularised_walk():
    source, target = random_graph(60, 300)
    adjacency = np.zeros((60, 60))
    adjacency[source, target] = adjacency[target, source] = 1
    raised = adjacency.sum(axis=1) + adjacency.sum() / 60
    values, vectors = np.linalg.eigh(adjacency / np.sqrt(np.outer(raised, raised)))
    expected = vectors[:, ::-1][:, :DIMENSIONS] / np.sqrt(raised)[:, None]
    expected /= np.sqrt(np.average(expected**2, axis=0, weights=raised))
    assert np.abs(spectral_embedding(source, target, nodes=60)) == pytest.approx(np.abs(expected), abs=1e-4)


def test_no_sign_is_left_to_chance_and_nobody_without_an_edge_stands_anywhere():
    source, target = random_graph(60, 300)
    found = spectral_embedding(source, target, nodes=61)
    assert (found.max(axis=0) == np.abs(found).max(axis=0)).all()
    assert found[60] == pytest.approx(0, abs=1e-9)
    assert np.array_equal(found, spectral_embedding(source, target, nodes=61))


def test_a_graph_too_small_for_all_coordinates_has_those_that_it_can():
    found = spectral_embedding(*crowds(5), nodes=5)
    assert np.isnan(found[:, 4:]).all() and not np.isnan(found[:, :4]).any()
    nothing = np.zeros(0, dtype=np.int64)
    assert np.isnan(spectral_embedding(nothing, nothing, nodes=3)).all()
