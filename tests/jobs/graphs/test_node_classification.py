"""Nodes of a plain graph: what is known of each, that no label comes back to its own node, and scores of them."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.graphs.planted_graph import planted
from features.graph.neighbour_labels import neighbour_label_rates
from features.graph.shared_identifiers import account_identifier_edges
from jobs.commands import classify_nodes
from jobs.errors import UserError
from jobs.graphs import node_classification
from jobs.graphs.node_classification import classify, features
from jobs.graphs.node_tables import graph
from tests.support.builders import day

# What is tested here does not depend on the engine: the faster one serves it.
pytestmark = pytest.mark.engine("sail")

TODAY = day("2026-11-20")
ALL_PARTS = ["train"] * 5 + ["validation"] * 2 + ["test"]


@pytest.fixture(scope="module")
def small():
    """40 nodes and 120 edges: small enough for loops, dense enough for every node to come back to itself."""
    rng = np.random.default_rng(5)
    table = pa.table({"node_id": [f"n{i:02}" for i in range(40)], "part": ALL_PARTS * 5, "label": [1, 0, 0, 1, 0] * 8,
                      "own.x": rng.normal(size=40).round(2)})
    ends = rng.integers(0, 39, (120, 2))  # n39 has no edge
    return table, pa.table({"source": [f"n{i:02}" for i in ends[:, 0]], "target": [f"n{i:02}" for i in ends[:, 1]]})


@pytest.fixture(scope="module")
def known(spark, small):
    """What is known of the small graph's nodes, before anybody changes a label."""
    return features(spark, graph(*small)).to_pandas()


def relabelled(small, node: int):
    """The small graph with one node's label the other way round."""
    table, edges = small
    label = table["label"].to_numpy().copy()
    label[node] = 1 - label[node]
    return table.set_column(2, "label", pa.array(label)), edges


# Columns


def test_a_share_counts_labelled_neighbours_and_at_two_hops_never_the_node_itself(spark):
    # a - b, b - c, b - d: labels of a, b and c are known, d's is not.
    seen = [(TODAY, node, "edge", edge) for edge in ("ab", "bc", "bd") for node in edge]
    labels = spark.createDataFrame([(TODAY, "a", 1), (TODAY, "b", 0), (TODAY, "c", 0)],
                                   "as_of date, account string, label bigint")
    edges = account_identifier_edges(
        spark.createDataFrame(seen, "as_of date, account string, identifier_type string, value string"))
    found = {row.account: tuple(row)[2:] for row in neighbour_label_rates(edges, labels).collect()}
    # b knows a and c, and nobody there knows anybody but b. a sees c through b, c sees a, d sees both.
    assert found == {"a": (1, 0, 0), "b": (2, 1 / 2, None), "c": (1, 0, 1), "d": (1, 0, 1 / 2)}


def test_the_columns_are_those_that_loops_over_the_edges_give(small, known):
    table, edges = small
    names, label = table["node_id"].to_pylist(), table["label"].to_pylist()
    label = {n: (y if p == "train" else None) for n, y, p in zip(names, label, table["part"].to_pylist())}
    own = dict(zip(names, table["own.x"].to_pylist()))
    around = {n: {b for a, b in _both_ways(edges) if a == n} for n in names}
    for row, name in zip(known.to_dict("records"), names):
        labelled = [label[other] for other in around[name] if label[other] is not None]
        beyond = [mean([label[far] for far in around[other] if far != name and label[far] is not None])
                  for other in around[name]]
        expected = {"own.x": own[name], "degree": len(around[name]), "component_size": 1 if name == "n39" else 39,
                    "neighbour_own.x": mean([own[other] for other in around[name]]),
                    "labelled_neighbours": len(labelled), "positive_share": mean(labelled),
                    "positive_share_2hops": mean([share for share in beyond if not np.isnan(share)])}
        assert {column: row[column] for column in expected} == pytest.approx(expected, abs=2e-6, nan_ok=True)


def _both_ways(edges):
    pairs = set(zip(edges["source"].to_pylist(), edges["target"].to_pylist()))
    return {(a, b) for pair in pairs for a, b in (pair, pair[::-1]) if a != b}


def mean(values):
    return sum(values) / len(values) if values else float("nan")


@pytest.mark.parametrize("node", [0, 3, 12])
def test_a_training_label_changes_columns_of_other_nodes_alone(spark, small, known, node):
    assert small[0]["part"][node].as_py() == "train"
    changed = features(spark, graph(*relabelled(small, node))).to_pandas()
    same = ((changed == known) | (changed.isna() & known.isna())).all(axis=1)
    assert same[node] and not same.all()


def test_a_label_of_another_part_changes_no_column_at_all(spark, small, known):
    changed = relabelled(relabelled(small, 5), 7)  # one of validation, one of test
    assert features(spark, graph(*changed)).to_pandas().equals(known)


# Edges and nodes


def test_edges_that_say_nothing_are_left_out_and_counted():
    table = pa.table({"node_id": [1, 2, 3, 4], "part": ["train", "train", "validation", "validation"],
                      "label": [0, 1, 0, 1], "x": [1.0, 2.0, 3.0, float("nan")]})
    edges = pa.table({"source": pa.array([2, 1, 2, 3, 9, None], pa.int32()), "target": [1, 2, 1, 3, 1, 2]})
    found = graph(table, edges)
    assert found.edges.to_pylist() == [{"source": 0, "target": 1}]
    assert list(found.dropped.values()) == [2, 1, 2]  # unknown, with itself, repeated
    assert found.features["x"].null_count == 1


GOOD = {"node_id": ["a", "b", "c", "d"], "part": ["train", "train", "validation", "validation"],
        "label": [0, 1, 0, 1], "x": [1.0, 2.0, 3.0, 4.0]}


@pytest.mark.parametrize(("changed", "said"), [
    ({"node_id": ["a", "b", "c", "c"]}, "1 rows repeat a node_id"),
    ({"node_id": ["a", "b", "c", None]}, "1 rows without a node_id"),
    ({"node_id": [0.5, 1.5, 2.5, 3.5]}, "identifiers are double"),
    ({"part": ["train", "train", "valid", "test"]}, "part is valid somewhere"),
    ({"label": [0, None, 0, 1]}, "train has 0 positives, 1 others and 1 without a label"),
    ({"label": [0, 1, 0, 0]}, "validation has 0 positives"),
    ({"label": [0, 2, 0, 1]}, "neither 0 nor 1"),
    ({"x": ["1", "2", "3", "4"]}, "columns that are no numbers: x"),
    ({"x": [1e-9] * 4}, "the largest value of x is 1e-09"),
    ({"x": [float("inf")] * 4}, "the largest value of x is inf"),
    ({"degree": [1, 2, 3, 4]}, "degree would be there twice"),
    ({"neighbour_x_2hops": [1, 2, 3, 4]}, "neighbour_x_2hops would be there twice"),
])
def test_a_node_table_that_cannot_be_right_is_refused_with_what_was_found(changed, said):
    edges = pa.table({"source": ["a"], "target": ["b"]})
    assert graph(pa.table(GOOD), edges).edges.num_rows == 1
    with pytest.raises(UserError, match=said):
        graph(pa.table({**GOOD, **changed}), edges)


def test_an_edge_table_under_other_names_is_refused():
    with pytest.raises(UserError, match="edges: no column source, target; found a, b"):
        graph(pa.table(GOOD), pa.table({"a": ["a"], "b": ["b"]}))


# Scores


@pytest.fixture(scope="module")
def world():
    return planted(3, nodes=1_500, edges=30_000)


@pytest.fixture(scope="module")
def found(spark, world):
    return classify(*world, spark=spark)


def test_scores_find_more_with_the_graph_than_without(found):
    alone = node_classification.learn(found.graph, found.features.select(found.graph.features.column_names))
    assert found.trained.validation > alone.validation + 0.1
    assert found.measured("test")["roc_auc"] > 0.75
    assert sum(found.trained.importance.values()) == pytest.approx(1)


def test_scores_do_not_depend_on_row_order_or_on_test_labels(spark, world, found):
    table, edges = world
    rng = np.random.default_rng(1)
    hidden = pa.array(table["label"].to_numpy(), mask=table["part"].to_numpy() == "test")
    shuffled = table.set_column(2, "label", hidden).take(rng.permutation(table.num_rows))
    turned = edges.rename_columns(["target", "source"]).take(rng.permutation(edges.num_rows))
    other = classify(shuffled, turned, spark=spark)
    assert other.scores["node_id"].equals(shuffled["node_id"])
    assert other.scores.sort_by("node_id").equals(found.scores.sort_by("node_id"))
    assert other.measured("test")["nodes"] == 0 and np.isnan(other.measured("test")["roc_auc"])


def test_the_command_writes_a_score_for_each_node_and_tells_how_good_they_are(
        spark, world, found, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(node_classification, "session", lambda _: spark)
    monkeypatch.setattr(node_classification, "SEEDS", 1)
    for name, table in zip(("nodes", "edges"), world):
        pq.write_table(table, tmp_path / f"{name}.parquet")
    classify_nodes.main([f"--{name}={tmp_path / name}.parquet" for name in ("nodes", "edges", "out")])
    written = pq.read_table(tmp_path / "out.parquet")
    assert written.column_names == ["node_id", "part", "score"] and written.num_rows == 1_500
    told = capsys.readouterr().out
    assert "1,500 nodes, 30,000 edges; left out: 0 to nodes" in told
    of_test = found.measured("test")["nodes"]
    assert f"{of_test:,} nodes with a label, " in told and "ROC AUC 0." in told
